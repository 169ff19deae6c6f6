"""Partnerships for a call: the rules that it sets, and the shared space of those who answer it together."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from ..algorithms import team_rules
from .opportunities import Opportunity


class PartnershipRule(models.Model):
    """What a call asks of those who take part together: a number, a percent, or one of some sorts."""

    class Kind(models.TextChoices):
        MIN_PARTNERS = team_rules.MIN_PARTNERS, _("Partner: almeno (numero)")
        MAX_PARTNERS = team_rules.MAX_PARTNERS, _("Partner: non più di (numero)")
        MAX_SHARE = team_rules.MAX_SHARE, _("Spesa di ogni partner: non oltre (percento)")
        MIN_SMES = team_rules.MIN_SMES, _("PMI: almeno (numero)")
        MIN_RESEARCH = team_rules.MIN_RESEARCH, _("Centri di ricerca: almeno (numero)")
        RESEARCH_SHARE = team_rules.RESEARCH_SHARE, _("Centri di ricerca: almeno (percento dei partner)")
        MIN_LOCAL = team_rules.MIN_LOCAL, _("Partner di Massa-Carrara: almeno (numero)")
        LOCAL_SHARE = team_rules.LOCAL_SHARE, _("Partner di Massa-Carrara: almeno (percento dei partner)")
        AT_LEAST_ONE = team_rules.AT_LEAST_ONE, _("Almeno uno tra (tipi scelti accanto)")

    SORTS = (*Organization.Kind.choices, *Organization.Size.choices)

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="partnership_rules", verbose_name=_("opportunità")
    )
    kind = models.CharField(_("regola"), max_length=16, choices=Kind)
    value = models.PositiveSmallIntegerField(_("valore"), default=1, validators=[MinValueValidator(1)])
    any_of = ArrayField(
        models.CharField(max_length=20, choices=SORTS), default=list, blank=True, verbose_name=_("uno tra")
    )

    class Meta:
        verbose_name = _("regola di partenariato")
        verbose_name_plural = _("regole di partenariato")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "kind"],
                condition=~Q(kind=team_rules.AT_LEAST_ONE),
                name="one_partnership_rule_of_each_kind",
                violation_error_message=_("C'è già una regola di questo tipo: modifica quella."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=team_rules.SHARES) | Q(value__lte=100),
                name="partnership_share_up_to_100",
                violation_error_message=_("Una quota va da 1 a 100."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=team_rules.AT_LEAST_ONE) | ~Q(any_of=[]),
                name="partnership_at_least_one_of_something",
                violation_error_message=_("Scegli almeno un tipo."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=1),
                name="partnership_rule_asks_something",
                violation_error_message=_("Il valore è almeno 1."),
            ),
        ]

    def __str__(self):
        return self.get_kind_display()

    def clean(self):
        if self.kind == self.Kind.AT_LEAST_ONE and not self.any_of:
            raise ValidationError({"any_of": _("Scegli almeno un tipo.")})
        if self.kind != self.Kind.AT_LEAST_ONE:
            self.any_of = []

    @property
    def as_rule(self):
        return team_rules.TeamRule(self.kind, self.value, tuple(self.any_of))


class ConsortiumQuerySet(models.QuerySet):
    def of(self, organizations):
        """Those that these organizations lead, belong to, or are invited to."""
        standing = Membership.objects.standing().filter(consortium=OuterRef("pk"), organization__in=organizations)
        return self.filter(Q(lead__in=organizations) | Exists(standing))

    def seen_by(self, user):
        """The shared space belongs to its members: the staff do not look in."""
        return self.of(Organization.objects.acting_through(user))

    def with_all(self):
        return self.select_related("lead__municipality__province", "opportunity").defer("opportunity__search")


class Consortium(models.Model):
    """Organizations that answer a call together: a lead, who invites, and partners, who accept or decline."""

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="consortia", verbose_name=_("opportunità")
    )
    lead = models.ForeignKey(Organization, models.CASCADE, related_name="led_consortia", verbose_name=_("capofila"))
    name = models.CharField(_("nome del progetto"), max_length=160)
    cost = models.PositiveIntegerField(
        _("costo del progetto (euro)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    threshold = models.PositiveSmallIntegerField(_("soglia di copertura (percento)"), default=60)
    is_open_to_financiers = models.BooleanField(
        _("scheda aperta agli operatori finanziari"),
        default=False,
        help_text=_("Vedono competenze, bando e contributo richiesto; nessun dato economico delle imprese."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("da")
    )
    created_at = models.DateTimeField(_("creato il"), default=timezone.now, editable=False)

    objects = ConsortiumQuerySet.as_manager()

    class Meta:
        verbose_name = _("partenariato")
        verbose_name_plural = _("partenariati")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "lead"], name="one_consortium_per_lead_and_opportunity"),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=1), name="consortium_costs_something"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("matchmaking:consortium", args=[self.pk])


class MembershipQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(state__in=[Membership.State.INVITED, Membership.State.ACCEPTED])

    def accepted(self):
        return self.filter(state=Membership.State.ACCEPTED)

    def with_organizations(self):
        return self.select_related("organization__municipality__province")


class Membership(models.Model):
    """A partner of a consortium: invited → accepted or declined; later it may leave, or the lead take it out."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invitato")
        ACCEPTED = "accepted", _("Ha accettato")
        DECLINED = "declined", _("Ha rifiutato")
        LEFT = "left", _("È uscito")
        REVOKED = "revoked", _("Invito ritirato")

    consortium = models.ForeignKey(
        Consortium, models.CASCADE, related_name="memberships", verbose_name=_("partenariato")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="consortium_memberships", verbose_name=_("organizzazione")
    )
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.INVITED)
    invited_at = models.DateTimeField(_("invitato il"), default=timezone.now)
    answered_at = models.DateTimeField(_("risposta del"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partner")
        ordering = ["organization__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["consortium", "organization"], name="one_membership_per_consortium"),
            models.CheckConstraint(
                condition=Q(state="invited", answered_at=None) | (~Q(state="invited") & Q(answered_at__isnull=False)),
                name="membership_answered_when_it_is",
            ),
        ]

    def __str__(self):
        return f"{self.organization}: {self.get_state_display()}"


class MembershipChange(models.Model):
    """A step of a membership: from which state to which, when, by whom. Only ever added to."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="history", verbose_name=_("partner"))
    before = models.CharField(_("da"), max_length=10, choices=Membership.State, blank=True)
    after = models.CharField(_("a"), max_length=10, choices=Membership.State)
    at = models.DateTimeField(_("quando"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("da chi")
    )

    class Meta:
        verbose_name = _("passaggio di un partner")
        verbose_name_plural = _("passaggi dei partner")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.membership_id}: {self.before} → {self.after}"


class ConsortiumNote(models.Model):
    """What the partners write for each other; with a day, it is a next step."""

    consortium = models.ForeignKey(Consortium, models.CASCADE, related_name="notes", verbose_name=_("partenariato"))
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", verbose_name=_("organizzazione"), editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("di")
    )
    text = models.TextField(_("testo"), max_length=2000)
    due_on = models.DateField(_("prossimo passo entro il"), null=True, blank=True)
    written_at = models.DateTimeField(_("scritta il"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("nota del partenariato")
        verbose_name_plural = _("note del partenariato")
        ordering = ["-written_at", "-pk"]

    def __str__(self):
        return self.text[:60]
