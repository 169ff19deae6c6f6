"""The smallest team that covers what a call asks and keeps its rules of partnership. Pure: no Django.

A partner covers a competence when it meets it to the threshold at least (percents of `scoring.met`). Every rule is, for
a team of a given size, a least number of partners of some sort: a share of a team of five is so many of five. So the
search takes one size after another, and the first that works is the smallest.

For one size, partners are added by layers: each must cover the competence, still open, that fewest can cover; so none
comes twice. A state is what is left to cover and what the rules still lack. Two bounds cut it, both exact for their own
half: how many partners are needed at least to cover what is left, whatever the rules (an inclusion-exclusion table over
all sets of competences), and how many to fill the rules, whatever they cover. Only candidates that no other surpasses,
in competences and in sorts together, need be tried for covering: whoever uses another can take the better one instead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .team_bounds import Bound, Filling
from .team_problem import FAR, KEY_BITS, MOST_PARTNERS, Problem
from .team_rules import YES, Candidate, TeamRule, check

EXACT_UP_TO = 10_000  # candidates; beyond, greedy + swaps
MOST_TRIES = 12  # searches for the alternatives
WORK = 5_000_000  # states looked at, for one proposal, before the search gives up being exact


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
    is_exact = search.is_exact  # said of the team, so read before the alternatives, which may use up the work
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
    found: dict[frozenset, None] = {}  # a dict keeps the order of finding, and so the answer the same every time
    # Without all of the first, without one of them, then (from what the latter found) without two: the last are only
    # worth their search while there are too few to choose from.
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
    hopeful = replace(problem, is_hopeful=True)  # a missing datum may yet come: only what is known makes it impossible
    sizes = range(hopeful.least_size(), hopeful.most_size() + 1)
    return not any(Filling(hopeful, frozenset(), size).least(Filling.START) < FAR for size in sizes)


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
                self.is_exact = False  # for good: the work is that of a whole proposal, and what follows has none left
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
            # The bounds count partners beside the lead, `size` counts the lead, too: hence <, not ≤.
            if max(bound.of(self.full), filling.least(Filling.START)) < size:
                layers = Layers(self, front, bound, filling)
                if (team := layers.find(banned)) is not None:
                    return sorted(team)
        return None

    def _front(self, banned) -> Front:
        """Nobody in it is surpassed, or equalled by a better one, in competences and sorts together."""
        order = self._unsurpassed
        if not banned.isdisjoint(order):  # else the banned were surpassed anyway, and nobody comes up in their stead
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
        # The better one comes first and stays; larger sets first, as only a larger one can contain another.
        keys = np.array(sorted(best, key=lambda key: -key.bit_count()), np.int64)
        kept = maximal(keys)
        rank = np.empty(len(self.problem.candidates), np.int64)
        rank[self.problem.quality] = np.arange(len(rank))
        return sorted((best[key] for key in kept.tolist()), key=lambda place: rank[place])


def maximal(keys: np.ndarray) -> np.ndarray:
    """The sets of bits that no other contains. `keys` are different, the larger sets first."""
    kept = np.empty_like(keys)  # filled from the front: one comparison of arrays for each key, no list of arrays
    count = 0
    for key in keys:
        if not ((kept[:count] & key) == key).any():
            kept[count] = key
            count += 1
    return kept[:count]


class TooMuchWork(Exception):
    """The search has looked at as many states as it may."""


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
        # Somebody must cover the lowest open bit, and `columns` has the scarcest first: so few are tried, no team comes
        # in two orders, and nobody comes twice, because whoever is in has closed all the bits they cover.
        lowest = left & -left
        parts = [
            self._with_each(np.flatnonzero(lowest == 1 << bit), having, left, state, slots)
            for bit, having in enumerate(self.front.having)
        ]
        left, state, came, chosen = (np.concatenate(column) for column in zip(*parts, strict=True))
        # What can still be reached depends on the state alone: of two ways to it either will do.
        _keys, first = np.unique(left * (len(self.filling.states) + 1) + state, return_index=True)
        return left[first], state[first], came[first], chosen[first]

    def _with_each(self, rows, having, left, state, slots):
        self._spend(len(rows) * len(having))  # before the arrays are made: the limit is one of memory, too
        new = (left[rows, None] & ~self.front.mask[having]).ravel()
        able = np.flatnonzero(self.bound.of_each(new) <= slots)
        came, chosen = rows[able // max(1, len(having))], having[able % max(1, len(having))]
        # The rules are looked up in Python: once for each pair of state and sort, not for each of a million rows.
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
    left, lacks = _left(problem, team), _still_lacks(problem, team, len(team) + 2)  # with the lead and the one to come
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
