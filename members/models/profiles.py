from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .competences import Competence
from .history import kept
from .organizations import Organization
from .users import acts_as_staff

TRL = [MinValueValidator(1), MaxValueValidator(9)]


def _is_trl(field):
    return Q(**{field: None}) | Q(**{f"{field}__range": (1, 9)})


class OfferQuerySet(models.QuerySet):
    def names_shown(self, organizations):
        """For each organization the names of up to four competences for its card, the strongest first: one query."""
        shown = {organization.pk: [] for organization in organizations}
        offers = self.filter(organization__in=shown).order_by("-level", "competence__code")
        for owner, *names in offers.values_list("organization", "competence__name_it", "competence__name_en"):
            shown[owner].append(Competence.named(*names))
        return {owner: names[:4] for owner, names in shown.items()}


def bring_offers(organizations) -> None:
    """Read `offers_shown` of them all at once."""
    shown = Offer.objects.names_shown(organizations)
    for organization in organizations:
        organization.offers_shown = shown[organization.pk]


@kept()
class Offer(models.Model):
    """A competence that an organization offers: how well (`level` 1–5), how ready (TRL 1–9) and with what proof."""

    class Level(models.IntegerChoices):
        KNOWS = 1, _("Conosce")
        USES = 2, _("Usa")
        MASTERS = 3, _("Padroneggia")
        TEACHES = 4, _("Esperto")
        LEADS = 5, _("Riferimento")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="offers", verbose_name=_("organizzazione")
    )
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="offers", verbose_name=_("competenza"))
    level = models.PositiveSmallIntegerField(_("livello"), choices=Level, default=Level.MASTERS)
    trl = models.PositiveSmallIntegerField(
        _("TRL"),
        null=True,
        blank=True,
        validators=TRL,
        help_text=_("Maturità tecnologica, da 1 (idea) a 9 (in produzione)."),
    )
    evidence = models.CharField(
        _("prova"), max_length=300, blank=True, help_text=_("Una certificazione, una macchina, un progetto.")
    )
    is_declared = models.BooleanField(_("dichiarata"), default=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("competenza offerta")
        verbose_name_plural = _("competenze offerte")
        ordering = ["-level", "competence__code"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "competence"], name="one_offer_per_competence"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="offer_level_from_1_to_5"),
            models.CheckConstraint(condition=_is_trl("trl"), name="offer_trl_from_1_to_9"),
        ]

    def __str__(self):
        return f"{self.organization}: {self.competence}"


class NeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Open needs of published profiles for members; one's own, blind ones included; for the public and the people
        of a draft nothing of others."""
        if not user.is_authenticated:
            return self.none()
        if acts_as_staff(user):
            return self
        own = Q(organization__in=Organization.objects.spoken_for_by(user))
        if not Organization.objects.acting_through(user).exists():
            return self.filter(own)
        return self.filter(own | Q(is_blind=False, organization__status=Organization.Status.PUBLISHED))


@kept()
class Need(models.Model):
    """A competence that an organization looks for. A blind need never shows whose it is."""

    class Priority(models.IntegerChoices):
        LOW = 1, _("Utile")
        MEDIUM = 2, _("Importante")
        HIGH = 3, _("Urgente")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="needs", verbose_name=_("organizzazione")
    )
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="needs", verbose_name=_("competenza"))
    priority = models.PositiveSmallIntegerField(_("priorità"), choices=Priority, default=Priority.MEDIUM)
    trl = models.PositiveSmallIntegerField(
        _("TRL richiesto"), null=True, blank=True, validators=TRL, help_text=_("Da 1 a 9; vuoto se non importa.")
    )
    is_blind = models.BooleanField(
        _("riservata"), default=False, help_text=_("Serve a trovare partner per voi, ma nessuno vede che la cercate.")
    )

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("competenza cercata")
        verbose_name_plural = _("competenze cercate")
        ordering = ["-priority", "competence__code"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "competence"], name="one_need_per_competence"),
            models.CheckConstraint(condition=Q(priority__range=(1, 3)), name="need_priority_from_1_to_3"),
            models.CheckConstraint(condition=_is_trl("trl"), name="need_trl_from_1_to_9"),
        ]

    def __str__(self):
        return f"{self.organization}: {self.competence}"
