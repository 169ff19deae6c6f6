"""Opportunities in the order in which they suit one organization, each with its because."""

from dataclasses import dataclass
from decimal import Decimal

from . import matching, scoring
from .models import Opportunity


@dataclass(frozen=True)
class RankedOpportunity:
    """An opportunity, how well the organization covers what it asks (`reasons` is None without an organization)."""

    opportunity: Opportunity
    reasons: scoring.Score | None = None

    @property
    def points(self) -> int:
        return self.reasons.points if self.reasons else 0

    @property
    def score(self) -> Decimal | None:
        return Decimal(self.points) / 100 if self.points else None

    @property
    def because(self) -> list:
        """The required competences that the organization covers, the weightiest line first."""
        if not self.reasons:
            return []
        asked = {
            requirement.competence.code: requirement.competence for requirement in self.opportunity.requirements.all()
        }
        lines = sorted(self.reasons.lines, key=lambda line: -line.points)
        return [asked[line.need.code] for line in lines if line.need]


def rank(opportunities, organization) -> list[RankedOpportunity]:
    """Best fitting first, then the nearest deadline. `opportunities` is a queryset; a constant number of queries."""
    found = list(opportunities.with_requirements())
    if organization is None:
        return [RankedOpportunity(opportunity) for opportunity in found]
    profile = as_profile(organization)
    known = matching.taxonomy()
    ranked = [RankedOpportunity(opportunity, fit(opportunity, profile, known)) for opportunity in found]
    return sorted(ranked, key=lambda one: -one.points)  # stable: the queryset's order by deadline stays


def as_profile(organization) -> scoring.Profile:
    [profile] = matching.profiles(type(organization).objects.filter(pk=organization.pk))
    return profile


def fit(opportunity, profile, taxonomy) -> scoring.Score:
    """How well one organization covers what one opportunity asks. A call is everywhere: distance does not matter."""
    asked = [
        scoring.Need(requirement.competence.code, requirement.weight) for requirement in opportunity.requirements.all()
    ]
    somewhere = scoring.replace(profile, place=None, reviewed_days_ago=None)
    return scoring.fit(asked, somewhere, taxonomy, seeker=f"opportunity-{opportunity.pk}")
