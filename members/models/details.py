"""What only one kind of organization says of itself."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .activities import EconomicActivity
from .competences import Competence
from .organizations import Organization
from .places import Province
from .search_fields import search_words


class Stage(models.TextChoices):
    """Where a firm stands in its life: what a financier looks for, and what a firm says of itself."""

    START = "start", _("Avvio")
    GROWTH = "growth", _("Crescita")
    MATURE = "mature", _("Consolidata")
    RELAUNCH = "relaunch", _("Rilancio")


class FirmDetails(models.Model):
    """A firm: what it is registered for, how it is built, what it is certified for, what money it looks for."""

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="firm_details", verbose_name=_("impresa")
    )
    activities = models.ManyToManyField(
        EconomicActivity, blank=True, related_name="firms", verbose_name=_("codici ATECO")
    )
    plants = models.PositiveSmallIntegerField(_("stabilimenti"), null=True, blank=True)
    certifications = models.TextField(_("certificazioni"), max_length=1000, blank=True, help_text=_("Una per riga."))
    stage = models.CharField(_("fase"), max_length=10, choices=Stage, blank=True)
    capital_sought = models.PositiveIntegerField(_("capitale cercato (euro)"), null=True, blank=True)

    class Meta:
        verbose_name = _("scheda d'impresa")
        verbose_name_plural = _("schede d'impresa")

    def __str__(self):
        return str(self.organization)


class FacilityQuerySet(models.QuerySet):
    def of_published(self):
        return self.filter(organization__status=Organization.Status.PUBLISHED)

    def shown_to_everybody(self):
        """Those of published profiles that do not keep them for the members."""
        unsaid, open_to_all = "organization__visibility__facilities__isnull", "organization__visibility__facilities"
        return self.of_published().filter(Q(**{unsaid: True}) | Q(**{open_to_all: "public"}))

    def answering(self, reading, competences=()):
        """Those whose words answer (a `Reading`), or that serve one of the competences (ids)."""
        met = Q(reading.is_met_by("words")) | Q(competence__in=competences)
        return self.filter(met).order_by(reading.rank("words").desc(), "name", "pk")

    def open_to_third_parties(self):
        return self.filter(is_open_to_third_parties=True)


class FacilityManager(models.Manager.from_queryset(FacilityQuerySet)):
    """Never fetches the search index: of use only inside the database."""

    def get_queryset(self):
        return super().get_queryset().defer("words")


class Facility(models.Model):
    """A laboratory or a piece of equipment, with its own card."""

    class Kind(models.TextChoices):
        LABORATORY = "laboratory", _("Laboratorio")
        EQUIPMENT = "equipment", _("Attrezzatura")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="facilities", verbose_name=_("organizzazione")
    )
    kind = models.CharField(_("tipo"), max_length=12, choices=Kind, default=Kind.LABORATORY)
    name = models.CharField(_("nome"), max_length=160)
    competence = models.ForeignKey(
        Competence, models.PROTECT, null=True, blank=True, related_name="facilities", verbose_name=_("competenza")
    )
    description = models.TextField(_("che cosa permette"), max_length=2000, blank=True)
    availability = models.CharField(
        _("disponibilità"), max_length=200, blank=True, help_text=_("Per esempio: su prenotazione, due giorni al mese.")
    )
    is_open_to_third_parties = models.BooleanField(_("aperta a terzi"), default=False)
    words = search_words(name="A", description="C")

    objects = FacilityManager()

    class Meta:
        verbose_name = _("laboratorio o attrezzatura")
        verbose_name_plural = _("laboratori e attrezzature")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_facility_per_name_and_organization")
        ]
        indexes = [GinIndex(fields=["words"], name="facility_words")]

    def __str__(self):
        return self.name


class FinancierTerms(models.Model):
    """What a financier gives and to whom. An empty list sets no limit."""

    class Instrument(models.TextChoices):
        EQUITY = "equity", _("Capitale di rischio")
        LOAN = "loan", _("Finanziamento")
        LEASE = "lease", _("Leasing")
        GUARANTEE = "guarantee", _("Garanzia")

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="terms", verbose_name=_("operatore finanziario")
    )
    instruments = ArrayField(
        models.CharField(max_length=10, choices=Instrument), default=list, blank=True, verbose_name=_("strumenti")
    )
    ticket_min = models.PositiveIntegerField(_("importo minimo (euro)"), null=True, blank=True)
    ticket_max = models.PositiveIntegerField(_("importo massimo (euro)"), null=True, blank=True)
    stages = ArrayField(
        models.CharField(max_length=10, choices=Stage), default=list, blank=True, verbose_name=_("fasi dell'impresa")
    )
    sectors = models.ManyToManyField(
        Competence,
        blank=True,
        related_name="financed_by",
        limit_choices_to={"parent": None},
        verbose_name=_("settori"),
    )
    provinces = models.ManyToManyField(Province, blank=True, related_name="financed_by", verbose_name=_("province"))
    regions = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("regioni intere"))
    excluded_activities = models.ManyToManyField(
        EconomicActivity, blank=True, related_name="excluded_by", verbose_name=_("attività escluse (ATECO)")
    )
    exclusions = models.TextField(_("altre esclusioni"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("condizioni dell'operatore")
        verbose_name_plural = _("condizioni degli operatori")
        constraints = [
            models.CheckConstraint(
                condition=Q(ticket_min=None) | Q(ticket_max=None) | Q(ticket_max__gte=F("ticket_min")),
                name="ticket_max_not_below_ticket_min",
            )
        ]

    def __str__(self):
        return str(self.organization)

    @property
    def instrument_names(self):
        return [self.Instrument(code).label for code in self.instruments]

    @property
    def stage_names(self):
        return [Stage(code).label for code in self.stages]
