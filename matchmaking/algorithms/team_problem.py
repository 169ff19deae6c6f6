"""A search for a team as numbers: what each candidate covers and counts for, as bits. Pure: no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .team_rules import ABOUT_SIZE, MAX_PARTNERS, MAX_SHARE, MIN_PARTNERS, Candidate, TeamRule, covered

MOST_PARTNERS = 20  # no team is larger
KEY_BITS = 40  # competences and sorts of partner that fit one whole number, with room for a state beside
FAR = 255  # more partners than any team has: there is no way


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
        # Beyond that a mask may not fit numpy's 64 bits; Python's numbers have no end, and there the search is greedy.
        if len(self.columns) <= KEY_BITS:
            return (self._reached[:, self.columns] @ (1 << np.arange(len(self.columns), dtype=np.int64))).tolist()
        return [sum(1 << bit for bit, at in enumerate(self.columns) if row[at]) for row in self._reached]

    @cached_property
    def counting(self) -> list[TeamRule]:
        return [rule for rule in self.rules if rule.kind not in ABOUT_SIZE]

    @cached_property
    def sorts(self) -> list[int]:
        """For which of the `counting` rules each candidate counts, as bits."""
        known: dict[tuple, int] = {}  # thousands of candidates look alike to the rules in a few dozen ways
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
