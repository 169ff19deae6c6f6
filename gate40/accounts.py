"""How django-allauth meets our house: its mails are written in templates/emails and leave through
our one door, and it stands before the admin."""

from functools import wraps

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.admin import EmailAddressAdmin
from allauth.account.decorators import reauthentication_required, secure_admin_login
from django.contrib.admin import AdminSite
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.hashers import make_password
from django.template import TemplateDoesNotExist
from django.urls import reverse
from django.utils.crypto import get_random_string

from members.guards import needs_fresh_sign_in, refuse_powers
from members.models.users import acts_as_staff
from news.delivery import mailing

from .doors.lookups import guard_lookups
from .observatory.guards import READ


class AccountAdapter(DefaultAccountAdapter):
    """Account mails (confirmation, reset, a changed password) are queued ahead of all others by `mailing`."""

    def send_mail(self, template_prefix, email, context):
        """From `templates/emails/account_<name>.*`; a mail that we have no words for keeps allauth's."""
        name = f"account_{template_prefix.rpartition('/')[2]}"
        try:
            mailing.send_account_mail(email, *mailing.render_mail(name, context))
        except TemplateDoesNotExist:
            mailing.send_service_mail(self.render_mail(template_prefix, email, context))

    def send_account_already_exists_mail(self, email):
        """A known address takes as long as a new one, whose password is hashed."""
        make_password(get_random_string(12))
        super().send_account_already_exists_mail(email)

    def get_login_redirect_url(self, request):
        """Whoever speaks for no organization yet begins by finding it; who reads the figures, with them."""
        if acts_as_staff(request.user) or request.user.representations.exists():
            return super().get_login_redirect_url(request)
        if request.user.has_perm(READ):  # a partner of the Consorzio came for the figures
            return reverse("observatory:home")
        return reverse("members:start")

    def get_signup_redirect_url(self, request):
        """Whoever a gateway brings for the first time has an account at once: they begin like everybody else."""
        return self.get_login_redirect_url(request)


def guard_admin(site: AdminSite) -> None:
    """The admin opens through allauth's sign-in alone, to whoever acts as staff now; what it deletes is deleted by
    somebody who has just said again who they are."""
    login, admin_view = site.login, site.admin_view

    @wraps(login)
    def login_or_second_factor(request, *args, **kwargs):
        if getattr(request.user, "lacks_second_factor", False):
            return refuse_powers(request)
        return login(request, *args, **kwargs)

    def view_or_fresh_view(view, *args, **kwargs):
        """Every table's page "delete" has this name, whoever wrote the table's admin."""
        is_final = getattr(view, "__name__", "") == "delete_view"
        return admin_view(reauthentication_required(view) if is_final else view, *args, **kwargs)

    site.login = secure_admin_login(login_or_second_factor)
    site.has_permission = lambda request: acts_as_staff(request.user)
    site.admin_view = view_or_fresh_view
    guard_lookups()
    EmailAddressAdmin.make_verified.allowed_permissions = ("change",)  # the package leaves it to whoever may look
    site.add_action(needs_fresh_sign_in(delete_selected), "delete_selected")
