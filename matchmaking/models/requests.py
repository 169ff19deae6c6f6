import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Competence, FinancierTerms, Organization, Stage
from members.models.users import STAFF, acts_as_staff

from ..algorithms import scoring
from .interests import Interest
from .opportunities import Requirement

TRL = [MinValueValidator(1), MaxValueValidator(9)]


class CollaborationRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the organizations that the person speaks for; all of them for the staff. An invited organization
        sees its invitation, never the request itself."""
        if acts_as_staff(user):
            return self
        return self.of_people(user)

    def of_people(self, user, *roles):
        """The requests of the organizations that the person represents, in one of the roles when any are named."""
        return self.filter(organization__in=Organization.objects.acting_through(user, *roles))

    def open(self):
        return self.filter(state=CollaborationRequest.State.OPEN)

    def past_closing(self, today=None):
        """Open on paper, but their last day has gone by. `today` is a date in Italy."""
        return self.open().filter(closes_on__lt=today or timezone.localdate())

    def with_competences(self):
        return self.prefetch_related("asked__competence")


class CollaborationRequest(models.Model):
    """What an organization asks of chosen partners, answered within a term: draft → open → closed or withdrawn.

    A blind one shows its text, competences, comune and size class, but not whose it is, until both sides agree.
    """

    class Kind(models.TextChoices):
        COLLABORATION = "collaboration", _("Collaborazione")
        FINANCING = "financing", _("Finanziamento")

    class State(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        OPEN = "open", _("Aperta")
        CLOSED = "closed", _("Chiusa")
        WITHDRAWN = "withdrawn", _("Ritirata")

    Ip = Interest.Ip
    Instrument = FinancierTerms.Instrument

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="collaboration_requests", verbose_name=_("chi chiede")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("scritta da")
    )
    kind = models.CharField(_("tipo"), max_length=14, choices=Kind, default=Kind.COLLABORATION)
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(_("che cosa vi serve"), max_length=200)
    text = models.TextField(_("il bisogno"), max_length=8000, blank=True)
    expected = models.TextField(_("che cosa vi aspettate da chi risponde"), max_length=4000, blank=True)
    trl_min = models.PositiveSmallIntegerField(_("TRL da"), null=True, blank=True, validators=TRL)
    trl_max = models.PositiveSmallIntegerField(_("TRL a"), null=True, blank=True, validators=TRL)
    ip = models.CharField(_("proprietà dei risultati"), max_length=10, choices=Ip, blank=True)
    amount = models.PositiveIntegerField(_("importo cercato (euro)"), null=True, blank=True)
    instrument = models.CharField(_("strumento"), max_length=10, choices=Instrument, blank=True)
    stage = models.CharField(_("fase dell'impresa"), max_length=10, choices=Stage, blank=True)
    closes_on = models.DateField(_("ultimo giorno per rispondere"), null=True, blank=True)
    is_blind = models.BooleanField(_("riservata"), default=False)
    terms = models.TextField(_("condizioni di riservatezza"), max_length=4000, blank=True)
    terms_hash = models.CharField(_("impronta delle condizioni"), max_length=64, blank=True, editable=False)
    broker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to=STAFF,
        related_name="brokered",
        verbose_name=_("mediatore"),
    )
    first_choice = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("pensata per")
    )
    created_at = models.DateTimeField(_("scritta il"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modificata il"), auto_now=True)
    opened_at = models.DateTimeField(_("inviata il"), null=True, blank=True)
    ended_at = models.DateTimeField(_("finita il"), null=True, blank=True)
    competences = models.ManyToManyField(Competence, through="RequestedCompetence", verbose_name=_("competenze"))

    objects = CollaborationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("richiesta di collaborazione")
        verbose_name_plural = _("richieste di collaborazione")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(opened_at__isnull=False, closes_on__isnull=False),
                name="request_that_left_has_its_term",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(is_blind=False) | ~Q(terms_hash=""),
                name="blind_request_has_terms",
            ),
            models.CheckConstraint(
                condition=Q(trl_min=None) | Q(trl_max=None) | Q(trl_max__gte=F("trl_min")),
                name="request_trl_range_in_order",
                violation_error_message=_("Il TRL più alto viene dopo il più basso."),
            ),
        ]
        indexes = [
            models.Index(fields=["closes_on"], condition=Q(state="open"), name="open_requests_by_closing"),
            models.Index(fields=["broker"], condition=Q(state="open"), name="open_requests_by_broker"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("matchmaking:request", args=[self.code])

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def is_financing(self):
        return self.kind == self.Kind.FINANCING

    @property
    def is_open(self):
        """Whoever is asked may still answer: the last day counts whole."""
        return self.state == self.State.OPEN and self.closes_on >= timezone.localdate()

    @property
    def needs(self) -> list[scoring.Need]:
        """What is asked, as the scorer reads it. Uses what `with_competences` brought."""
        return [scoring.Need(each.competence.code, each.weight, self.trl_min) for each in self.asked.all()]


class RequestedCompetence(models.Model):
    """A competence that a request asks for, and how much it matters."""

    Weight = Requirement.Weight

    request = models.ForeignKey(CollaborationRequest, models.CASCADE, related_name="asked", verbose_name=_("richiesta"))
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="asked_in", verbose_name=_("competenza"))
    weight = models.PositiveSmallIntegerField(_("peso"), choices=Weight, default=Weight.IMPORTANT)

    class Meta:
        verbose_name = _("competenza chiesta")
        verbose_name_plural = _("competenze chieste")
        ordering = ["-weight", "competence__code"]
        constraints = [
            models.UniqueConstraint(fields=["request", "competence"], name="one_weight_per_requested_competence"),
            models.CheckConstraint(condition=Q(weight__range=(1, 3)), name="requested_weight_from_1_to_3"),
        ]

    def __str__(self):
        return f"{self.request}: {self.competence}"
