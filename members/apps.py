from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Membri della rete")

    def ready(self):
        from .safety.text_fields import guard_text_fields

        guard_text_fields()
