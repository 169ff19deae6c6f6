"""How django-allauth meets our house: its mails leave through our one door."""

from allauth.account.adapter import DefaultAccountAdapter

from news import mailing


class AccountAdapter(DefaultAccountAdapter):
    """Account mails (confirmation, reset) are written by allauth's templates and sent by `news.mailing`."""

    def send_mail(self, template_prefix, email, context):
        mailing.send_service_mail(self.render_mail(template_prefix, email, context))
