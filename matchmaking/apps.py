from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

PUBLIC_TEXTS = "SELECT concat_ws(' ', title, text) FROM matchmaking_opportunity WHERE status = 'published'"


class MatchmakingConfig(AppConfig):
    name = "matchmaking"
    verbose_name = _("Abbinamenti e opportunità")

    def ready(self):
        from members.directory import vocabulary

        from . import receivers  # noqa: F401 - what is told here is heard
        from .services import services

        vocabulary.PUBLIC_TEXTS.append(PUBLIC_TEXTS)
        post_migrate.connect(services.make_ready, sender=self, dispatch_uid="services that are ready")
