"""What the staff's work leaves behind: lists taken out, addresses of organizations merged away, pairs told apart."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .organizations import Organization


class Export(models.Model):
    """A list that left the portal: who took it, when, and what was in it. Kept so that somebody can answer for it."""

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("esportata da")
    )
    made_at = models.DateTimeField(_("esportata il"), auto_now_add=True)
    what = models.CharField(_("elenco"), max_length=60, blank=True, default="", db_default="")
    rows = models.PositiveIntegerField(_("righe"))
    columns = models.CharField(_("colonne"), max_length=500)
    filters = models.CharField(_("filtri"), max_length=500, blank=True)
    file_format = models.CharField(_("formato"), max_length=10)

    class Meta:
        verbose_name = _("esportazione")
        verbose_name_plural = _("esportazioni")
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return f"{self.made_at:%Y-%m-%d %H:%M} · {self.rows}"


class FormerAddress(models.Model):
    """The address of a profile that became part of another: whoever still follows it is led there."""

    slug = models.SlugField(_("indirizzo di prima"), max_length=180, unique=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="former_addresses", verbose_name=_("organizzazione")
    )

    class Meta:
        verbose_name = _("indirizzo di prima")
        verbose_name_plural = _("indirizzi di prima")

    def __str__(self):
        return self.slug


class ToldApart(models.Model):
    """Two organizations that look like one and are not: somebody has looked. `one` is the older (the smaller id)."""

    one = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("organizzazione"))
    other = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("diversa da"))
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("detto da")
    )
    told_at = models.DateTimeField(_("detto il"), auto_now_add=True)

    class Meta:
        verbose_name = _("coppia di organizzazioni diverse")
        verbose_name_plural = _("coppie di organizzazioni diverse")
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="a_pair_is_told_apart_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="a_pair_is_told_apart_in_order"),
        ]

    def __str__(self):
        return f"{self.one} ≠ {self.other}"
