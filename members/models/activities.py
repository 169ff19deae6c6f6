from django.db import models
from django.utils.translation import gettext_lazy as _


class EconomicActivity(models.Model):
    """A code of the ATECO classification, as ISTAT publishes it: section "C", division "28", class "28.92"."""

    code = models.CharField(_("codice ATECO"), max_length=10, unique=True)
    parent_code = models.CharField(_("dentro"), max_length=10, blank=True)
    level = models.PositiveSmallIntegerField(_("livello"))
    title_it = models.CharField(_("titolo"), max_length=400)
    title_en = models.CharField(_("titolo inglese"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("attività economica")
        verbose_name_plural = _("attività economiche")
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.title_it}"
