from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = _("Notizie e invii")

    def ready(self):
        from . import receivers, tasks  # noqa: F401 - what is told here is heard, and what rings has a bell
        from .newsletters import segments

        post_migrate.connect(segments.make_ready, sender=self, dispatch_uid="segments that are ready")
