from decimal import Decimal

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from ..algorithms import scoring
from .steering import Feedback, Intervention


class MatchQuerySet(models.QuerySet):
    def for_seeker(self, organization):
        """What one organization is shown now, whatever the last computation knew: see `current`."""
        return self.filter(seeker=organization).current()

    def current(self):
        """What each seeker is shown now, whatever the last computation knew.

        Published partners, not those it has dismissed nor those that the staff muted; to a financier only the firms
        that consent at this moment.
        """
        pair = {"partner": OuterRef("partner"), "seeker": OuterRef("seeker")}
        consenting = Q(partner__in=Organization.objects.visible_to_financiers())
        shown = self.filter(
            ~Q(seeker__kind=Organization.Kind.FINANCIER) | consenting, partner__in=Organization.objects.published()
        )
        dismissed = Feedback.objects.dismissals().filter(**pair)
        for_it = Q(seeker=None) | Q(seeker=pair["seeker"])
        muted = Intervention.objects.mutes().filter(for_it, partner=pair["partner"])
        return shown.exclude(Exists(dismissed)).exclude(Exists(muted))

    def best_first(self):
        """Whom the staff pointed out, then the highest scores; ties by id."""
        return self.order_by("-is_pinned", "-points", "partner_id")

    def of_kind(self, kind):
        return self.filter(partner__kind=kind)

    def with_partners(self):
        return self.select_related("partner__municipality__province")


class Match(models.Model):
    """How well a partner completes a seeker. Belongs to the seeker alone: it may rest on needs that only they know.

    Derived data: `match_lists.rebuild` can throw it away and make it again. `points` are hundredths; `detail` is
    `scoring.Score.as_dict()`, with everything needed to explain the score months later. Only a partner that the staff
    pinned may be here without points.
    """

    seeker = models.ForeignKey(Organization, models.CASCADE, related_name="matches", verbose_name=_("chi cerca"))
    partner = models.ForeignKey(Organization, models.CASCADE, related_name="matched_by", verbose_name=_("partner"))
    points = models.PositiveSmallIntegerField(_("punti"))
    detail = models.JSONField(_("perché"))
    is_pinned = models.BooleanField(_("segnalato dal Consorzio"), default=False)
    found_at = models.DateTimeField(_("trovato il"), default=timezone.now)
    updated_at = models.DateTimeField(_("aggiornato il"), default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("abbinamento")
        verbose_name_plural = _("abbinamenti")
        ordering = ["-is_pinned", "-points", "partner_id"]
        constraints = [
            models.UniqueConstraint(fields=["seeker", "partner"], name="one_match_per_pair"),
            models.CheckConstraint(
                condition=Q(points__range=(1, 10_000)) | Q(points=0, is_pinned=True),
                name="match_has_points_unless_pinned",
            ),
            models.CheckConstraint(condition=~Q(seeker=models.F("partner")), name="nobody_matches_themselves"),
        ]
        indexes = [models.Index(fields=["seeker", "-is_pinned", "-points", "partner"], name="best_matches_of_a_seeker")]

    def __str__(self):
        return f"{self.seeker} → {self.partner}: {self.score}"

    @property
    def score(self) -> Decimal:
        """0 to 100, with two decimals."""
        return Decimal(self.points) / 100

    @cached_property
    def reasons(self) -> scoring.Score:
        return scoring.Score.from_dict(self.detail)


class Freshness(models.Model):
    """How the kept list of one seeker was computed: what it takes to know that a change elsewhere leaves it true.

    `kept` partners with points (pinned ones apart), the last of them `last_partner` with `last_points`: nobody left out
    comes before that one. `rules` names the day, the taxonomy and the weights.
    """

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True, related_name="freshness")
    rules = models.CharField(max_length=40, default="")
    kept = models.PositiveSmallIntegerField(default=0)
    last_points = models.PositiveSmallIntegerField(default=0)
    last_partner = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("stato del calcolo")
        verbose_name_plural = _("stato dei calcoli")

    def __str__(self):
        return f"{self.organization}: {self.kept}"


class ProfileChange(models.Model):
    """A mark that something matching rests on has changed. Triggers of the database write it with the change itself.

    Appended, never updated, so that nobody who saves waits for a computation; whoever has computed takes its marks
    away. The organization may be gone by then: no foreign key.
    """

    organization_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("cambiamento")
        verbose_name_plural = _("cambiamenti")

    def __str__(self):
        return f"{self.organization_id}"
