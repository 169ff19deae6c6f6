"""What matching is computed from: everybody's claims as arrays, in a number of queries that does not grow.

Claims leave PostgreSQL by COPY as whole numbers: a hundred thousand of them cost less than scoring them.
"""

import hashlib
import logging
from collections import defaultdict
from functools import cached_property, lru_cache
from io import StringIO

import numpy as np
from django.db import connection
from django.db.models import F, IntegerField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from members.models import (
    Competence,
    Complement,
    EconomicActivity,
    FinancierTerms,
    FirmDetails,
    Need,
    Offer,
    Organization,
)
from members.rules.visibility import Viewer, may_see

from ..algorithms import financier_limits, scoring
from ..algorithms.engine import Engine
from ..algorithms.offer_columns import AskedNeeds, Offers, Supplier, Worth
from ..models import Feedback, Intervention
from . import mutes

MOST_CLAIMS = 500  # offers, or needs, of one organization: four times what the taxonomy has
FIRM, FINANCIER = Organization.Kind.FIRM, Organization.Kind.FINANCIER

logger = logging.getLogger(__name__)


class NotComputable(ValueError):
    """An organization whose data cannot be computed with: the message names it and says why."""


def taxonomy() -> scoring.Taxonomy:
    """The stored taxonomy with the editorial complements. Raises ValueError naming the row of a cycle or an orphan."""
    rows = Competence.objects.order_by("code").values_list("code", "parent__code", "name_it")
    facet = Competence.APPLICATION_FIELDS
    complements = Complement.objects.order_by("giver__code", "taker__code")
    return _built(
        tuple((code, parent, name, code == facet) for code, parent, name in rows),
        tuple(complements.values_list("giver__code", "taker__code", "weight", "reason", "author")),
    )


@lru_cache(maxsize=4)
def _built(rows, complements) -> scoring.Taxonomy:
    """The same rows give the same object, which remembers the similarities that it has worked out."""
    return scoring.Taxonomy.build(rows, complements)


def names() -> dict[str, str]:
    """Code → name of every competence, in the language of the reader."""
    return {competence.code: competence.name for competence in Competence.objects.all()}


def fingerprint(known: scoring.Taxonomy, weights: scoring.Weights) -> str:
    """The same taxonomy, complements and weights have the same one."""
    parts = (sorted(known.parents.items()), sorted(known.facets), sorted(known.complements.values()), weights.version)
    return hashlib.sha256(repr((scoring.FORMULA, parts)).encode()).hexdigest()[:20]


def profiles(organizations=None) -> list[scoring.Profile]:
    """The published organizations (or the given ones) as the scorer sees them, in four queries however many."""
    organizations = list((organizations or Organization.objects.published()).with_places())
    offers, needs = defaultdict(list), defaultdict(list)
    for key, *values in Offer.objects.filter(organization__in=organizations).values_list(
        "organization_id", "competence__code", "level", "trl", "is_declared"
    ):
        offers[key].append(scoring.Offer(*values))
    for key, *values in Need.objects.filter(organization__in=organizations).values_list(
        "organization_id", "competence__code", "priority", "trl", "is_blind"
    ):
        needs[key].append(scoring.Need(*values))
    today = timezone.localdate()
    return [
        scoring.Profile(
            id=organization.pk,
            kind=organization.kind,
            offers=tuple(offers[organization.pk]),
            needs=tuple(needs[organization.pk]),
            place=_place(organization),
            reviewed_days_ago=max(0, (today - organization.reviewed_on).days),
        )
        for organization in organizations
    ]


def _place(organization):
    """Coordinates of the province's chief town: two organizations of one province are 0 km apart."""
    province = organization.province
    if province is None or province.latitude is None:
        return None
    return province.latitude, province.longitude


def whole_numbers(queryset) -> np.ndarray:
    """The rows of a `values_list` of whole numbers as an array (rows, columns), by COPY."""
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        text = StringIO()
        query = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (DELIMITER ' ')", text)
    numbers = np.fromstring(text.getvalue(), np.int64, sep=" ") if text.tell() else np.empty(0, np.int64)
    return numbers.reshape(-1, len(queryset.query.values_select) + len(queryset.query.annotation_select))


