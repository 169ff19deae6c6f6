from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObservatoryConfig(AppConfig):
    name = "gate40.observatory"
    label = "observatory"
    verbose_name = _("Osservatorio")

    def ready(self):
        from . import keeping  # noqa: F401 - its receiver hears of every deletion
