from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from members.models import Competence, Organization, search_words
from members.models.users import acts_as_staff

from ..algorithms import eligibility


class OpportunityQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Opportunity.Status.PUBLISHED)

    def open(self, today=None):
        """Published and not past its deadline. `today` is a date in Italy."""
        today = today or timezone.localdate()
        return self.published().filter(Q(deadline=None) | Q(deadline__gte=today))

    def visible_to(self, user):
        """What was published, one's own proposals whatever their state, everything for the staff."""
        if acts_as_staff(user):
            return self
        visible = Q(status__in=[Opportunity.Status.PUBLISHED, Opportunity.Status.CLOSED])
        if user.is_authenticated:
            visible |= Q(proposed_by__in=Organization.objects.spoken_for_by(user))
        return self.filter(visible)

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def requiring(self, code):
        below = Q(competence__code=code) | Q(competence__code__startswith=f"{code}.")
        return self.filter(models.Exists(Requirement.objects.filter(below, opportunity=models.OuterRef("pk"))))

    def answering(self, reading, competences=()):
        """Those whose words answer (a `Reading`), or that ask for one of the competences (ids): best answer first."""
        asked = Requirement.objects.filter(competence__in=competences).values("opportunity")
        met = Q(reading.is_met_by("search")) | Q(pk__in=asked) | Q(application_field__in=competences)
        met = met if competences else reading.is_met_by("search")
        return self.filter(met).order_by(reading.rank("search").desc(), F("deadline").asc(nulls_last=True), "pk")

    def in_field(self, code):
        below = Q(application_field__code=code) | Q(application_field__code__startswith=f"{code}.")
        return self.filter(below)

    def with_requirements(self):
        return self.prefetch_related("requirements__competence")

    def touch(self):
        """Say that these changed, where something beside the row did (what it requires, say)."""
        return self.update(updated_at=timezone.now())


class OpportunityManager(models.Manager.from_queryset(OpportunityQuerySet)):
    """Never fetches the search index: as long as the text, and of use only inside the database."""

    def get_queryset(self):
        return super().get_queryset().defer("search")


TRL = [MinValueValidator(1), MaxValueValidator(9)]


def validate_rules(values):
    """Each is a rule of `eligibility`, as a dict."""
    try:
        for each in values:
            eligibility.EligibilityRule.from_dict(each)
    except (ValueError, AttributeError) as error:
        raise ValidationError(_("Una regola non si capisce: %(error)s"), params={"error": error}) from error


