"""The smallest team that covers what a call asks and keeps its rules of partnership. Pure: no Django.

A partner covers a competence when it meets it to the threshold at least (percents of `scoring.met`). Every rule is, for
a team of a given size, a least number of partners of some sort: a share of a team of five is so many of five. So the
search takes one size after another, and the first that works is the smallest.

For one size, partners are added by layers: each must cover the competence, still open, that fewest can cover; so none
comes twice. A state is what is left to cover and what the rules still lack. Two bounds cut it, both exact for their own
half: how many partners are needed at least to cover what is left, whatever the rules (an inclusion-exclusion table over
all sets of competences), and how many to fill the rules, whatever they cover. Only candidates that no other surpasses,
in competences and in sorts together, need be tried for covering: whoever uses another can take the better one instead.

Source of the table: Björklund, Husfeldt, Koivisto, "Set partitioning via inclusion-exclusion", SIAM J. Comput. 2009.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

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

EXACT_UP_TO = 10_000  # candidates; beyond, greedy + swaps
MOST_PARTNERS = 20  # no team is larger
MOST_TRIES = 12  # searches for the alternatives
WORK = 5_000_000  # states looked at, for one proposal, before the search gives up being exact
TABLE_BITS = 16  # competences left to cover for which the table is made: 65,536 sets
KEY_BITS = 40  # competences and sorts of partner that fit one whole number, with room for a state beside
FAR = 255


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


@dataclass(frozen=True)
class Team:
    """Who is in it, the lead first. `is_certain`: every rule is kept by what is known."""

    ids: tuple[int | str, ...]
    is_certain: bool = True

    def __len__(self):
        return len(self.ids)


@dataclass(frozen=True)
class Proposal:
    """The smallest team and some others. `is_exact`: no team is smaller, and none exists where `team` is None.

    `uncoverable` are the competences (places) that nobody covers: a team is proposed for the rest. `impossible` are the
    rules that no team can keep, each by itself.
    """

    team: Team | None
    alternatives: tuple[Team, ...] = ()
    is_exact: bool = True
    uncoverable: tuple[int, ...] = ()
    impossible: tuple[TeamRule, ...] = ()


def propose_teams(
    lead: Candidate,
    candidates: Sequence[Candidate],
    thresholds: Sequence[int],
    rules: Sequence[TeamRule] = (),
    alternatives: int = 3,
    exact_up_to: int = EXACT_UP_TO,
    work: int = WORK,
) -> Proposal:
    """The smallest team with the lead that covers every competence that anybody covers, and keeps every rule.

    What is not known of a partner does not count for a rule, unless no team could keep the rules otherwise. Ties go to
    who covers more in all, then to who comes first. Raises ValueError for coverage that does not fit the thresholds.
    """
    candidates = [each for each in candidates if each.id != lead.id]
    for each in (lead, *candidates):
        if len(each.coverage) != len(thresholds):
            raise ValueError(f"coverage of {each.id!r} has {len(each.coverage)} values for {len(thresholds)} asked")
    problem = Problem(lead, candidates, thresholds, tuple(rules))
    search = Search(problem, exact_up_to, work)
    team = search.smallest()
    is_exact = search.is_exact
    if team is None and problem.has_unknowns:
        search = Search(replace(problem, is_hopeful=True), exact_up_to, work)
        team = search.smallest()
        is_exact = is_exact and search.is_exact
    others = _others(search, team, alternatives) if team else ()
    impossible = () if team else tuple(rule for rule in rules if _is_impossible(replace(problem, rules=(rule,))))
    found = [search.team(each) for each in (team, *others) if each is not None]
    return Proposal(found[0] if found else None, tuple(found[1:]), is_exact, problem.uncoverable, impossible)


def _others(search, team, most):
    """Other teams, each the smallest without some partners of the first: small ones first, then the most different."""
    found: dict[frozenset, None] = {}
    bans = deque([frozenset(team), *(frozenset([partner]) for partner in team)] if most else [])
    for _try in range(MOST_TRIES):
        if not bans or len(found) > most or (len(found) == most and len(bans[0]) == 2):
            break
        ban = bans.popleft()
        other = search.smallest(ban, len(team) + 2)
        if other is not None:
            found.setdefault(frozenset(other))
            bans += [ban | {partner} for partner in other if len(ban) == 1]
    return _most_different(frozenset(team), found, most)


def _most_different(team, found, most):
    chosen = [team]
    while found and len(chosen) <= most:
        best = min(found, key=lambda other: (len(other), max(len(other & one) for one in chosen), sorted(other)))
        chosen.append(best)
        del found[best]
    return [sorted(each) for each in chosen[1:]]


def _is_impossible(problem):
    """Can even everybody together not keep the rule, however large the team?"""
    hopeful = replace(problem, is_hopeful=True)
    sizes = range(hopeful.least_size(), hopeful.most_size() + 1)
    return not any(Filling(hopeful, frozenset(), size).least(Filling.START) < FAR for size in sizes)


@dataclass(frozen=True)
class Problem:
    """Everybody as bits: which of the competences left by the lead each covers, and of which sorts it counts.

    `is_hopeful`: what is not known counts for the rules.
    """

    lead: Candidate
    candidates: list[Candidate]
    thresholds: Sequence[int]
    rules: tuple[TeamRule, ...]
    is_hopeful: bool = False

    @cached_property
    def _reached(self) -> np.ndarray:
        """(candidates, competences): who reaches which threshold."""
        coverage = np.array([each.coverage for each in self.candidates], np.int16)
        return coverage.reshape(len(self.candidates), len(self.thresholds)) >= np.array(self.thresholds, np.int16)

    @cached_property
    def _lacking(self) -> list[int]:
        return [at for at, is_met in enumerate(covered([self.lead], self.thresholds)) if not is_met]

    @cached_property
    def uncoverable(self) -> tuple[int, ...]:
        reached = np.any(self._reached, axis=0)
        return tuple(at for at in self._lacking if not reached[at])

    @cached_property
    def columns(self) -> list[int]:
        """The competences to cover: the lead lacks them, somebody has them; what fewest have comes first."""
        count = self._reached.sum(axis=0)
        return sorted(set(self._lacking) - set(self.uncoverable), key=lambda at: (count[at], at))

    @cached_property
    def masks(self) -> list[int]:
        """What each candidate covers, as bits in the order of `columns`."""
        if len(self.columns) <= KEY_BITS:
            return (self._reached[:, self.columns] @ (1 << np.arange(len(self.columns), dtype=np.int64))).tolist()
        return [sum(1 << bit for bit, at in enumerate(self.columns) if row[at]) for row in self._reached]

    @cached_property
    def counting(self) -> list[TeamRule]:
        return [rule for rule in self.rules if rule.kind not in ABOUT_SIZE]

    @cached_property
    def sorts(self) -> list[int]:
        """For which of the `counting` rules each candidate counts, as bits."""
        known: dict[tuple, int] = {}
        return [self._sort(each, known) for each in self.candidates]

    def _sort(self, partner, known):
        looks = partner.kind, partner.size, partner.province
        if looks not in known:
            known[looks] = sum(1 << bit for bit, rule in enumerate(self.counting) if self._counts(rule, partner))
        return known[looks]

    def _counts(self, rule, partner):
        answer = rule.counts(partner)
        return self.is_hopeful if answer is None else answer

    def lacks(self, size: int) -> tuple[int, ...]:
        """What each of the `counting` rules asks of a team of this size, beside the lead."""
        return tuple(max(0, rule.least(size) - self._counts(rule, self.lead)) for rule in self.counting)

    @cached_property
    def has_unknowns(self) -> bool:
        return any(rule.counts(each) is None for rule in self.counting for each in (self.lead, *self.candidates))

    @cached_property
    def quality(self) -> np.ndarray:
        """Candidates from the one that covers most in all to the one that covers least."""
        return np.argsort([-sum(each.coverage) for each in self.candidates], kind="stable")

    def least_size(self) -> int:
        asked = [rule.least(0) for rule in self.rules if rule.kind in (MIN_PARTNERS, MAX_SHARE)]
        return max(asked, default=1)

    def most_size(self) -> int:
        caps = [rule.value for rule in self.rules if rule.kind == MAX_PARTNERS]
        return min([MOST_PARTNERS, len(self.candidates) + 1, *caps])


class Front(NamedTuple):
    """The candidates worth trying for covering: place, mask, sort; and for each bit, which of them have it."""

    place: np.ndarray
    mask: np.ndarray
    sort: list[int]
    having: list[np.ndarray]


class Search:
    """Looks for teams as sorted places of candidates, the lead understood. `is_exact` until it gives up."""

    def __init__(self, problem: Problem, exact_up_to: int, work: int):
        self.problem, self.work = problem, work
        bits = len(problem.columns) + len(problem.counting)
        self.is_exact = len(problem.candidates) <= exact_up_to and bits <= KEY_BITS
        self.full = (1 << len(problem.columns)) - 1

    def team(self, places: Iterable[int]) -> Team:
        members = [self.problem.candidates[place] for place in places]
        checks = check(self.problem.rules, [self.problem.lead, *members])
        ids = (self.problem.lead.id, *(member.id for member in members))
        return Team(ids, all(each.verdict == YES for each in checks))

    def smallest(self, banned: frozenset[int] = frozenset(), most: int = MOST_PARTNERS) -> list[int] | None:
        """The smallest team without the banned, of at most `most` partners beside the lead; None when there is none."""
        if self.full & ~self._covered_without(banned):
            return None
        if self.is_exact:
            try:
                return self._exact(banned, most)
            except TooMuchWork:
                self.is_exact = False
        return greedy(self.problem, banned, most)

    def _covered_without(self, banned):
        found = 0
        for place, mask in enumerate(self.problem.masks):
            found |= 0 if place in banned else mask
        return found

    def _exact(self, banned, most):
        front = self._front(banned)
        bound = Bound(front.mask, len(self.problem.columns))
        largest = min(self.problem.most_size(), most + 1, len(self.problem.candidates) - len(banned) + 1)
        for size in range(self.problem.least_size(), largest + 1):
            filling = Filling(self.problem, banned, size)
            if max(bound.of(self.full), filling.least(Filling.START)) < size:
                layers = Layers(self, front, bound, filling)
                if (team := layers.find(banned)) is not None:
                    return sorted(team)
        return None

    def _front(self, banned) -> Front:
        """Nobody in it is surpassed, or equalled by a better one, in competences and sorts together."""
        order = self._unsurpassed if not banned else None
        if order is None or not banned.isdisjoint(order):
            order = self._maximal(banned)
        masks = np.array([self.problem.masks[place] for place in order], np.int64)
        having = [np.flatnonzero(masks >> bit & 1) for bit in range(len(self.problem.columns))]
        return Front(np.array(order, np.int64), masks, [self.problem.sorts[place] for place in order], having)

    @cached_property
    def _unsurpassed(self):
        return self._maximal(frozenset())

    def _maximal(self, banned):
        width, best = len(self.problem.columns), {}
        for place in self.problem.quality.tolist():
            if place not in banned and self.problem.masks[place]:
                best.setdefault(self.problem.masks[place] | self.problem.sorts[place] << width, place)
        keys = np.array(sorted(best, key=lambda key: -key.bit_count()), np.int64)
        kept = maximal(keys)
        rank = np.empty(len(self.problem.candidates), np.int64)
        rank[self.problem.quality] = np.arange(len(rank))
        return sorted((best[key] for key in kept.tolist()), key=lambda place: rank[place])


def maximal(keys: np.ndarray) -> np.ndarray:
    """The sets of bits that no other contains. `keys` are different, the larger sets first."""
    kept = np.empty_like(keys)
    count = 0
    for key in keys:
        if not ((kept[:count] & key) == key).any():
            kept[count] = key
            count += 1
    return kept[:count]


class TooMuchWork(Exception):
    """The search has looked at as many states as it may."""


class Bound:
    """How many candidates are needed at least to cover a set of competences: exact when there are few enough."""

    def __init__(self, masks: np.ndarray, bits: int):
        self.table = union_sizes(masks, bits) if bits <= TABLE_BITS else None
        self.widest = max((int(mask).bit_count() for mask in masks), default=1)

    def of(self, left: int) -> int:
        return int(self.of_each(np.array([left], np.int64))[0])

    def of_each(self, left: np.ndarray) -> np.ndarray:
        if self.table is not None:
            return self.table[left]
        count = sum(((left >> bit) & 1 for bit in range(KEY_BITS)), start=np.zeros_like(left))
        return -(-count // self.widest)


def union_sizes(masks: np.ndarray, bits: int) -> np.ndarray:
    """(2^bits,): for each set of bits, how few of the masks together contain it; FAR where all do not."""
    size = 1 << bits
    least, hat, reached = np.full(size, FAR, np.int16), np.zeros(size, np.int64), np.zeros(size, np.int64)
    least[0], reached[0] = 0, 1
    np.add.at(hat, masks, 1)
    _sum_over_subsets(hat, bits)
    for count in range(1, bits + 1):
        if least[-1] < FAR:
            break
        _sum_over_subsets(reached, bits)
        reached *= hat
        _sum_over_subsets(reached, bits, -1)  # pairs (union before, one more) whose union is this very set
        np.minimum(reached, 1, out=reached)
        inside = reached.astype(bool)
        for low in (1 << bit for bit in range(bits)):
            pairs = inside.reshape(-1, 2, low)
            pairs[:, 0] |= pairs[:, 1]
        least[inside & (least == FAR)] = count
    return least


def _sum_over_subsets(values: np.ndarray, bits: int, sign: int = 1) -> None:
    """The zeta transform in place; with sign -1 the Möbius transform, which takes it back."""
    for bit in range(bits):
        pairs = values.reshape(-1, 2, 1 << bit)
        pairs[:, 1] += sign * pairs[:, 0]


class Filling:
    """What the rules still lack, for teams of one size: states as numbers, the first START.

    A state is how many each rule still lacks and how many are left of each scarce sort, one that a team could use up.
    """

    START = 0

    def __init__(self, problem: Problem, banned: frozenset[int], size: int):
        self.size = size
        left = Counter(problem.sorts)
        left.subtract(problem.sorts[place] for place in banned)
        self.scarce = [sort for sort, count in left.items() if count < size]
        self.rules = range(len(problem.counting))
        start = problem.lacks(size), tuple(left[sort] for sort in self.scarce)
        self.states, self.number, self._next, self._least = [start], {start: 0}, {}, {}
        self.helpful = self._helpful(left)

    def _helpful(self, left):
        """The sorts to fill with: none that counts for less than one of which there is plenty."""
        plenty = [sort for sort in left if sort not in self.scarce]
        return [sort for sort in left if sort and not any(sort != other and sort | other == other for other in plenty)]

    def after(self, state: int, sort: int) -> int | None:
        """The state with one more of a sort; None when there is none left of it."""
        if (state, sort) not in self._next:
            self._next[state, sort] = self._after(state, sort)
        return self._next[state, sort]

    def _after(self, state, sort):
        lacks, left = self.states[state]
        if sort in self.scarce:
            at = self.scarce.index(sort)
            if left[at] == 0:
                return None
            left = (*left[:at], left[at] - 1, *left[at + 1 :])
        new = tuple(max(0, lacks[rule] - (sort >> rule & 1)) for rule in self.rules), left
        if new not in self.number:
            self.number[new] = len(self.states)
            self.states.append(new)
        return self.number[new]

    def least(self, state: int) -> int:
        """How few more partners keep every rule; FAR when none can, or more than the team has."""
        if state not in self._least:
            self._least[state] = self._fewest(state)
        return self._least[state]

    def _fewest(self, state):
        """Layer by layer: as many steps as it takes to a state that lacks nothing."""
        layer, steps = {state}, 0
        while layer and steps < self.size:
            if any(not any(self.states[each][0]) for each in layer):
                return steps
            layer = {new for each in layer for sort in self.useful(each) if (new := self.after(each, sort)) is not None}
            steps += 1
        return FAR

    def useful(self, state: int) -> list[int]:
        """The sorts that the rule lacking most counts: one of them must come, so only they are tried."""
        lacks = self.states[state][0]
        worst = max(self.rules, key=lambda rule: lacks[rule])
        return [sort for sort in self.helpful if sort >> worst & 1]

    def sorts_from(self, state: int) -> list[int]:
        """The sorts of a shortest way to keep every rule."""
        chosen = []
        while any(self.states[state][0]):
            steps = [
                (self.least(new), sort, new)
                for sort in self.useful(state)
                if (new := self.after(state, sort)) is not None
            ]
            _least, sort, state = min(steps)
            chosen.append(sort)
        return chosen


class Layers:
    """States (what is left to cover, what the rules lack) after 0, 1, 2… partners, for one size of team."""

    def __init__(self, search: Search, front: Front, bound: Bound, filling: Filling):
        self.search, self.front, self.bound, self.filling = search, front, bound, filling
        self.kinds = sorted(set(front.sort))
        self.kind = np.array([self.kinds.index(sort) for sort in front.sort], np.int64)
        self.layers = []

    def find(self, banned: frozenset[int]) -> list[int] | None:
        """A team of this very size (as places) without the banned, or None."""
        left, state = np.array([self.search.full], np.int64), np.array([Filling.START], np.int64)
        came = chosen = np.array([-1])
        for slots in range(self.filling.size - 1, -1, -1):
            self.layers.append((left, state, came, chosen))
            if (at := self._finished(left, state, slots)) is not None:
                return self._team(at, slots, banned)
            if slots == 0 or len(left) == 0:
                return None
            left, state, came, chosen = self._grown(left, state, slots - 1)
        return None

    def _finished(self, left, state, slots):
        for at in np.flatnonzero(left == 0).tolist():
            if self.filling.least(int(state[at])) <= slots:
                return at
        return None

    def _grown(self, left, state, slots):
        """Every state with one more partner that covers its scarcest open competence; each only once."""
        lowest = left & -left
        parts = [
            self._with_each(np.flatnonzero(lowest == 1 << bit), having, left, state, slots)
            for bit, having in enumerate(self.front.having)
        ]
        left, state, came, chosen = (np.concatenate(column) for column in zip(*parts, strict=True))
        _keys, first = np.unique(left * (len(self.filling.states) + 1) + state, return_index=True)
        return left[first], state[first], came[first], chosen[first]

    def _with_each(self, rows, having, left, state, slots):
        self._spend(len(rows) * len(having))
        new = (left[rows, None] & ~self.front.mask[having]).ravel()
        able = np.flatnonzero(self.bound.of_each(new) <= slots)
        came, chosen = rows[able // max(1, len(having))], having[able % max(1, len(having))]
        step, kind = np.unique(state[came] * len(self.kinds) + self.kind[chosen], return_inverse=True)
        after = np.array([self._step(*divmod(each, len(self.kinds)), slots) for each in step.tolist()], np.int64)
        new_state = after[kind] if len(step) else np.empty(0, np.int64)
        kept = np.flatnonzero(new_state >= 0)
        return new[able[kept]], new_state[kept], came[kept], chosen[kept]

    def _step(self, state, kind, slots):
        """The next state, or -1 when the rules cannot be kept from there."""
        new = self.filling.after(state, self.kinds[kind])
        return -1 if new is None or self.filling.least(new) > slots else new

    def _spend(self, states):
        self.search.work -= states
        if self.search.work < 0:
            raise TooMuchWork

    def _team(self, at, slots, banned):
        """The partners that led to a state, those who fill the rules, and the best others up to the size."""
        state, team = int(self.layers[-1][1][at]), []
        for _left, _state, came, chosen in reversed(self.layers[1:]):
            team.append(int(self.front.place[chosen[at]]))
            at = int(came[at])
        sorts = self.filling.sorts_from(state)
        for sort in [*sorts, *[None] * (slots - len(sorts))]:
            team.append(self._best_free(sort, banned.union(team)))
        return team

    def _best_free(self, sort, taken):
        problem = self.search.problem
        free = (place for place in problem.quality.tolist() if place not in taken)
        return next(place for place in free if sort is None or problem.sorts[place] == sort)


# --- Beyond the exact -------------------------------------------------------------------------------------------------


def greedy(problem: Problem, banned: frozenset[int] = frozenset(), most: int = MOST_PARTNERS) -> list[int] | None:
    """A small team, not always the smallest: whoever brings most comes next, then fewer are tried for the same.

    Covering alone this is within a logarithm of the smallest; None says only that no team was found.
    """
    free = [place for place in problem.quality.tolist() if place not in banned]
    team: list[int] = []
    while not _works(problem, team):
        if len(team) >= min(most, problem.most_size() - 1, len(free)):
            return None
        team.append(_most_useful(problem, team, free))
    while (smaller := _smaller(problem, team, free)) is not None:
        team = smaller
    return sorted(team)


def _left(problem, team):
    left = (1 << len(problem.columns)) - 1
    for place in team:
        left &= ~problem.masks[place]
    return left


def _still_lacks(problem, team, size):
    counts = [sum(problem.sorts[place] >> rule & 1 for place in team) for rule in range(len(problem.counting))]
    return [max(0, asked - count) for asked, count in zip(problem.lacks(size), counts, strict=True)]


def _works(problem, team):
    size = len(team) + 1
    is_in_size = problem.least_size() <= size <= problem.most_size()
    return is_in_size and not _left(problem, team) and not any(_still_lacks(problem, team, size))


def _most_useful(problem, team, free):
    """Whoever helps with most of what is open: competences, and rules that lack something. Ties to the better one."""
    left, lacks = _left(problem, team), _still_lacks(problem, team, len(team) + 2)
    rules = sum(1 << rule for rule, lacking in enumerate(lacks) if lacking)
    others = (place for place in free if place not in team)
    return max(others, key=lambda at: (problem.masks[at] & left).bit_count() + (problem.sorts[at] & rules).bit_count())


def _smaller(problem, team, free):
    """One fewer: without somebody, or with one in the place of two; None when neither works."""
    for gone in team:
        if _works(problem, rest := [place for place in team if place != gone]):
            return rest
    for gone in combinations(team, 2):
        rest = [place for place in team if place not in gone]
        left = _left(problem, rest)
        for place in free:
            if not left & ~problem.masks[place] and place not in team and _works(problem, [*rest, place]):
                return [*rest, place]
    return None
