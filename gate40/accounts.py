"""How django-allauth meets our house: its mails are written in templates/emails and leave through
our one door, and it stands before the admin."""

from functools import wraps

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.hashers import make_password
from django.shortcuts import redirect
from django.template import TemplateDoesNotExist
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from news.delivery import mailing


class AccountAdapter(DefaultAccountAdapter):
    """Account mails (confirmation, reset, a changed password) are queued ahead of all others by `mailing`."""

    def send_mail(self, template_prefix, email, context):
        """From `templates/emails/account_<name>.*`; a mail that we have no words for keeps allauth's."""
        name = f"account_{template_prefix.rpartition('/')[2]}"
        try:
            mailing.send_account_mail(email, *mailing.render_mail(name, {**context, "portal": settings.PORTAL}))
        except TemplateDoesNotExist:
            mailing.send_service_mail(self.render_mail(template_prefix, email, context))

    def send_account_already_exists_mail(self, email):
        """A known address takes as long as a new one, whose password is hashed."""
        make_password(get_random_string(12))
        super().send_account_already_exists_mail(email)

    def get_login_redirect_url(self, request):
        """Whoever speaks for no organization yet begins by finding it."""
        if request.user.is_staff or request.user.representations.exists():
            return super().get_login_redirect_url(request)
        return reverse("members:start")

    def get_signup_redirect_url(self, request):
        """Whoever a gateway brings for the first time has an account at once: they begin like everybody else."""
        return self.get_login_redirect_url(request)


def lacks_second_factor(user) -> bool:
    return settings.STAFF_NEED_SECOND_FACTOR and not is_mfa_enabled(user)


def guard_admin(site: AdminSite) -> None:
    """The admin opens through allauth's sign-in alone, to staff with a second factor (unless a setting spares it)."""
    has_permission, login = site.has_permission, site.login

    @wraps(login)
    def login_or_second_factor(request, *args, **kwargs):
        if lacks_second_factor(request.user):
            messages.warning(request, _("Per entrare in Gestione serve la verifica in due passaggi: attivala qui."))
            return redirect("mfa_index")
        return login(request, *args, **kwargs)

    site.login = secure_admin_login(login_or_second_factor)
    site.has_permission = lambda request: has_permission(request) and not lacks_second_factor(request.user)
