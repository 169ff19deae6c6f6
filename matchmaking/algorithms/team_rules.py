"""What a call asks of a partnership, and whether a team keeps it. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

YES, CHECK, NO = "eligible", "to_check", "not_eligible"

# What a rule can ask of a team.
MIN_PARTNERS, MAX_PARTNERS, MAX_SHARE = "min_partners", "max_partners", "max_share"
MIN_SMES, MIN_RESEARCH, RESEARCH_SHARE = "min_smes", "min_research", "research_share"
MIN_LOCAL, LOCAL_SHARE, AT_LEAST_ONE = "min_local", "local_share", "at_least_one"
ABOUT_SIZE = (MIN_PARTNERS, MAX_PARTNERS, MAX_SHARE)
SHARES = (MAX_SHARE, RESEARCH_SHARE, LOCAL_SHARE)
KINDS = (*ABOUT_SIZE, MIN_SMES, MIN_RESEARCH, RESEARCH_SHARE, MIN_LOCAL, LOCAL_SHARE, AT_LEAST_ONE)

FIRM, RESEARCH_CENTER = "firm", "research_center"
SME_SIZES, SIZES = ("micro", "small", "medium"), ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class TeamRule:
    """What a call asks of a partnership: a number of partners, a percent of them, or one of some sorts at least.

    `local` is the province that counts as home. `any_of` names kinds of organization or sizes of firm.
    """

    kind: str
    value: int = 1
    any_of: tuple[str, ...] = ()
    local: str = "MS"

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no rule is of kind {self.kind!r}")
        if self.kind in SHARES and not 1 <= self.value <= 100:
            raise ValueError(f"{self.kind} is a percent from 1 to 100, not {self.value!r}")
        if self.value < 1:
            raise ValueError(f"{self.kind} must be at least 1, not {self.value!r}")
        if self.kind == AT_LEAST_ONE and not self.any_of:
            raise ValueError("a rule of at least one names of what")
        object.__setattr__(self, "any_of", tuple(self.any_of))

    def counts(self, partner: Candidate) -> bool | None:
        """Is the partner of the sort that the rule counts? None when the datum that would tell is missing."""
        if self.kind == MIN_SMES:
            return _is_of_size(partner, SME_SIZES)
        if self.kind in (MIN_RESEARCH, RESEARCH_SHARE):
            return partner.kind == RESEARCH_CENTER
        if self.kind in (MIN_LOCAL, LOCAL_SHARE):
            return partner.province == self.local if partner.province else None
        if partner.kind in self.any_of:
            return True
        return _is_of_size(partner, self.any_of) if set(self.any_of) & set(SIZES) else False

    def least(self, size: int) -> int:
        """How many partners of its sort a team of this size needs; of a rule about size, how many partners."""
        if self.kind == MAX_SHARE:
            return -(-100 // self.value)
        if self.kind in SHARES:
            return -(-self.value * size // 100)
        return 1 if self.kind == AT_LEAST_ONE else self.value


def _is_of_size(partner, sizes):
    if partner.kind != FIRM:
        return False
    return partner.size in sizes if partner.size else None


@dataclass(frozen=True)
class Candidate:
    """Who may be a partner: its coverage of each competence asked (percent, in their order), and what rules look at.

    An empty size or province is not known.
    """

    id: int | str
    coverage: tuple[int, ...]
    kind: str = FIRM
    size: str = ""
    province: str = ""


class Check(NamedTuple):
    """A rule and whether a team keeps it. `key` names its sentence; `found` are sure, `unknown` could be."""

    rule: TeamRule
    verdict: str
    found: int
    unknown: int
    asked: int

    @property
    def key(self) -> str:
        return f"{self.rule.kind}.{self.verdict}"


def check(rules: Iterable[TeamRule], team: Sequence[Candidate]) -> list[Check]:
    """Each rule for a team: kept, not kept, or to be checked where a missing datum decides."""
    return [_check(rule, team) for rule in rules]


def _check(rule, team):
    asked = rule.least(len(team))
    if rule.kind in ABOUT_SIZE:
        is_kept = len(team) <= asked if rule.kind == MAX_PARTNERS else len(team) >= asked
        return Check(rule, YES if is_kept else NO, len(team), 0, asked)
    answers = [rule.counts(partner) for partner in team]
    sure, unknown = answers.count(True), answers.count(None)
    verdict = YES if sure >= asked else CHECK if sure + unknown >= asked else NO
    return Check(rule, verdict, sure, unknown, asked)


def covered(team: Iterable[Candidate], thresholds: Sequence[int]) -> list[bool]:
    """For each competence, whether somebody in the team reaches its threshold."""
    team = list(team)
    return [any(partner.coverage[at] >= least for partner in team) for at, least in enumerate(thresholds)]
