from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Competence, Organization


class Mute(models.Model):
    """A financier does not want to hear of a firm, or of a whole sector. Nobody else is ever shown that it is so."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="mutes", verbose_name=_("operatore finanziario")
    )
    firm = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("impresa")
    )
    sector = models.ForeignKey(
        Competence, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("settore")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("dal"), default=timezone.now)

    class Meta:
        verbose_name = _("silenziamento")
        verbose_name_plural = _("silenziamenti")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(firm=None) ^ Q(sector=None), name="mute_of_one_firm_or_one_sector"),
            models.UniqueConstraint(
                fields=["organization", "firm", "sector"], nulls_distinct=False, name="one_mute_per_object"
            ),
        ]

    def __str__(self):
        return str(self.firm or self.sector)
