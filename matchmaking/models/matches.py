from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from .. import scoring


class MatchQuerySet(models.QuerySet):
    def for_seeker(self, organization):
        """What one organization is shown: published partners only, whatever the last computation knew."""
        return self.filter(seeker=organization, partner__status=Organization.Status.PUBLISHED)

    def found_since(self, moment):
        return self.filter(found_at__gte=moment)

    def best_first(self):
        return self.order_by("-points", "partner_id")

    def with_partners(self):
        return self.select_related("partner__municipality__province")


class Match(models.Model):
    """How well a partner completes a seeker. Belongs to the seeker alone: it may rest on needs that only they know.

    Derived data: `matching.rebuild` can throw it away and make it again. `points` are hundredths; `detail` is
    `scoring.Score.as_dict()`, with everything needed to explain the score months later.
    """

    seeker = models.ForeignKey(Organization, models.CASCADE, related_name="matches", verbose_name=_("chi cerca"))
    partner = models.ForeignKey(Organization, models.CASCADE, related_name="matched_by", verbose_name=_("partner"))
    points = models.PositiveSmallIntegerField(_("punti"))
    detail = models.JSONField(_("perché"))
    found_at = models.DateTimeField(_("trovato il"), default=timezone.now)
    updated_at = models.DateTimeField(_("aggiornato il"), default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("abbinamento")
        verbose_name_plural = _("abbinamenti")
        ordering = ["-points", "partner_id"]
        constraints = [
            models.UniqueConstraint(fields=["seeker", "partner"], name="one_match_per_pair"),
            models.CheckConstraint(condition=Q(points__range=(1, 10_000)), name="match_points_from_1_to_10000"),
            models.CheckConstraint(condition=~Q(seeker=models.F("partner")), name="nobody_matches_themselves"),
        ]
        indexes = [models.Index(fields=["seeker", "-points", "partner"], name="best_matches_of_a_seeker")]

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
    """Up to which change of its profile the matches of an organization are computed."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True, related_name="freshness")
    profile_as_of = models.DateTimeField()

    class Meta:
        verbose_name = _("stato del calcolo")
        verbose_name_plural = _("stato dei calcoli")

    def __str__(self):
        return f"{self.organization}: {self.profile_as_of}"
