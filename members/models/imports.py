"""Which list an organization came with, so that a whole list can be taken back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .organizations import Organization


class ImportBatch(models.Model):
    """A file that staff brought in, once, as a whole."""

    file_name = models.CharField(_("file"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("importata da")
    )
    made_at = models.DateTimeField(_("importata il"), auto_now_add=True)

    class Meta:
        verbose_name = _("importazione")
        verbose_name_plural = _("importazioni")
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return self.file_name


class ImportedOrganization(models.Model):
    """An organization as it was right after its import: `updated_at` tells whether somebody has saved it since."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("importazione"))
    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="imported", verbose_name=_("organizzazione")
    )
    updated_at = models.DateTimeField()
    adhesion = models.OneToOneField(
        "members.Adhesion", models.SET_NULL, null=True, related_name="+", verbose_name=_("adesione")
    )

    def __str__(self):
        return str(self.organization)
