"""Which list an organization came with, so that a whole list can be taken back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
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


class ListUpload(models.Model):
    """A file on its way in: its bytes, what its columns mean, and afterwards the rows that did not come in.

    Gone after `KEEP_DAYS`: by then its good rows are organizations and the others have been mended or given up.
    """

    KEEP_DAYS = 30

    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    sheet = models.CharField(max_length=100, blank=True)
    head_row = models.PositiveIntegerField(default=1)
    columns = models.JSONField(default=list)  # a field of the organization for each column, "" to leave it out
    updates = models.JSONField(default=list)  # the fields that may change where the organization is here already
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    batch = models.OneToOneField(ImportBatch, models.SET_NULL, null=True, related_name="upload")
    refused = models.BinaryField(default=bytes)  # a sheet: the rows that stayed outside, the reason beside each
    refused_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("elenco caricato")
        verbose_name_plural = _("elenchi caricati")

    def __str__(self):
        return self.file_name


class ListWord(models.Model):
    """What somebody has once said that a word of a list means; the next list is understood without asking."""

    class Sort(models.TextChoices):
        HEADER = "header", _("intestazione")
        PLACE = "place", _("luogo")

    sort = models.CharField(_("che cosa"), max_length=8, choices=Sort)
    word = models.CharField(_("parola"), max_length=120)
    field = models.CharField(_("colonna"), max_length=30, blank=True)
    municipality = models.ForeignKey(
        "members.Municipality", models.CASCADE, null=True, related_name="+", verbose_name=_("comune")
    )

    class Meta:
        verbose_name = _("parola degli elenchi")
        verbose_name_plural = _("parole degli elenchi")
        constraints = [models.UniqueConstraint(fields=["sort", "word"], name="one_meaning_for_a_word_of_lists")]

    def __str__(self):
        return f"{self.word} → {self.municipality or self.field}"


class UpdatedOrganization(models.Model):
    """What a list changed in an organization that was here already, so that it can be changed back."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="updated", verbose_name=_("importazione"))
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="updated_by_lists", verbose_name=_("organizzazione")
    )
    before = models.JSONField()
    after = models.JSONField()
    updated_at = models.DateTimeField()  # of the organization, before

    def __str__(self):
        return str(self.organization)


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
