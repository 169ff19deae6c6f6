"""How django-allauth meets our house: its mails are written in templates/emails and leave through our one door."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.template import TemplateDoesNotExist

from news import mailing


class AccountAdapter(DefaultAccountAdapter):
    """Account mails (confirmation, reset, a changed password) are queued ahead of all others by `news.mailing`."""

    def send_mail(self, template_prefix, email, context):
        """From `templates/emails/account_<name>.*`; a mail that we have no words for keeps allauth's."""
        name = f"account_{template_prefix.rpartition('/')[2]}"
        try:
            mailing.send_account_mail(email, *mailing.render(name, {**context, "portal": settings.PORTAL}))
        except TemplateDoesNotExist:
            mailing.send_service_mail(self.render_mail(template_prefix, email, context))
