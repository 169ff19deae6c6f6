"""Who could take part in an opportunity: the organizations that best cover what it asks, each with its reasons.

The formula decides: the same engine that ranks partners, one way only. Offers alone are read, so no need of anybody,
blind or open, shows through.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from members.models import Organization

from ..algorithms import scoring
from .inputs import Everybody, names
from .reasons import Reason, reasons

SHOWN = 20


@dataclass(frozen=True)
class Fit:
    """An organization, how much of what is asked it covers (0 to 100), and why."""

    organization: Organization
    score: Decimal
    lines: list[Reason]


def asked_by(opportunity) -> list[scoring.Need]:
    """What an opportunity asks, as needs. Uses what `with_requirements` brought."""
    return [scoring.Need(each.competence.code, each.weight) for each in opportunity.requirements.all()]


def fits(opportunity, most: int = SHOWN, everybody: Everybody | None = None) -> list[Fit]:
    """The published organizations that cover most, best first, ties by id; those who cover nothing are left out.

    A call is everywhere: distance does not count, the age of a profile does.
    """
    needs = asked_by(opportunity)
    everybody = everybody or Everybody(with_blind=False)
    if not needs or not everybody.ids:
        return []
    found = everybody.engine.fit(needs, most)
    organizations = Organization.objects.published().with_places().in_bulk([id for id, _points in found])
    known = names()
    return [
        Fit(organizations[id], Decimal(points) / 100, _lines(needs, everybody, id, opportunity, known))
        for id, points in found
        if id in organizations
    ]


def _lines(needs, everybody, id, opportunity, known):
    seeker = f"opportunity-{opportunity.pk}"
    partner = replace(everybody.profile(id), place=None)
    score = scoring.fit(needs, partner, everybody.taxonomy, weights=everybody.weights, seeker=seeker)
    return reasons(score, known, scoring.ASKED_OF_THEM)
