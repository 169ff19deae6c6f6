"""Territorial gaps: for each branch and leaf of the taxonomy, who asks for it and who offers it, here and elsewhere.

Everything is counted by the database, one query for each kind of evidence and level, however many organizations there
are. Needs count without their owners: a blind need adds one and tells nothing else. A simulation is the very same
computation with more suppliers at home.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, models
from django.db.models import Count, F, Q
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.models import CollaborationRequest, Opportunity, RequestedCompetence, Requirement
from members.models import Adhesion, Competence, Crosswalk, Need, Network, Offer, Organization

ENOUGH = 3  # suppliers at home; with fewer the competence is scarce, and their number is not published
NAMED = 5  # suppliers elsewhere that a row names
SEARCHED = timedelta(days=365)
BRANCH_LENGTH = 3  # "PRD"
LEAF_LENGTH = 16  # as long as a code may be
FIGURES = ("node", "supply_home", "supply_elsewhere", "who")
S3, KET, ANNEX_A = "S3 Toscana 2021–2027", "KET 2018", "Allegato A, L. 232/2016"
AXES = {S3: _("priorità S3"), KET: _("tecnologie abilitanti (KET)"), ANNEX_A: _("gruppi dell'allegato A")}


class Status(models.TextChoices):
    PRESENT = "present", _("presente")
    SCARCE = "scarce", _("scarsa")
    ELSEWHERE = "elsewhere", _("solo fuori provincia")
    ABSENT = "absent", _("assente")


STATUSES = ["present", "scarce", "elsewhere", "absent"]  # as every table shows them
ACTIONS = {
    Status.PRESENT: _("Nulla da colmare: far conoscere chi la offre."),
    Status.SCARCE: _("Sostenere chi la offre e cercare un altro fornitore in provincia."),
    Status.ELSEWHERE: _("Far incontrare chi la cerca e chi la offre fuori provincia; invitarlo a uno sportello qui."),
    Status.ABSENT: _("Cercarla fuori dalla rete: un centro da invitare, un corso, un bando."),
}


@dataclass(frozen=True)
class Gap:
    """One competence: the evidence of who asks for it, the supply, and what follows from them."""

    code: str
    name_it: str
    name_en: str
    needs_home: int = 0
    needs_elsewhere: int = 0
    calls: int = 0
    requests: int = 0
    requesters: int = 0
    searches: int = 0
    supply_home: int = 0
    supply_elsewhere: int = 0
    who: tuple[int, ...] = ()

    @property
    def is_branch(self) -> bool:
        return "." not in self.code

    @property
    def branch(self) -> str:
        return self.code[:BRANCH_LENGTH]

    @property
    def demand(self) -> int:
        """How much evidence there is of somebody asking for it. Searches are shown beside it and move nothing: anybody
        can search."""
        return self.needs_home + self.needs_elsewhere + self.calls + self.requests

    @property
    def status(self) -> Status:
        if self.supply_home:
            return Status.PRESENT if self.supply_home >= ENOUGH else Status.SCARCE
        return Status.ELSEWHERE if self.supply_elsewhere else Status.ABSENT

    @property
    def is_only_searched(self) -> bool:
        return self.searches > 0 and not self.demand

    @property
    def is_gap(self) -> bool:
        """Asked for, and not offered enough at home."""
        return self.demand > 0 and self.status != Status.PRESENT

    @property
    def action(self) -> str:
        return ACTIONS[self.status]


def compute_gaps(network: Network, province: str, extra: Collection[int] = (), is_open=False) -> list[Gap]:
    """Branches and leaves by code. `extra` organizations are taken for members with a seat in the province.

    `is_open` leaves out what its owner keeps to few: blind needs, requests sent to chosen addressees. What leaves the
    Consorzio is computed so, or "published minus visible" would be what one firm hides.
    """
    evidence = {}
    for length in (BRANCH_LENGTH, LEAF_LENGTH):
        node = Left("competence__code", length)
        for part in (_supply(node, network, province, extra), _needs(node, province, is_open), _calls(node)):
            _collect(evidence, length, part)
        _collect(evidence, length, _requests(node, is_open))
        _collect(evidence, length, _searches(length))
    nodes = [(BRANCH_LENGTH, one) for one in Competence.objects.branches()]
    nodes += [(LEAF_LENGTH, one) for one in Competence.objects.selectable()]
    found = [Gap(one.code, one.name_it, one.name_en, **evidence.get((level, one.code), {})) for level, one in nodes]
    return sorted(found, key=lambda gap: gap.code)


def _collect(evidence, length, rows):
    for row in rows:
        evidence.setdefault((length, row.pop("node")), {}).update(row)


# Evidence: rows of {"node": code, figure: number} ---------------------------------------------------------------------
def _supply(node, network, province, extra):
    """Published members that offer it. Who offers it elsewhere is named by number, the most expert first."""
    members = Adhesion.objects.members().filter(network=network).values("organization")
    is_member = Q(organization__in=members, organization__status=Organization.Status.PUBLISHED)
    is_home = Q(organization__municipality__province=province) | Q(organization__in=list(extra))
    away = Q(organization__municipality__province__isnull=True) | ~Q(organization__municipality__province=province)
    away &= ~Q(organization__in=list(extra))
    offers = Offer.objects.filter(is_member | Q(organization__in=list(extra))).order_by()
    rows = offers.values(node=node).annotate(
        supply_home=Count("organization", filter=is_home, distinct=True),
        supply_elsewhere=Count("organization", filter=away, distinct=True),
        everybody_away=ArrayAgg("organization", filter=away, order_by=["-level", "organization"], default=[]),
    )
    for row in rows.annotate(who=F(f"everybody_away__0_{NAMED}")).values(*FIGURES):
        yield {**row, "who": tuple(dict.fromkeys(row["who"]))}


def _needs(node, province, is_open):
    """Published organizations that need it, openly or not."""
    needs = Need.objects.filter(organization__status=Organization.Status.PUBLISHED).order_by()
    needs = needs.filter(is_blind=False) if is_open else needs
    home = Q(organization__municipality__province=province)
    everybody = Count("organization", distinct=True)
    at_home = Count("organization", filter=home, distinct=True)
    return needs.values(node=node).annotate(needs_home=at_home, needs_elsewhere=everybody - at_home)


def _calls(node):
    return _asked_by(Opportunity.Kind.CALL).values(node=node).annotate(calls=Count("opportunity", distinct=True))


def _requests(node, is_open):
    """Open requests of collaboration, published or addressed, and from how many organizations they come at least."""
    public = _asked_by(Opportunity.Kind.COLLABORATION).values(node=node)
    running = CollaborationRequest.objects.none() if is_open else CollaborationRequest.objects.open()
    addressed = RequestedCompetence.objects.filter(request__in=running).order_by()
    found = {}
    for asked, each, whose in (
        (public, "opportunity", "opportunity__proposed_by"),
        (addressed.values(node=node), "request", "request__organization"),
    ):
        for row in asked.annotate(n=Count(each, distinct=True), firms=Count(whose, distinct=True)):
            so_far = found.setdefault(row["node"], {"node": row["node"], "requests": 0, "requesters": 0})
            so_far["requests"] += row["n"]
            so_far["requesters"] = max(so_far["requesters"], row["firms"])  # one may have asked both ways
    return found.values()


def _asked_by(kind):
    return Requirement.objects.filter(opportunity__in=Opportunity.objects.open().of_kind(kind)).order_by()


SEARCHES = """
    SELECT node, bit_count(bit_or(marks)::bit(64))::int AS searches FROM (
        SELECT left(competence.code, %s) AS node, search.marks
        FROM (
            SELECT id AS competence_id, members_plain(name_it) AS text FROM members_competence
            UNION SELECT id, members_plain(name_en) FROM members_competence
            UNION SELECT competence_id, members_plain(term) FROM members_alias
        ) word
        JOIN members_unmetsearch search ON search.text = word.text AND search.day > %s
        JOIN members_competence competence ON competence.id = word.competence_id
    ) found GROUP BY node
