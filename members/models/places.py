from django.db import models
from django.utils.translation import gettext_lazy as _


class Province(models.Model):
    """An Italian province. `latitude` and `longitude` (degrees) are its chief town's, where we know them."""

    code = models.CharField(_("sigla"), max_length=2, primary_key=True)
    name = models.CharField(_("nome"), max_length=60)
    region = models.CharField(_("regione"), max_length=60)
    latitude = models.FloatField(_("latitudine"), null=True, blank=True)
    longitude = models.FloatField(_("longitudine"), null=True, blank=True)

    class Meta:
        verbose_name = _("provincia")
        verbose_name_plural = _("province")
        ordering = ["name"]

    def __str__(self):
        return self.name


class MunicipalityQuerySet(models.QuerySet):
    def in_province(self, code):
        return self.filter(province_id=code)


class Municipality(models.Model):
    """A comune. The ISTAT code comes with `load_places`; the demo knows only names and provinces."""

    name = models.CharField(_("nome"), max_length=60)
    province = models.ForeignKey(Province, models.PROTECT, related_name="municipalities", verbose_name=_("provincia"))
    istat_code = models.CharField(_("codice ISTAT"), max_length=6, unique=True, null=True, blank=True)
    cadastral_code = models.CharField(_("codice catastale"), max_length=4, blank=True)

    objects = MunicipalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("comune")
        verbose_name_plural = _("comuni")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "province"], name="one_municipality_per_name_and_province")
        ]

    def __str__(self):
        return f"{self.name} ({self.province_id})"
