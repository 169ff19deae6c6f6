"""Opportunities in the order in which they suit one organization, each with its because and whether it may take part.

What is open is read once and kept as arrays in each process (`Board`), for as long as a stamp of one query says that
nothing changed. A page scores everything that is open with a few sums, and fetches only the rows it shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from members.models import Offer

from ..algorithms import eligibility, scoring
from ..matching import inputs
from ..models import AskedCompetence, Opportunity, Requirement, bring_asked
from .admissibility import VERDICTS, as_firm, assess, sentences

STAMP = """
SELECT count(*), max(updated_at), sum(extract(epoch FROM updated_at)),
    (SELECT sum(id) FROM members_competence), (SELECT sum(id * (weight + 7)) FROM members_complement)
FROM matchmaking_opportunity
WHERE status = %(published)s AND (deadline IS NULL OR deadline >= %(today)s)
"""
ON_A_CARD = ("kind", "status", "title", "slug", "text", "language", "issuer", "deadline", "rules")
NO_DEADLINE = date.max.toordinal()


@dataclass(frozen=True)
class RankedOpportunity:
    """An opportunity, how well the organization covers what it asks (`reasons` is None without an organization)."""

    opportunity: Opportunity
    reasons: scoring.Score | None = None
    assessment: eligibility.Assessment | None = None

    @property
    def points(self) -> int:
        return self.reasons.points if self.reasons else 0

    @property
    def score(self) -> Decimal | None:
        return Decimal(self.points) / 100 if self.points else None

    @property
    def verdict(self) -> str:
        return self.assessment.verdict if self.assessment else ""

    @property
    def verdict_label(self):
        return VERDICTS.get(self.verdict, "")

    @property
    def deciding(self) -> list[str]:
        """The sentences of the rules that stand in the way: those that say no, else those to be checked."""
        if not self.assessment or self.verdict == eligibility.YES:
            return []
        return [each.text for each in sentences(self.assessment) if each.verdict == self.verdict]

    @property
    def because(self) -> list:
        """The required competences that the organization covers, the weightiest line first."""
        return [covered.competence for covered in self.covered]

    @property
    def covered(self) -> list[Covered]:
        """As `because`, with the level of the offer that covers each."""
        if not self.reasons:
            return []
        asked = {each.code: each for each in self.opportunity.asked}
        lines = sorted(self.reasons.lines, key=lambda line: -line.points)
        return [Covered(asked[line.need.code], line.offer.level) for line in lines if line.need and line.offer]


@dataclass(frozen=True)
class Covered:
    """A required competence, and the level at which the organization offers what covers it."""

    competence: AskedCompetence
    level: int

    def __str__(self):
        level = gettext("livello %(level)s") % {"level": self.level}
        return f"{self.competence.code} {self.competence.name} ({level})"


@dataclass(frozen=True, eq=False)
class Board:
    """What is open, as columns in the order of the list without a viewer: the nearest deadline, then the oldest.

    Requirements are kept opportunity by opportunity: `start` (n + 1), then question (place in `questions`) and weight.
    """

    stamp: tuple
    ids: np.ndarray
    deadlines: np.ndarray
    kinds: np.ndarray
    rules: np.ndarray  # place in `rule_sets`
    rule_sets: list[tuple[str, tuple[eligibility.EligibilityRule, ...]]]
    start: np.ndarray
    question: np.ndarray
    weight: np.ndarray
    asked: np.ndarray  # Σ weight · 100 of each opportunity
    questions: list[scoring.Need]
    taxonomy: scoring.Taxonomy

    @lru_cache(maxsize=200)  # noqa: B019 - a board goes, with what it remembers, when anything that is open changes
    def supplies(self, offers: tuple[scoring.Offer, ...]) -> dict[str, scoring.Supply]:
        """Code → the best of these offers for it, of every competence that is asked for. Whoever comes back with the
        same offers is answered from memory."""
        weights = scoring.Weights().one_way()
        return {need.code: scoring.supply(need, offers, self.taxonomy, weights) for need in self.questions}

    def points(self, profile: scoring.Profile) -> np.ndarray:
        """Hundredths of every opportunity for this profile: `fit`, for all of them."""
        supply = [found.percent for found in self.supplies(profile.offers).values()]
        total = np.append(0, np.cumsum(np.array([*supply, 0])[self.question] * self.weight))
        covered = total[self.start[1:]] - total[self.start[:-1]]
        return 100 * ((200 * covered + self.asked) // np.maximum(2 * self.asked, 1))

    def verdicts(self, firm: eligibility.Applicant, today: date) -> np.ndarray:
        """The verdict of every opportunity for this firm; equal rules are asked once."""
        answers = [assess(kind, rules, firm, today).verdict for kind, rules in self.rule_sets]
        return np.array([*answers, ""])[self.rules]


_board: Board | None = None


def board() -> Board:
    """The board of this process, read again when anything that is open has changed. One query when nothing has."""
    global _board
    stamp = _stamp()
    if _board is None or _board.stamp != stamp:
        _board = _read(stamp)
    return _board


def _stamp():
    """Changes whenever an open opportunity, the taxonomy or a complement does. One statement, asked for every page.

    The sum sees what the latest moment would not: a change that was written before another and committed after it.
    """
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(STAMP, {"published": Opportunity.Status.PUBLISHED, "today": today})
        return today, *cursor.fetchone()


def _read(stamp) -> Board:
    taxonomy = inputs.taxonomy()
    rows = list(Opportunity.objects.open(stamp[0]).values_list("pk", "deadline", "kind", "rules"))
    place = {pk: at for at, (pk, *_rest) in enumerate(rows)}
    asked = Requirement.objects.filter(opportunity__in=Opportunity.objects.open(stamp[0]))
    entries = sorted(
        (place[pk], code, weight)
        for pk, code, weight in asked.order_by().values_list("opportunity_id", "competence__code", "weight")
        if pk in place and code not in taxonomy.facets
    )
    codes = sorted({code for _at, code, _weight in entries})
    number = {code: at for at, code in enumerate(codes)}
    owner = np.array([at for at, _code, _weight in entries], np.int64)
    weight = np.array([weight for _at, _code, weight in entries], np.int64)
    known, rules = _distinct_rules(rows)
    return Board(
        stamp=stamp,
        ids=np.array([pk for pk, *_rest in rows], np.int64),
        deadlines=np.array([day.toordinal() if day else NO_DEADLINE for _pk, day, *_rest in rows], np.int64),
        kinds=np.array([kind for _pk, _day, kind, _rules in rows], "U20"),
        rules=rules,
        rule_sets=known,
        start=np.searchsorted(owner, np.arange(len(rows) + 1)),
        question=np.array([number[code] for _at, code, _weight in entries], np.int64),
        weight=weight,
        asked=np.bincount(owner, weight * 100, len(rows)).astype(np.int64),
        questions=[scoring.Need(code) for code in codes],
        taxonomy=taxonomy,
    )


def _distinct_rules(rows):
    """The different (kind, rules) there are, and for each row which it has."""
    known: dict = {}
    for_row = [
        known.setdefault((kind, tuple(map(eligibility.EligibilityRule.from_dict, rules))), len(known))
        for _pk, _day, kind, rules in rows
    ]
    return list(known), np.array(for_row, np.int64)


class Ranking:
    """A list to page through: all that is open (or the `chosen` ids), best fitting first, then the nearest deadline.

    A constant number of queries: only the slice that is shown is fetched, with its reasons and its verdicts.
    """

    def __init__(self, organization, chosen=None, verdict=""):
        self.board, self.organization = board(), organization
        self.profile = as_profile(organization) if organization else None
        self.firm = as_firm(organization) if organization else None
        self.today = timezone.localdate()
        self.ids = self._order(chosen, verdict)

    def _order(self, chosen, verdict):
        kept = np.arange(len(self.board.ids))
        if chosen is not None:
            kept = kept[np.isin(self.board.ids, np.fromiter(chosen, np.int64))]
        if verdict and self.firm:
            kept = kept[self.board.verdicts(self.firm, self.today)[kept] == verdict]
        if self.profile:
            kept = kept[np.argsort(-self.board.points(self.profile)[kept], kind="stable")]
        return self.board.ids[kept]

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, shown):
        """The rows of a slice. One that has just been closed is left out."""
        ids = self.ids[shown].tolist()
        found = Opportunity.objects.filter(pk__in=ids).only(*ON_A_CARD).in_bulk()
        bring_asked(found.values())
        return [self._row(found[pk]) for pk in ids if pk in found]

    def _row(self, opportunity):
        if self.organization is None:
            return RankedOpportunity(opportunity)
        return RankedOpportunity(
            opportunity,
            fit(opportunity, self._telling(opportunity), self.board.taxonomy),
            assess(opportunity.kind, opportunity.eligibility_rules, self.firm, self.today),
        )

    def _telling(self, opportunity) -> scoring.Profile:
        """The profile with those offers alone that are the best for something asked: the same score, sooner."""
        supplies = self.board.supplies(self.profile.offers)
        best = [supplies[each.code].offer for each in opportunity.asked if each.code in supplies]
        return replace(self.profile, offers=tuple(dict.fromkeys(offer for offer in best if offer)))


def rank_opportunities(opportunities, organization) -> list[RankedOpportunity]:
    """Best fitting first, then the nearest deadline. `opportunities` is a queryset; a constant number of queries."""
    found = list(opportunities.with_requirements())
    if organization is None:
        return [RankedOpportunity(opportunity) for opportunity in found]
    profile = as_profile(organization)
    known = inputs.taxonomy()
    ranked = [RankedOpportunity(opportunity, fit(opportunity, profile, known)) for opportunity in found]
    return sorted(ranked, key=lambda one: -one.points)  # stable: the queryset's order by deadline stays


def best(organization, most, chosen=None) -> list[RankedOpportunity]:
    """The open opportunities (of the `chosen` ids, if given) that suit the organization at all, at most so many."""
    return [one for one in Ranking(organization, chosen)[:most] if one.points]


def as_profile(organization) -> scoring.Profile:
    """The offers of the organization: all that an opportunity asks of it."""
    offers = Offer.objects.filter(organization=organization)
    values = offers.values_list("competence__code", "level", "trl", "is_declared")
    return scoring.Profile(organization.pk, organization.kind, offers=tuple(scoring.Offer(*each) for each in values))


def fit(opportunity, profile, taxonomy) -> scoring.Score:
    """How well an organization covers what an opportunity asks. Distance does not matter: a call is everywhere."""
    asked = [scoring.Need(each.code, each.weight) for each in opportunity.asked]
    somewhere = replace(profile, place=None, reviewed_days_ago=None)
    return scoring.fit(asked, somewhere, taxonomy, seeker=f"opportunity-{opportunity.pk}")
