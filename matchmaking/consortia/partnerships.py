"""Calls and organizations as `consortium` wants them, and its answers as a page shows them.

Offers alone are read, so no need of anybody, blind or open, shows through. A datum that its organization does not show
to the members is not known here either: the rule that looks at it is "to be checked".
"""

from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from members.models import Competence, Offer, Organization
from members.rules.visibility import Viewer

from ..algorithms import scoring, team_rules, team_search
from ..matching import inputs
from ..models import Exclusion, Feedback, Intervention, Opportunity, PartnershipRule, Requirement

THRESHOLD = 60  # percent: an offer of that very competence at the lowest level reaches it
THRESHOLDS = {
    40: _("basta una competenza vicina"),
    60: _("serve la competenza, a qualunque livello"),
    80: _("serve la competenza, almeno al livello 3"),
}
SENTENCES = {
    team_rules.MIN_PARTNERS: _("partner, capofila compreso: almeno %(asked)s"),
    team_rules.MAX_PARTNERS: _("partner, capofila compreso: non più di %(asked)s"),
    team_rules.MAX_SHARE: _(
        "nessun partner oltre il %(value)s %% della spesa: i partner devono essere almeno %(asked)s"
    ),
    team_rules.MIN_SMES: _("micro, piccole e medie imprese: almeno %(asked)s"),
    team_rules.MIN_RESEARCH: _("centri di ricerca: almeno %(asked)s"),
    team_rules.RESEARCH_SHARE: _("centri di ricerca: almeno il %(value)s %% dei partner, cioè %(asked)s"),
    team_rules.MIN_LOCAL: _("partner di Massa-Carrara: almeno %(asked)s"),
    team_rules.LOCAL_SHARE: _("partner di Massa-Carrara: almeno il %(value)s %%, cioè %(asked)s"),
    team_rules.AT_LEAST_ONE: _("almeno uno tra: %(any_of)s"),
}
WORDS = {team_rules.YES: _("sì"), team_rules.CHECK: _("da verificare"), team_rules.NO: _("no")}


def calls(user):
    """What is answered together: calls and collaborations that the person may see."""
    return Opportunity.objects.visible_to(user).filter(kind__in=Opportunity.TOGETHER)


def candidates_for(lead):
    """Whom a lead may have as partner: published, not muted by the staff, and no financier and firm that a limit or
    a missing consent keeps apart."""
    found = Organization.objects.published().exclude(pk=lead.pk)
    apart = Q(pk__in=Exclusion.objects.filter(firm=lead).values("financier"))
    apart |= Q(pk__in=Exclusion.objects.filter(financier=lead).values("firm"))
    apart |= Q(pk__in=Intervention.objects.mutes().filter(Q(seeker=None) | Q(seeker=lead)).values("partner"))
    found = found.exclude(apart)
    return found.visible_to_financiers() if lead.kind == Organization.Kind.FINANCIER else found


def not_wanted(lead) -> set[int]:
    """Partners that the lead called not useful: never proposed, though it may still choose them itself."""
    said = Feedback.objects.filter(seeker=lead, verdict=Feedback.Verdict.NOT_USEFUL)
    return set(said.values_list("partner", flat=True))


@dataclass(frozen=True)
class Call:
    """What an opportunity asks of a team: competences, a threshold for each, rules of partnership."""

    opportunity: Opportunity
    threshold: int = THRESHOLD

    @cached_property
    def requirements(self) -> list[Requirement]:
        asked = self.opportunity.requirements.select_related("competence")
        field = Competence.APPLICATION_FIELDS
        return [each for each in asked if each.competence.code.partition(".")[0] != field]

    @cached_property
    def needs(self) -> list[scoring.Need]:
        return [scoring.Need(each.competence.code, each.weight) for each in self.requirements]

    @cached_property
    def thresholds(self) -> list[int]:
        return [self.threshold] * len(self.needs)

    @cached_property
    def rules(self) -> list[team_rules.TeamRule]:
        return [each.as_rule for each in self.opportunity.partnership_rules.all()]


@dataclass(frozen=True)
class Partner:
    """An organization with its coverage of what a call asks."""

    organization: Organization
    coverage: tuple[int, ...]
    threshold: int

    @property
    def candidate(self) -> team_rules.Candidate:
        one = self.organization
        size = one.size_class if one.shows("size_class", Viewer.MEMBER) else ""
        province = one.municipality.province_id if one.municipality else ""
        return team_rules.Candidate(one.pk, self.coverage, one.kind, size, province)

    @property
    def cells(self):
        return [Cell(percent, percent >= self.threshold) for percent in self.coverage]

    def covers(self, places) -> int:
        """How many of the competences in these places it covers."""
        return sum(self.coverage[at] >= self.threshold for at in places)


@dataclass(frozen=True)
class Cell:
    percent: int
    is_enough: bool


