"""How often each organization is suggested, and how unevenly. For the staff: suggestions must not feed a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from members.models import Organization

from .match_lists import SHOWN


@dataclass(frozen=True)
class Exposed:
    """An organization and in how many lists of suggestions it stands."""

    organization: Organization
    times: int


def gini(counts: Sequence[int]) -> Decimal:
    """Gini coefficient: 0 when all are suggested equally often, towards 1 when one has everything. Nothing: 0.

    G = Σ (2i − n − 1)·x(i) / (n·Σx), counts in increasing order, i from 1.
    """
    total, n = sum(counts), len(counts)
    if not total:
        return Decimal(0)
    unevenness = sum((2 * place - n - 1) * count for place, count in enumerate(sorted(counts), start=1))
    return Decimal(unevenness) / (n * total)


def times_suggested(shown: int = SHOWN) -> dict[int, int]:
    """Organization → in how many of the stored lists it stands among the `shown` first; in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT partner_id, count(*)
            FROM (
                SELECT partner_id, row_number() OVER (
                    PARTITION BY seeker_id ORDER BY is_pinned DESC, points DESC, partner_id
                ) AS place
                FROM matchmaking_match
            ) AS ranked
            WHERE place <= %s
            GROUP BY partner_id
            """,
            [shown],
        )
        return dict(cursor.fetchall())


def exposed(kind: str = "") -> list[Exposed]:
    """Every published organization (of a kind), the most often suggested first; those never suggested are there too."""
    times = times_suggested()
    published = Organization.objects.published().with_places()
    organizations = published.of_kind(kind) if kind else published
    found = [Exposed(organization, times.get(organization.pk, 0)) for organization in organizations]
    return sorted(found, key=lambda one: (-one.times, one.organization.name, one.organization.pk))
