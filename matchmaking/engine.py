"""Everybody scored at once: the numbers of `scoring.py`, over arrays.

Notation: `n` organizations in the order of their ids; `m` questions, a question being a competence and the readiness
asked of it, if any. `supply` (n, m) uint8 is what every organization can do about every question, in percent. Needs
are kept by owner one after the other (CSR): question, priority, and what the owner can do about it by itself.

What a seeker gains from everybody is a sum over its few needs of `priority · max(0, supply − own)`: one pass over
contiguous rows of the transposed supply, in tiles that fit the cache. The best possible score for that gain (the
other direction taken as 100 %) discards nearly everybody; only who is left gets the other direction, and the exact
score. Nothing is approximate, equal scores are ordered by id, and a block of rows needs nothing from the other rows:
it is the unit of work, on one machine or on many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .scoring import (
    Need,
    Offer,
    Profile,
    Taxonomy,
    UnknownCompetence,
    Weights,
    age_loss,
    base_points,
    distance_loss,
    kilometres,
    whole_km,
)

PRIORITIES = (1, 2, 3)
ROWS = 128  # seekers worked on together
TILE = 4096  # organizations in a tile of the transposed supply
CHUNKS = 256  # parts of a row whose best are compared, to guess how good the k-th best is


class Offers(NamedTuple):
    """One entry for each offer, grouped by owner: integers, but `declared` (bool). A trl of 0 is not stated."""

    owner: np.ndarray
    code: np.ndarray  # place in `Taxonomy.competences`
    level: np.ndarray
    trl: np.ndarray
    declared: np.ndarray


class Asked(NamedTuple):
    """One entry for each need, grouped by owner: integers, but `blind` (bool). A trl of 0 is not asked."""

    owner: np.ndarray
    code: np.ndarray  # place in `Taxonomy.competences`
    priority: np.ndarray
    trl: np.ndarray
    blind: np.ndarray


class Lists(NamedTuple):
    """The best partners of some seekers: places of organizations (−1 nobody) and points in hundredths, (rows, k)."""

    partners: np.ndarray
    points: np.ndarray


class Needs:
    """The needs of everybody, each question once an owner: `start` (n + 1), then an entry for each need.

    `gap` (n,) is what each owner lacks, Σ priority · (100 − own).
    """

    def __init__(self, asked: Asked, question: np.ndarray, supply: np.ndarray):
        n, m = supply.shape
        key = asked.owner.astype(np.int64) * m + question
        order = np.lexsort((asked.priority, key))
        last = np.flatnonzero(np.diff(key[order], append=-1))  # the highest priority of each
        entry = order[last]
        self.owner = asked.owner[entry]
        self.question = question[entry]
        self.priority = asked.priority[entry].astype(np.int32)
        self.own = supply[self.owner, self.question].astype(np.int32)
        self.start = np.searchsorted(self.owner, np.arange(n + 1))
        self.gap = self._by_owner(self.priority * (100 - self.own))

    def of(self, row: int) -> Iterator[tuple[int, int, int]]:
        """(question, priority, own supply) of each need of one organization."""
        its = slice(self.start[row], self.start[row + 1])
        return zip(self.question[its].tolist(), self.priority[its].tolist(), self.own[its].tolist(), strict=True)

    def met_by(self, supply: np.ndarray) -> np.ndarray:
        """What every owner gains from one organization whose supply is (m,): (n,)."""
        return self._by_owner(self.priority * np.maximum(supply[self.question] - self.own, 0))

    def met_in_pairs(self, owner: np.ndarray, supply: np.ndarray, other: np.ndarray) -> np.ndarray:
        """What each `owner` gains from the `other` beside it, from the supply of everybody (n, m): one each."""
        count = self.start[owner + 1] - self.start[owner]
        end = np.cumsum(count)
        entry = np.arange(end[-1] if len(end) else 0) + np.repeat(self.start[owner] - end + count, count)
        brought = supply[np.repeat(other, count), self.question[entry]]
        total = np.append(0, np.cumsum(self.priority[entry] * np.maximum(brought - self.own[entry], 0)))
        return total[end] - total[end - count]

    def _by_owner(self, values: np.ndarray) -> np.ndarray:
        total = np.append(0, np.cumsum(values))
        return total[self.start[1:]] - total[self.start[:-1]]


class Engine:
    """Exact scores of everybody for everybody. `build` from profiles; the constructor takes columns."""

    def __init__(
        self,
        ids: Sequence[Any],
        offers: Offers,
        asked: Asked,
        places: Sequence[Any],
        days: Sequence[int | None],
        taxonomy: Taxonomy,
        weights: Weights | None = None,
        distances: Callable[[Any, Any], float | None] = kilometres,
    ):
        """`ids` in increasing order; owners are places in `ids`; a place each; days since the review each, or None.

        `distances` gives the kilometres between two places, or None: then `kilometres` is asked.
        """
        self.ids = list(ids)
        self.row_of = {id: row for row, id in enumerate(self.ids)}
        if len(self.row_of) < len(self.ids) or any(a >= b for a, b in zip(self.ids, self.ids[1:], strict=False)):
            raise ValueError("ids must be in increasing order, each once")
        self.taxonomy, self.weights, self.distances = taxonomy, weights or Weights(), distances
        self._set_arithmetic()
        self._set_places(places)
        self.age = np.array([age_loss(each, self.weights) for each in days], np.uint8)
        self.offers, self.asked = offers, asked
        self.questions = np.zeros(0, np.int64)
        self.supply = np.zeros((len(self.ids), 0), np.uint8)
        self._set_needs()