def partners(call: Call, organizations) -> list[Partner]:
    """Some organizations with their coverage, in their order: one query however many."""
    organizations, known, offers = list(organizations), inputs.taxonomy(), {}
    rows = Offer.objects.filter(organization__in=organizations)
    for key, *values in rows.values_list("organization_id", "competence__code", "level", "trl", "is_declared"):
        offers.setdefault(key, []).append(scoring.Offer(*values))
    weights = scoring.Weights()
    return [
        Partner(
            each,
            tuple(scoring.supply(need, offers.get(each.pk, ()), known, weights).percent for need in call.needs),
            call.threshold,
        )
        for each in organizations
    ]


def everybody(call: Call, lead) -> list[Partner]:
    """Whoever may be a partner of the lead, with its coverage, in a number of queries that does not grow."""
    known = inputs.Everybody(with_blind=False)
    supply = known.coverage(call.needs).tolist() if call.needs else [()] * len(known.ids)
    found = candidates_for(lead).with_places()
    return [
        Partner(each, tuple(supply[known.row_of[each.pk]]), call.threshold) for each in found if each.pk in known.row_of
    ]


@dataclass(frozen=True)
class Column:
    """A competence asked: the best coverage in the team, and whether it is a hole."""

    requirement: Requirement
    best: int
    is_covered: bool


@dataclass(frozen=True)
class Answer:
    """A rule in words, and what the team has of it."""

    verdict: str
    word: str
    text: str
    found: str


class Sheet:
    """A team against a call: the matrix with its holes, and each rule checked. The lead comes first."""

    def __init__(self, call: Call, team: list[Partner]):
        self.call, self.partners = call, team
        rows = list(zip(*(partner.coverage for partner in team), strict=True))
        best = [max(row) for row in rows] if rows else []
        self.columns = [
            Column(each, percent, percent >= call.threshold)
            for each, percent in zip(call.requirements, best, strict=True)
        ]
        self.checks = team_rules.check(call.rules, [partner.candidate for partner in team])

    @property
    def holes(self) -> list[int]:
        return [at for at, column in enumerate(self.columns) if not column.is_covered]

    @property
    def covered_count(self) -> int:
        return len(self.columns) - len(self.holes)

    @property
    def is_whole(self) -> bool:
        return not self.holes

    @property
    def answers(self) -> list[Answer]:
        return [worded(each) for each in self.checks]

    @property
    def verdict(self) -> str:
        """No if a rule says no, else to be checked if one is to be checked."""
        verdicts = {each.verdict for each in self.checks}
        return next((each for each in (team_rules.NO, team_rules.CHECK) if each in verdicts), team_rules.YES)

    @property
    def word(self):
        return WORDS[self.verdict]

    @property
    def slugs(self) -> list[str]:
        """Everybody but the lead, as they stand in an address."""
        return [partner.organization.slug for partner in self.partners[1:]]


def worded(check: team_rules.Check) -> Answer:
    values = {"asked": check.asked, "value": check.rule.value, "any_of": _sorts(check.rule.any_of)}
    found = gettext("nel gruppo: %(found)s") % {"found": check.found}
    if check.unknown:
        more = ngettext(
            "%(count)s da verificare: manca un dato nel profilo",
            "%(count)s da verificare: manca un dato nei profili",
            check.unknown,
        )
        found += ", " + more % {"count": check.unknown}
    return Answer(check.verdict, WORDS[check.verdict], rule_sentence(check.rule, values), found)


def rule_sentence(rule, values=None) -> str:
    values = values or {"asked": rule.value, "value": rule.value, "any_of": _sorts(rule.any_of)}
    return str(SENTENCES[rule.kind]) % values


def _sorts(names):
    labels = dict(PartnershipRule.SORTS)
    return ", ".join(str(labels[name]).lower() for name in names)


@dataclass(frozen=True)
class Plan:
    """What the builder proposes for a lead and a call."""

    team: Sheet | None
    alternatives: list[Sheet]
    is_exact: bool
    uncoverable: list[Requirement]
    impossible: list[str]
    is_without_rules: bool


def plan(call: Call, lead: Partner, candidates: list[Partner]) -> Plan:
    """The smallest team and three others. Where no team keeps the rules, the smallest without them, and it is said."""
    unwanted = not_wanted(lead.organization)
    by_id = {each.organization.pk: each for each in [lead, *candidates]}
    free = [each.candidate for each in candidates if each.organization.pk not in unwanted]
    found = team_search.propose_teams(lead.candidate, free, call.thresholds, call.rules)
    impossible, is_without_rules = [rule_sentence(rule) for rule in found.impossible], found.team is None
    if is_without_rules:
        found = replace(team_search.propose_teams(lead.candidate, free, call.thresholds), is_exact=found.is_exact)
    sheets = [Sheet(call, [by_id[id] for id in team.ids]) for team in (found.team, *found.alternatives) if team]
    return Plan(
        sheets[0] if sheets else None,
        sheets[1:],
        found.is_exact,
        [call.requirements[at] for at in found.uncoverable],
        impossible,
        is_without_rules,
    )
