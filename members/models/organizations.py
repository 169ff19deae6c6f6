from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class OrganizationQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Organization.Status.PUBLISHED)

    def visible_to(self, user):
        """Published profiles for everybody; one's own whatever its state; all of them for the staff."""
        if user.is_authenticated and user.is_staff:
            return self
        visible = Q(status=Organization.Status.PUBLISHED)
        if user.is_authenticated:
            visible |= Exists(Representative.objects.filter(organization=OuterRef("pk"), user=user))
        return self.filter(visible)

    def spoken_for_by(self, user, *roles):
        """The organizations that the person represents, in one of the roles when any are named."""
        speaking = Representative.objects.filter(organization=OuterRef("pk"), user=user)
        return self.filter(Exists(speaking.filter(role__in=roles) if roles else speaking))

    def in_province(self, code):
        return self.filter(municipality__province=code)

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def offering(self, code):
        """Whoever offers the competence, or anything below it in the taxonomy."""
        return self.filter(Exists(_claims("Offer", code)))

    def needing(self, code):
        """Whoever openly needs the competence or anything below it: a blind need is never found by a search."""
        return self.filter(Exists(_claims("Need", code).filter(is_blind=False)))

    def named_like(self, text):
        return self.filter(Q(name__icontains=text) | Q(description__icontains=text))

    def with_places(self):
        return self.select_related("municipality__province")


def _claims(model, code):
    from . import profiles

    below = Q(competence__code=code) | Q(competence__code__startswith=f"{code}.")
    return getattr(profiles, model).objects.filter(below, organization=OuterRef("pk"))


class Organization(models.Model):
    """A firm, a research centre or a financier: whoever keeps a profile."""

    class Kind(models.TextChoices):
        FIRM = "firm", _("Impresa")
        RESEARCH_CENTER = "research_center", _("Centro di ricerca")
        FINANCIER = "financier", _("Operatore finanziario")

    class Status(models.TextChoices):
        SHADOW = "shadow", _("Precaricata")
        DRAFT = "draft", _("Bozza")
        PUBLISHED = "published", _("Pubblicata")

    kind = models.CharField(_("tipo"), max_length=20, choices=Kind)
    name = models.CharField(_("denominazione"), max_length=160)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=180, unique=True)
    status = models.CharField(_("stato"), max_length=12, choices=Status, default=Status.DRAFT)
    municipality = models.ForeignKey(
        "members.Municipality",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("comune"),
        related_name="organizations",
    )
    description = models.TextField(_("che cosa fa"), max_length=4000, blank=True)
    website = models.URLField(_("sito"), blank=True)
    private_notes = models.TextField(
        _("appunti riservati"),
        max_length=4000,
        blank=True,
        help_text=_("Li vedono solo i referenti dell'organizzazione e il Consorzio."),
    )
    reviewed_on = models.DateField(_("profilo rivisto il"), default=timezone.localdate)
    created_at = models.DateTimeField(_("creata il"), auto_now_add=True)
    updated_at = models.DateTimeField(_("modificata il"), auto_now=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organizzazione")
        verbose_name_plural = _("organizzazioni")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("members:profile", args=[self.slug])

    @property
    def is_published(self):
        return self.status == self.Status.PUBLISHED

    @property
    def province(self):
        return self.municipality.province if self.municipality else None

    @cached_property
    def offers_shown(self):
        """Up to four competences for a card: the strongest first. Uses what `prefetch_related` brought."""
        offers = sorted(self.offers.all(), key=lambda offer: (-offer.level, offer.competence.code))
        return [offer.competence for offer in offers[:4]]


class Representative(models.Model):
    """A person who speaks for an organization."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Titolare")
        EDITOR = "editor", _("Redattore")
        READER = "reader", _("Lettore")

    EDITORS = (Role.OWNER, Role.EDITOR)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="representations", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="representatives", verbose_name=_("organizzazione")
    )
    role = models.CharField(_("ruolo"), max_length=10, choices=Role, default=Role.EDITOR)

    class Meta:
        verbose_name = _("referente")
        verbose_name_plural = _("referenti")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_role_per_person_and_organization")
        ]

    def __str__(self):
        return f"{self.user} · {self.organization}"


class Network(models.Model):
    """Gate 4.0 today, other districts tomorrow."""

    name = models.CharField(_("nome"), max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        verbose_name = _("rete")
        verbose_name_plural = _("reti")
        ordering = ["name"]

    def __str__(self):
        return self.name


class AdhesionQuerySet(models.QuerySet):
    def current(self):
        return self.filter(until=None)

    def members(self):
        return self.current().filter(state=Adhesion.State.MEMBER)


class Adhesion(models.Model):
    """A dated step of an organization towards a network. The open one (no `until`) says where it stands today."""

    class State(models.TextChoices):
        CONTACTED = "contacted", _("Contattata")
        INTERESTED = "interested", _("Interessata")
        APPLIED = "applied", _("Domanda presentata")
        MEMBER = "member", _("Aderente")
        LEFT = "left", _("Uscita")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="adhesions", verbose_name=_("organizzazione")
    )
    network = models.ForeignKey(Network, models.PROTECT, related_name="adhesions", verbose_name=_("rete"))
    state = models.CharField(_("stato"), max_length=12, choices=State)
    since = models.DateField(_("dal"), default=timezone.localdate)
    until = models.DateField(_("al"), null=True, blank=True)

    objects = AdhesionQuerySet.as_manager()

    class Meta:
        verbose_name = _("adesione")
        verbose_name_plural = _("adesioni")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "network"], condition=Q(until=None), name="one_current_adhesion_per_network"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="adhesion_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.organization} · {self.network}: {self.get_state_display()}"