class Opportunity(models.Model):
    """What a member can browse and take part in: a call, a technology offer, a collaboration, an event."""

    class Kind(models.TextChoices):
        CALL = "call", _("Bando")
        TECHNOLOGY_OFFER = "technology_offer", _("Offerta tecnologica")
        COLLABORATION = "collaboration", _("Richiesta di collaborazione")
        EVENT = "event", _("Evento")

    TOGETHER = (Kind.CALL, Kind.COLLABORATION)

    class Status(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        PROPOSED = "proposed", _("Proposta, da approvare")
        PUBLISHED = "published", _("Pubblicata")
        REFUSED = "refused", _("Rifiutata")
        WITHDRAWN = "withdrawn", _("Ritirata")
        CLOSED = "closed", _("Chiusa")

    kind = models.CharField(_("tipo"), max_length=20, choices=Kind, default=Kind.CALL)
    status = models.CharField(_("stato"), max_length=12, choices=Status, default=Status.DRAFT)
    title = models.CharField(_("titolo"), max_length=300)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=120, unique=True)
    text = models.TextField(_("testo"), max_length=60_000)
    language = models.CharField(
        _("lingua del testo"), max_length=2, choices=[("it", "Italiano"), ("en", "English")], default="it"
    )
    issuer = models.CharField(_("chi la pubblica"), max_length=200, blank=True)
    opens_on = models.DateField(_("apertura"), null=True, blank=True)
    deadline = models.DateField(_("scadenza"), null=True, blank=True)
    budget = models.DecimalField(_("dotazione (euro)"), max_digits=15, decimal_places=2, null=True, blank=True)
    cofunding_rate = models.PositiveSmallIntegerField(
        _("contributo massimo (% della spesa)"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    amount_min = models.DecimalField(_("contributo minimo"), max_digits=15, decimal_places=2, null=True, blank=True)
    amount_max = models.DecimalField(_("contributo massimo"), max_digits=15, decimal_places=2, null=True, blank=True)
    expense_min = models.DecimalField(_("spesa minima"), max_digits=15, decimal_places=2, null=True, blank=True)
    expense_max = models.DecimalField(_("spesa massima"), max_digits=15, decimal_places=2, null=True, blank=True)
    aid_form = models.CharField(_("forma dell'agevolazione"), max_length=200, blank=True)
    application_field = models.ForeignKey(
        Competence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applied_in",
        limit_choices_to={"code__startswith": f"{Competence.APPLICATION_FIELDS}."},
        verbose_name=_("campo di applicazione"),
    )
    trl_min = models.PositiveSmallIntegerField(_("TRL da"), null=True, blank=True, validators=TRL)
    trl_max = models.PositiveSmallIntegerField(_("TRL a"), null=True, blank=True, validators=TRL)
    rules = models.JSONField(_("chi può partecipare"), default=list, blank=True, validators=[validate_rules])
    starts_at = models.DateTimeField(_("inizio"), null=True, blank=True)
    ends_at = models.DateTimeField(_("fine"), null=True, blank=True)
    place = models.CharField(_("luogo"), max_length=200, blank=True)
    capacity = models.PositiveIntegerField(_("posti"), null=True, blank=True, validators=[MinValueValidator(1)])
    proposed_by = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, related_name="proposals", verbose_name=_("proposta da")
    )
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("da chi")
    )
    source = models.CharField(_("provenienza"), max_length=40, blank=True, editable=False)
    source_id = models.CharField(_("codice di provenienza"), max_length=80, blank=True, editable=False)
    source_url = models.URLField(_("pagina ufficiale"), max_length=400, blank=True)
    published_at = models.DateTimeField(_("pubblicata il"), null=True, blank=True)
    updated_at = models.DateTimeField(_("modificata il"), auto_now=True)
    search = search_words(title="A", text="B")
    competences = models.ManyToManyField(Competence, through="Requirement", verbose_name=_("competenze richieste"))

    objects = OpportunityManager()

    class Meta:
        verbose_name = _("opportunità")
        verbose_name_plural = _("opportunità")
        ordering = [models.F("deadline").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source=""), name="one_opportunity_per_source_and_code"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="published_opportunity_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(deadline=None) | Q(deadline__gte=F("opens_on")),
                name="opportunity_closes_after_it_opens",
                violation_error_message=_("La scadenza viene dopo l'apertura."),
            ),
            models.CheckConstraint(
                condition=Q(trl_min=None) | Q(trl_max=None) | Q(trl_max__gte=F("trl_min")),
                name="opportunity_trl_range_in_order",
                violation_error_message=_("Il TRL più alto viene dopo il più basso."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="event_ends_after_it_begins",
                violation_error_message=_("La fine viene dopo l'inizio."),
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="opportunity_words"),
            models.Index(fields=["status", "deadline", "updated_at"], name="open_opportunities"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("matchmaking:opportunity", args=[self.slug])

    @property
    def is_open(self):
        is_published = self.status == self.Status.PUBLISHED
        return is_published and (self.deadline is None or self.deadline >= timezone.localdate())

    @property
    def is_editable(self):
        """By whoever proposed it: until it is published. From then on the staff write, and followers are told."""
        return self.status not in (self.Status.PUBLISHED, self.Status.CLOSED)

    @property
    def is_event(self):
        return self.kind == self.Kind.EVENT

    @property
    def is_answered_together(self):
        """Do organizations team up to answer it?"""
        return self.kind in self.TOGETHER

    @property
    def eligibility_rules(self):
        return [eligibility.EligibilityRule.from_dict(values) for values in self.rules]

    @cached_property
    def summary(self):
        """The beginning of the text, for a card; of a long text only the beginning is looked at."""
        return Truncator(self.text[:1000]).chars(190)

    @cached_property
    def asked(self) -> list[AskedCompetence]:
        """What it requires, the heaviest first. Uses what `with_requirements` brought, or `bring_asked`."""
        found = [(each.competence, each.weight) for each in self.requirements.all()]
        asked = [AskedCompetence(competence.code, competence.name, weight) for competence, weight in found]
        return sorted(asked, key=lambda each: (-each.weight, each.code))

    @property
    def competences_shown(self):
        """The names of up to three competences, for a card."""
        return [each.name for each in self.asked[:3]]


class AskedCompetence(NamedTuple):
    """A competence that an opportunity requires, by its name in the reader's language, and how much it matters."""

    code: str
    name: str
    weight: int

    def __str__(self):
        return self.name


def bring_asked(opportunities) -> None:
    """Read `asked` of them all at once: half the price of fetching every requirement and competence whole."""
    asked = {opportunity.pk: [] for opportunity in opportunities}
    rows = Requirement.objects.filter(opportunity__in=asked).order_by("-weight", "competence__code")
    columns = ("opportunity", "weight", "competence__code", "competence__name_it", "competence__name_en")
    for owner, weight, code, *names in rows.values_list(*columns):
        asked[owner].append(AskedCompetence(code, Competence.named(*names), weight))
    for opportunity in opportunities:
        opportunity.asked = asked[opportunity.pk]


class Requirement(models.Model):
    """A competence that an opportunity asks for, and how much it matters."""

    class Weight(models.IntegerChoices):
        USEFUL = 1, _("Utile")
        IMPORTANT = 2, _("Importante")
        ESSENTIAL = 3, _("Indispensabile")

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="requirements", verbose_name=_("opportunità")
    )
    competence = models.ForeignKey(
        Competence, models.PROTECT, related_name="requirements", verbose_name=_("competenza")
    )
    weight = models.PositiveSmallIntegerField(_("peso"), choices=Weight, default=Weight.IMPORTANT)
    is_suggested = models.BooleanField(_("suggerita dal testo"), default=False)

    class Meta:
        verbose_name = _("competenza richiesta")
        verbose_name_plural = _("competenze richieste")
        ordering = ["-weight", "competence__code"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "competence"], name="one_requirement_per_competence"),
            models.CheckConstraint(condition=Q(weight__range=(1, 3)), name="requirement_weight_from_1_to_3"),
        ]

    def __str__(self):
        return f"{self.opportunity}: {self.competence}"


class Document(models.Model):
    """A document of an opportunity, where its publisher keeps it."""

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="documents", verbose_name=_("opportunità")
    )
    title = models.CharField(_("titolo"), max_length=200)
    url = models.URLField(_("indirizzo"), max_length=400)

    class Meta:
        verbose_name = _("documento")
        verbose_name_plural = _("documenti")
        ordering = ["pk"]

    def __str__(self):
        return self.title
