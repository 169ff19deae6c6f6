"""Sign-ins, those that failed too, as security events. Of a failed one no address is kept: it may be a password."""

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

from members.safety.events import Kind, note_event


@receiver(user_logged_in, dispatch_uid="a sign-in is noted")
def a_sign_in_is_noted(sender, user, **kwargs):
    note_event(Kind.SIGNED_IN, user)


@receiver(user_login_failed, dispatch_uid="a failed sign-in is noted")
def a_failed_sign_in_is_noted(sender, **kwargs):
    note_event(Kind.SIGN_IN_FAILED)