class Everybody:
    """The published organizations at one moment: their claims as arrays, and who may be suggested to whom.

    Rows are organizations in the order of their ids. Whoever cannot be computed with is left out, and `refused` says
    why by id: one broken organization must not stop the others.
    """

    def __init__(self, with_blind: bool = True, weights: scoring.Weights | None = None):
        self.taxonomy, self.weights, self.today = taxonomy(), weights or scoring.Weights(), timezone.localdate()
        self.rules = f"{self.today:%Y-%m-%d} {fingerprint(self.taxonomy, self.weights)}"
        offers, asked = self._claims(with_blind)
        self.refused = _too_many(offers, "offers") | _too_many(asked, "needs")
        for reason in self.refused.values():
            logger.error("left out of matching: %s", reason)
        self._organizations()
        self.offers = Offers(*self._of_published(offers))
        self.asked = AskedNeeds(*self._of_published(asked))
        self._profiles: dict[int, scoring.Profile] = {}

    def _claims(self, with_blind):
        """(organization, competence, …) of every offer and need, in the order of the organizations."""
        offers = Offer.objects.order_by("organization_id", "competence_id").values_list(
            "organization_id",
            "competence_id",
            "level",
            Coalesce(F("trl"), 0),
            Cast("is_declared", IntegerField()),
        )
        needs = Need.objects.order_by("organization_id", "competence_id")
        needs = needs if with_blind else needs.filter(is_blind=False)
        asked = needs.values_list(
            "organization_id", "competence_id", "priority", Coalesce(F("trl"), 0), Cast("is_blind", IntegerField())
        )
        return whole_numbers(offers), whole_numbers(asked)

    def _organizations(self):
        found = Organization.objects.published().exclude(pk__in=self.refused).order_by("pk")
        province = "municipality__province__"
        columns = found.values_list("pk", "kind", "reviewed_on", f"{province}latitude", f"{province}longitude")
        rows = list(columns)
        self.ids = [row[0] for row in rows]
        self.kinds = [row[1] for row in rows]
        self.days = [max(0, (self.today - row[2]).days) for row in rows]
        self.places = [row[3:] if row[3] is not None else None for row in rows]
        self.row_of = {id: row for row, id in enumerate(self.ids)}

    def _of_published(self, claims):
        """Columns with rows and places of competences instead of keys; without facets and the unpublished."""
        place = {code: at for at, code in enumerate(self.taxonomy.competences)}
        keys = dict(Competence.objects.values_list("pk", "code"))
        code = np.full(max(keys, default=0) + 1, -1, np.int64)
        for key, name in keys.items():
            code[key] = place.get(name, -1)
        ids = np.array(self.ids, np.int64)
        owner = np.searchsorted(ids, claims[:, 0])
        known = np.append(ids, -1)[owner] == claims[:, 0]
        columns = [owner, code[claims[:, 1]], *claims[:, 2:].T]
        kept = known & (columns[1] >= 0)
        return [column[kept] for column in columns]

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.ids, self.offers, self.asked, self.places, self.days, self.taxonomy, self.weights)

    def coverage(self, needs: list[scoring.Need]) -> np.ndarray:
        """(organizations, needs): how much of each need each of them meets, whole percent, as `scoring.supply`."""
        place = {code: at for at, code in enumerate(self.taxonomy.competences)}
        questions = np.array([place[need.code] * 10 + (need.trl or 0) for need in needs], np.int64)
        return Supplier(len(self.ids), self.offers, Worth(self.taxonomy, self.weights)).supply(questions)

    def profile(self, id: int) -> scoring.Profile:
        """One of them as the scorer sees it. Raises KeyError."""
        if id not in self._profiles:
            row = self.row_of[id]
            offers, needs = self._claims_of(row)
            self._profiles[id] = scoring.Profile(id, self.kinds[row], offers, needs, self.places[row], self.days[row])
        return self._profiles[id]

    def _claims_of(self, row):
        codes = self.taxonomy.competences
        offers = [
            scoring.Offer(codes[at], level, trl or None, bool(yes)) for at, level, trl, yes in _of(self.offers, row)
        ]
        needs = [scoring.Need(codes[at], each, trl or None, bool(yes)) for at, each, trl, yes in _of(self.asked, row)]
        return offers, needs

    def score(self, seeker: int, partner: int) -> scoring.Score:
        """The reference, with its reasons."""
        return scoring.score(self.profile(seeker), self.profile(partner), self.taxonomy, weights=self.weights)

    # --- Who may be suggested to whom -----------------------------------------------------------------------------

    def barred(self, seeker: int) -> set[int]:
        """The organizations that are not suggested to this one, whatever their score; itself among them."""
        barred = {seeker} | self._steering.muted | self._steering.barred[seeker]
        if self.kinds[self.row_of[seeker]] == FINANCIER:
            barred |= self.finance.unseen_by(seeker)
        elif self.kinds[self.row_of[seeker]] == FIRM:
            barred |= self.finance.out_of_reach_of(seeker)
        return barred

    def seekers_barred_to(self, partner: int) -> set[int]:
        """The organizations to which this one is not suggested: `barred` read the other way round."""
        if partner in self._steering.muted:
            return set(self.ids)
        seekers = {partner} | self._steering.barred_to[partner]
        if self.kinds[self.row_of[partner]] == FIRM:
            seekers |= self.finance.financiers_not_seeing(partner)
        elif self.kinds[self.row_of[partner]] == FINANCIER:
            seekers |= self.finance.outside_of(partner)
        return seekers

    def pinned(self, seeker: int) -> set[int]:
        """The partners that the staff puts first for this one. What bars a partner bars a pinned one too."""
        pinned = self._steering.pinned_everywhere | self._steering.pinned[seeker]
        return {id for id in pinned if id in self.row_of} - self.barred(seeker) if pinned else set()

    def is_pinned_everywhere(self, partner: int) -> bool:
        return partner in self._steering.pinned_everywhere

    @cached_property
    def _steering(self) -> "Steering":
        return Steering()

    @cached_property
    def finance(self) -> "Finance":
        return Finance(self)


