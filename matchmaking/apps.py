from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MatchmakingConfig(AppConfig):
    name = "matchmaking"
    verbose_name = _("Abbinamenti e opportunità")

    def ready(self):
        from . import receivers  # noqa: F401 - what is told here is heard
        from .services import services

        post_migrate.connect(services.make_ready, sender=self, dispatch_uid="services that are ready")