"""


def _searches(length):
    """How many firms searched in vain in the last year, in the very words of the competence or of an alias.

    At least so many, for firms may share a mark; whoever is no member counts with all the others as one.
    """
    with connection.cursor() as cursor:
        cursor.execute(SEARCHES, [length, timezone.localdate() - SEARCHED])
        return [{"node": node, "searches": count} for node, count in cursor.fetchall()]


UNKNOWN = """
    SELECT text, sum(count)::int AS times FROM members_unmetsearch search
    WHERE day > %s AND NOT EXISTS (SELECT 1 FROM members_alias WHERE members_plain(term) = search.text)
      AND NOT EXISTS (
          SELECT 1 FROM members_competence WHERE search.text IN (members_plain(name_it), members_plain(name_en))
      )
    GROUP BY text ORDER BY times DESC, text LIMIT %s
"""


def unknown_words(most=20) -> list[tuple[str, int]]:
    """What was searched for in vain and is no word of the taxonomy: perhaps a new alias."""
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, [timezone.localdate() - SEARCHED, most])
        return cursor.fetchall()


# What they come to ----------------------------------------------------------------------------------------------------
def by_status(gaps: Iterable[Gap]) -> dict[str, int]:
    """How many leaves that somebody asks for stand in each status."""
    asked = [gap.status for gap in gaps if not gap.is_branch and gap.demand]
    return {status.value: asked.count(status) for status in Status}


def count(gaps: Iterable[Gap]) -> int:
    """How many leaves are gaps."""
    return sum(gap.is_gap for gap in gaps if not gap.is_branch)


def priorities(scheme=S3) -> dict[str, str]:
    """{code of a branch: what another classification calls it}: the regional strategy, when none is said."""
    return dict(Crosswalk.objects.filter(scheme=scheme).values_list("competence__code", "term"))


def by_priority(gaps: Collection[Gap]) -> list[tuple[str, dict[str, int]]]:
    """The same by priority of the regional strategy; an empty name gathers the branches that have none."""
    terms = priorities()
    names = sorted({terms.get(gap.branch, "") for gap in gaps}, key=lambda name: (not name, name))
    return [(name, by_status(gap for gap in gaps if terms.get(gap.branch, "") == name)) for name in names]


def worst_first(gaps: Iterable[Gap], shown: dict[str, dict] | None = None) -> list[Gap]:
    """The leaves that are gaps: first those that nobody offers here, then by the demand here, then elsewhere.

    In a list that leaves the Consorzio the order looks only at the figures that are `shown` in it ({code: row}), or a
    hidden one could be told from its neighbours.
    """
    leaves = [gap for gap in gaps if gap.is_gap and not gap.is_branch]
    return sorted(leaves, key=lambda gap: _urgency(gap, shown[gap.code] if shown else vars(gap)))


def _urgency(gap, row):
    here = sum(row[name] or 0 for name in ("needs_home", "calls", "requests"))
    return gap.status == Status.SCARCE, -here, -(row["needs_elsewhere"] or 0), gap.code


def only_searched(gaps: Iterable[Gap]) -> list[Gap]:
    """What was searched for and nobody asks for: perhaps a question to put to the firms, never a figure."""
    return sorted((gap for gap in gaps if gap.is_only_searched and not gap.is_branch), key=lambda gap: -gap.searches)


def names_of(gaps: Iterable[Gap]) -> dict[int, Organization]:
    """Whoever the gaps point at, by number: whoever has gone is not among them."""
    wanted = {number for gap in gaps for number in gap.who}
    return Organization.objects.published().only("name", "slug").in_bulk(wanted)


# What if --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Simulation:
    """The gaps as they are and as they would be: nothing is written."""

    before: list[Gap]
    after: list[Gap]

    @property
    def counts(self) -> tuple[int, int]:
        return count(self.before), count(self.after)

    @property
    def changed(self) -> list[tuple[Gap, Gap]]:
        pairs = zip(self.before, self.after, strict=True)
        return [(was, would) for was, would in pairs if not was.is_branch and was.status != would.status]


def simulate(network: Network, province: str, extra: Collection[int]) -> Simulation:
    return Simulation(compute_gaps(network, province), compute_gaps(network, province, extra))


def candidates(network: Network, province: str):
    """Whoever could come and has something to offer: firms of the province that are no members, centres elsewhere."""
    members = Adhesion.objects.members().filter(network=network).values("organization")
    here = Q(municipality__province=province)
    firms = Q(kind=Organization.Kind.FIRM) & here & ~Q(pk__in=members)
    centres = Q(kind=Organization.Kind.RESEARCH_CENTER) & ~(here & Q(pk__in=members))
    able = Organization.objects.filter(firms | centres, pk__in=Offer.objects.values("organization"))
    return able.annotate(place=F("municipality__name")).order_by("kind", "name")