def _of(columns, row):
    start, end = np.searchsorted(columns.owner, (row, row + 1))
    return zip(*(column[start:end].tolist() for column in columns[1:]), strict=True)


def _too_many(claims, what) -> dict[int, str]:
    """Whoever makes more claims than anybody can mean, by id."""
    ids, counts = np.unique(claims[:, 0], return_counts=True)
    return {
        id: f"organization {id} has {count} {what}: the most is {MOST_CLAIMS}"
        for id, count in zip(ids.tolist(), counts.tolist(), strict=True)
        if count > MOST_CLAIMS
    }


class Steering:
    """What organizations and staff have said about pairs, by seeker and by partner."""

    def __init__(self):
        self.muted, self.pinned_everywhere = set(), set()
        self.barred, self.barred_to, self.pinned = defaultdict(set), defaultdict(set), defaultdict(set)
        for seeker, partner in Feedback.objects.dismissals().values_list("seeker", "partner"):
            self._bar(seeker, partner)
        for kind, seeker, partner in Intervention.objects.order_by("pk").values_list("kind", "seeker", "partner"):
            if kind == Intervention.Kind.PIN:
                (self.pinned[seeker] if seeker else self.pinned_everywhere).add(partner)
            elif seeker:
                self._bar(seeker, partner)
            else:
                self.muted.add(partner)
        for organization, firms in mutes.muted_firms().items():
            for firm in firms:
                self._bar(organization, firm)

    def _bar(self, seeker, partner):
        self.barred[seeker].add(partner)
        self.barred_to[partner].add(seeker)


