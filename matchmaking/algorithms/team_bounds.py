"""How many partners a team needs at least: to cover what is left, and to fill the rules. Pure: no Django.

Each is exact for its own half, whatever the other half asks: so neither ever cuts away a team that works.

Source of the table: Björklund, Husfeldt, Koivisto, "Set partitioning via inclusion-exclusion", SIAM J. Comput. 2009.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from .team_problem import FAR, KEY_BITS, Problem

TABLE_BITS = 16  # competences left to cover for which the table is made: 65,536 sets


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
        # No table of that many sets: that each covers as many as the widest is too hopeful, so it cuts less and never a
        # team that works.
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
        if least[-1] < FAR:  # whatever covers everything covers every set: all are known
            break
        _sum_over_subsets(reached, bits)
        reached *= hat
        _sum_over_subsets(reached, bits, -1)  # pairs (union before, one more) whose union is this very set
        np.minimum(reached, 1, out=reached)  # whether, not how many ways: those would outgrow 64 bits in a few rounds
        inside = reached.astype(bool)
        # To cover a set its union may be larger: what is reached counts for every set inside it.
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
        # A sort of which there are as many as partners never runs out: not counting it keeps the states few.
        self.scarce = [sort for sort, count in left.items() if count < size]
        self.rules = range(len(problem.counting))
        start = problem.lacks(size), tuple(left[sort] for sort in self.scarce)
        self.states, self.number, self._next, self._least = [start], {start: 0}, {}, {}
        self.helpful = self._helpful(left)

    def _helpful(self, left):
        """The sorts to fill with: none that counts for less than one of which there is plenty."""
        # One that counts for more stands in only if there is plenty of it: a scarce one may be used up before.
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
        # The order of partners does not matter, and one that counts for this rule must come in any case.
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
