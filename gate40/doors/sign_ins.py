"""Sign-ins, those that failed too, as security events. Of a failed one no address is kept: it may be a password."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

from members.safety.events import Kind, note_event


@receiver(user_logged_in, dispatch_uid="a sign-in is noted")
def a_sign_in_is_noted(sender, user, **kwargs):
    note_event(Kind.SIGNED_IN, user)


@receiver(user_login_failed, dispatch_uid="a failed sign-in is noted")
def a_failed_sign_in_is_noted(sender, **kwargs):
    note_event(Kind.SIGN_IN_FAILED)


# What one signs in with: password, address, second factor, passkey. None of them tells what was typed.
CREDENTIALS = {
    "password changed": account.password_changed,
    "password set": account.password_set,
    "password reset": account.password_reset,
    "address confirmed": account.email_confirmed,
    "address changed": account.email_changed,
    "address removed": account.email_removed,
    "factor added": mfa.authenticator_added,
    "factor removed": mfa.authenticator_removed,
    "factor made anew": mfa.authenticator_reset,
}


def a_changed_credential_is_noted(what):
    def note(sender, user=None, email_address=None, **kwargs):
        note_event(Kind.CREDENTIAL, user or getattr(email_address, "user", None), what)

    return note


for what, signal in CREDENTIALS.items():
    signal.connect(a_changed_credential_is_noted(what), weak=False, dispatch_uid=f"noted: {what}")


@receiver(mfa.authentication_failed, dispatch_uid="a wrong code is noted")
def a_wrong_code_is_noted(sender, user, **kwargs):
    note_event(Kind.SIGN_IN_FAILED, user, "second factor")