class Finance:
    """Which firms a financier may be shown: those that consent and are inside its limits; and the other way round."""

    def __init__(self, everybody: Everybody):
        self.everybody = everybody
        kinds = dict(zip(everybody.ids, everybody.kinds, strict=True))
        self.firms = [id for id, kind in kinds.items() if kind == FIRM]
        self.financiers = [id for id, kind in kinds.items() if kind == FINANCIER]
        published = Organization.objects.published()
        consenting = published.of_kind(FIRM).visible_to_financiers().values_list("pk", flat=True)
        self.consenting = set(consenting) if self.financiers else set()
        self._reasons: dict[tuple[int, int], list[financier_limits.OutsideLimit]] = {}

    def reasons(self, financier: int, firm: int) -> list[financier_limits.OutsideLimit]:
        """The limits of the financier that the firm is outside of."""
        pair = financier, firm
        if pair not in self._reasons:
            terms = self.terms.get(financier)
            self._reasons[pair] = financier_limits.outside(terms, self.firm(firm)) if terms else []
        return self._reasons[pair]

    def unseen_by(self, financier: int) -> set[int]:
        return {firm for firm in self.firms if firm not in self.consenting} | self.outside_of(financier)

    def outside_of(self, financier: int) -> set[int]:
        return {firm for firm in self.firms if self.reasons(financier, firm)} if financier in self.terms else set()

    def out_of_reach_of(self, firm: int) -> set[int]:
        return {financier for financier in self.terms if self.reasons(financier, firm)}

    def financiers_not_seeing(self, firm: int) -> set[int]:
        return self.out_of_reach_of(firm) if firm in self.consenting else set(self.financiers)

    @cached_property
    def terms(self) -> dict[int, financier_limits.Terms]:
        """By financier. Those without terms set no limit."""
        found = FinancierTerms.objects.filter(organization__in=self.financiers).prefetch_related(
            "sectors", "provinces", "excluded_activities"
        )
        return {each.organization_id: _terms(each) for each in found} if self.financiers else {}

    def firm(self, id: int) -> financier_limits.LimitedFirm:
        row, codes = self.everybody.row_of[id], self.everybody.taxonomy.competences
        capital, stage, province, region = self._firms.get(id, (None, "", None, None))
        branches = {codes[code].partition(".")[0] for code, *_rest in _of(self.everybody.offers, row)}
        activities = financier_limits.with_everything_above(self._activities[id], self._sections)
        return financier_limits.LimitedFirm(
            capital, stage or "", frozenset(branches), province or "", region or "", activities
        )

    @cached_property
    def _firms(self):
        rows = Organization.objects.published().of_kind(FIRM)
        place = "municipality__province__"
        columns = ("pk", "firm_details__capital_sought", "firm_details__stage", f"{place}code", f"{place}region")
        found = {}
        for id, capital, stage, *where, chosen in rows.values_list(*columns, "visibility"):
            found[id] = (_if_shown(chosen, "capital_sought", capital), _if_shown(chosen, "stage", stage), *where)
        return found

    @cached_property
    def _activities(self):
        codes = defaultdict(set)
        for id, code, chosen in FirmDetails.activities.through.objects.values_list(
            "firmdetails__organization", "economicactivity__code", "firmdetails__organization__visibility"
        ):
            if _if_shown(chosen, "activities", True):
                codes[id].add(code)
        return codes

    @cached_property
    def _sections(self):
        """Division → letter of its section."""
        divisions = EconomicActivity.objects.filter(code__regex=r"^\d\d$")
        return dict(divisions.values_list("code", "parent_code"))


def _terms(terms: FinancierTerms) -> financier_limits.Terms:
    return financier_limits.Terms(
        terms.ticket_min,
        terms.ticket_max,
        frozenset(terms.stages),
        frozenset(sector.code for sector in terms.sectors.all()),
        frozenset(province.pk for province in terms.provinces.all()),
        frozenset(terms.regions),
        frozenset(activity.code for activity in terms.excluded_activities.all()),
    )


def _if_shown(chosen, field, value):
    """The value if members may see it. What a financier may not see must not steer what it is shown: by moving its
    own ticket it could find the hidden figure by halving."""
    return value if may_see(chosen, field, Viewer.MEMBER) else None
