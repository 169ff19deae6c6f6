import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from ..algorithms import scoring
from .interests import Interest
from .requests import CollaborationRequest


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What the person's organizations were asked. A firm that no longer agrees to be seen by financiers
        disappears from what they have not accepted."""
        asked = self.filter(organization__in=Organization.objects.acting_through(user))
        is_unseen = Q(
            request__kind=CollaborationRequest.Kind.FINANCING, request__organization__is_visible_to_financiers=False
        )
        return asked.exclude(is_unseen & ~Q(state=Invitation.State.ACCEPTED))

    def waiting(self):
        """Asked and not yet answered."""
        return self.filter(state__in=Invitation.WAITING)

    def answerable(self):
        return self.waiting().filter(request__state=CollaborationRequest.State.OPEN)

    def accepted(self):
        return self.filter(state=Invitation.State.ACCEPTED)

    def met(self):
        """Both sides have agreed, and know each other: there is a room."""
        return self.accepted().filter(Q(request__is_blind=False) | Q(identity_shown_at__isnull=False))

    def late(self):
        """On the broker's list: the term has passed without an answer."""
        return self.answerable().filter(escalated_at__isnull=False)


class Invitation(models.Model):
    """One organization asked to answer a request: sent → seen → taken in charge → accepted or declined.

    The answer is written here too, and stays a draft until the invitation is accepted.
    """

    class State(models.TextChoices):
        SENT = "sent", _("Inviata")
        SEEN = "seen", _("Letta")
        TAKEN = "taken", _("Presa in carico")
        ACCEPTED = "accepted", _("Accettata")
        DECLINED = "declined", _("Declinata")
        WITHDRAWN = "withdrawn", _("Ritirata")
        EXPIRED = "expired", _("Scaduta senza risposta")

    class Reason(models.TextChoices):
        COMPETENCE = "competence", _("Non è il nostro campo")
        CAPACITY = "capacity", _("Non abbiamo persone o macchine libere")
        TIME = "time", _("I tempi sono troppo stretti")
        TERMS = "terms", _("Le condizioni non vanno bene")
        BUDGET = "budget", _("Non conviene")
        CONFLICT = "conflict", _("Lavoriamo già con altri sullo stesso tema")
        OTHER = "other", _("Altro")

    class Referral(models.TextChoices):
        PROPOSED = "proposed", _("Proposto")
        AGREED = "agreed", _("Accolto")
        REFUSED = "refused", _("Non accolto")

    WAITING = [State.SENT, State.SEEN, State.TAKEN]
    Ip = Interest.Ip

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(
        CollaborationRequest, models.CASCADE, related_name="invitations", verbose_name=_("richiesta")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="invitations", verbose_name=_("organizzazione")
    )
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.SENT)
    points = models.PositiveSmallIntegerField(_("punti"), default=0)
    detail = models.JSONField(_("perché"), default=dict, blank=True)
    sent_at = models.DateTimeField(_("inviata il"), default=timezone.now)
    seen_at = models.DateTimeField(_("letta il"), null=True, blank=True)
    taken_at = models.DateTimeField(_("presa in carico il"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("in carico a"),
    )
    answered_at = models.DateTimeField(_("risposta il"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("risposta di"),
    )
    ended_at = models.DateTimeField(_("finita il"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("sollecitata il"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("passata al mediatore il"), null=True, blank=True)

    brings = models.TextField(_("che cosa offrite"), max_length=4000, blank=True)
    needs = models.TextField(_("che cosa vi serve"), max_length=4000, blank=True)
    earliest_start = models.DateField(_("quando potete cominciare"), null=True, blank=True)
    effort = models.CharField(
        _("impegno indicativo"), max_length=200, blank=True, help_text=_("Per esempio: 20 giornate in due mesi.")
    )
    ip = models.CharField(_("proprietà dei risultati"), max_length=10, choices=Ip, blank=True)
    terms_hash = models.CharField(_("impronta delle condizioni accettate"), max_length=64, blank=True)
    identity_shown_at = models.DateTimeField(_("identità mostrata il"), null=True, blank=True)

    reason = models.CharField(_("ragione"), max_length=12, choices=Reason, blank=True)
    note = models.CharField(_("due parole"), max_length=500, blank=True)
    referral = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("può farlo")
    )
    referral_state = models.CharField(_("proposta"), max_length=10, choices=Referral, blank=True)
    referred_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="referred", verbose_name=_("su indicazione di")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invito a collaborare")
        verbose_name_plural = _("inviti a collaborare")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "organization"], name="one_invitation_per_request_and_organization"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "declined"]) | Q(answered_at__isnull=False),
                name="answer_has_its_moment",
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="declined_for_a_reason"),
        ]
        indexes = [
            models.Index(
                fields=["sent_at"], condition=Q(state__in=["sent", "seen", "taken"]), name="invitations_that_wait"
            ),
            models.Index(fields=["organization", "-sent_at"], name="inbox_of_an_organization"),
        ]

    def __str__(self):
        return f"{self.organization} · {self.request}"

    def get_absolute_url(self):
        return reverse("matchmaking:received", args=[self.code])

    @property
    def is_waiting(self):
        return self.state in self.WAITING

    @property
    def is_answerable(self):
        return self.is_waiting and self.request.is_open

    @property
    def is_accepted(self):
        return self.state == self.State.ACCEPTED

    @property
    def shows_identity(self):
        """May the invited side know who asks? From the beginning, or when both have agreed."""
        return not self.request.is_blind or self.is_met

    @property
    def is_met(self):
        """Both sides have agreed, and know each other."""
        return self.is_accepted and (not self.request.is_blind or self.identity_shown_at is not None)

    @property
    def score(self) -> Decimal:
        return Decimal(self.points) / 100

    @cached_property
    def reasons(self) -> scoring.Score | None:
        """Why this organization was asked, as it was computed on the day; None for a request for money."""
        return scoring.Score.from_dict(self.detail) if self.detail else None


class RequestStep(models.Model):
    """What happened to a request or to one of its invitations: who, when, from, to, why. Only ever added to.

    Nobody (`by` is empty) is the clock. A trigger refuses to change what was written.
    """

    class What(models.TextChoices):
        MOVED = "moved", _("stato")
        REMINDED = "reminded", _("sollecito")
        ESCALATED = "escalated", _("passata al mediatore")
        BROKER = "broker", _("mediatore")
        IDENTITY = "identity", _("identità mostrata")
        REFERRAL = "referral", _("indicazione di altri")

    request = models.ForeignKey(CollaborationRequest, models.CASCADE, related_name="steps", verbose_name=_("richiesta"))
    invitation = models.ForeignKey(
        Invitation, models.CASCADE, null=True, blank=True, related_name="steps", verbose_name=_("invito")
    )
    what = models.CharField(_("che cosa"), max_length=10, choices=What, default=What.MOVED)
    at = models.DateTimeField(_("quando"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("chi")
    )
    before = models.CharField(_("da"), max_length=200, blank=True)
    after = models.CharField(_("a"), max_length=200, blank=True)
    why = models.CharField(_("perché"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("passo di una richiesta")
        verbose_name_plural = _("storia delle richieste")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.get_what_display()}: {self.before_label} → {self.after_label}"

    @property
    def before_label(self):
        return self._label(self.before)

    @property
    def after_label(self):
        return self._label(self.after)

    def _label(self, value):
        states = Invitation.State if self.invitation_id else CollaborationRequest.State
        is_state = self.what == self.What.MOVED and value in states.values
        return states(value).label if is_state else value
