"""What everybody offers and needs, as columns, and how much of each need each organization meets.

A question is a competence and the readiness asked of it, if any, written as one number: code · 10 + trl, where a code
is its place in `Taxonomy.competences` and a trl of 0 is none. The numbers are those of `scoring.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .scoring import Need, Offer, Profile, Taxonomy, UnknownCompetence, Weights, readiness


class Offers(NamedTuple):
    """A column for each field of an offer, an entry for each offer, grouped by owner in increasing order.

    Owner: place of the organization. Code: place in `Taxonomy.competences`. A trl of 0 is not stated.
    """

    owner: np.ndarray
    code: np.ndarray
    level: np.ndarray
    trl: np.ndarray
    declared: np.ndarray


class AskedNeeds(NamedTuple):
    """A column for each field of a need, an entry for each need; as `Offers`."""

    owner: np.ndarray
    code: np.ndarray
    priority: np.ndarray
    trl: np.ndarray
    blind: np.ndarray


def columns(profiles: Sequence[Profile], taxonomy: Taxonomy) -> tuple[Offers, AskedNeeds]:
    """What profiles say, as columns; facets are left out. Raises UnknownCompetence."""
    place = {code: at for at, code in enumerate(taxonomy.competences)} | dict.fromkeys(taxonomy.facets, -1)
    try:
        offers = [
            (row, place[offer.code], offer.level, offer.trl or 0, offer.declared)
            for row, profile in enumerate(profiles)
            for offer in profile.offers
        ]
        asked = [
            (row, place[need.code], need.priority, need.trl or 0, need.blind)
            for row, profile in enumerate(profiles)
            for need in profile.needs
        ]
    except KeyError as unknown:
        raise UnknownCompetence(f"the taxonomy has no competence {unknown}") from None
    return _columns(Offers, offers), _columns(AskedNeeds, asked)


def _columns(kind: type, entries: list[tuple]):
    table = np.array(entries, np.int64).reshape(-1, 5)
    return kind(*table[table[:, 1] >= 0].T)


class Worth:
    """How much an offer meets a question: `scoring.met` over arrays. A question is written code · 10 + trl."""

    def __init__(self, taxonomy: Taxonomy, weights: Weights):
        codes, trls = taxonomy.competences, [None, *range(1, 10)]
        self.similarity = np.array([[taxonomy.similarity(a, b) for b in codes] for a in codes], np.int32)
        self.readiness = np.array(
            [[readiness(Need("-", 1, asked), Offer("-", 1, trl), weights) for trl in trls] for asked in trls], np.int32
        )
        self.level = np.array([0, *weights.levels], np.int32)
        self.declared = np.array([weights.inferred, 100], np.int32)

    def met(self, offers: Offers, questions: np.ndarray) -> np.ndarray:
        """(offers, questions) uint8 percent, rounded once."""
        code, trl = np.divmod(questions, 10)
        product = self.similarity[code, offers.code[:, None]] * self.readiness[trl, offers.trl[:, None]]
        product *= (self.level[offers.level] * self.declared[offers.declared])[:, None]
        return rounded(product, 100**3).astype(np.uint8)


class Supplier:
    """The offers of everybody, each different offer worked out once however many have it."""

    def __init__(self, n: int, offers: Offers, worth: Worth):
        self.offers, self.worth = offers, worth
        key = ((offers.code * 6 + offers.level) * 10 + offers.trl) * 2 + offers.declared
        _keys, first, self.kind = np.unique(key, return_index=True, return_inverse=True)
        self.kinds = Offers(*(column[first] for column in offers))
        self.start = np.searchsorted(offers.owner, np.arange(n + 1))

    def supply(self, questions: np.ndarray) -> np.ndarray:
        """(n, questions) uint8: the best offer of each organization for each question, in percent."""
        met = np.empty((len(self.kinds.code), len(questions)), np.uint8)
        for part in blocks(len(met), 1024):
            met[part] = self.worth.met(Offers(*(column[part] for column in self.kinds)), questions)
        return self._best_by_owner(met)

    def supply_of(self, row: int, questions: np.ndarray) -> np.ndarray:
        """(questions,) uint8 of one organization."""
        its = slice(self.start[row], self.start[row + 1])
        return self.worth.met(Offers(*(column[its] for column in self.offers)), questions).max(axis=0, initial=0)

    def _best_by_owner(self, met: np.ndarray) -> np.ndarray:
        best = np.zeros((len(self.start) - 1, met.shape[1]), np.uint8)
        someone = np.flatnonzero(np.diff(self.start))
        for part in blocks(len(someone), 1024):
            start, end = self.start[someone[part]], self.start[someone[part][-1] + 1]
            best[someone[part]] = np.maximum.reduceat(met[self.kind[start[0] : end]], start - start[0])
        return best


class Needs:
    """The needs of everybody: each question once an owner, at its highest priority.

    `start` (n + 1) delimits each owner's entries; `gap` (n,) is what each lacks, Σ priority · (100 − own), and `most`
    what anybody could ever lack.
    """

    def __init__(self, owner: np.ndarray, question: np.ndarray, priority: np.ndarray, supply: np.ndarray):
        order = np.lexsort((priority, question, owner))
        owner, question, priority = owner[order], question[order], priority[order]
        last = (np.diff(owner, append=-1) != 0) | (np.diff(question, append=-1) != 0)
        self.owner, self.question, self.priority = owner[last], question[last], priority[last].astype(np.int32)
        self.own = supply[self.owner, self.question].astype(np.int32)
        self.start = np.searchsorted(self.owner, np.arange(len(supply) + 1))
        self.gap = self._by_owner(self.priority * (100 - self.own))
        self.most = 100 * int(self._by_owner(self.priority).max(initial=0))

    def of(self, row: int) -> list[tuple[int, int, int]]:
        """(priority, question, own supply) of each need of one organization, the highest priorities first."""
        its = slice(self.start[row], self.start[row + 1])
        each = (self.priority[its].tolist(), self.question[its].tolist(), self.own[its].tolist())
        return sorted(zip(*each, strict=True), reverse=True)

    def met_by(self, supply: np.ndarray) -> np.ndarray:
        """(n,): what every owner gains from one organization, whose supply is (m,)."""
        return self._by_owner(self.priority * np.maximum(supply[self.question] - self.own, 0))

    def met_in_pairs(self, owner: np.ndarray, other: np.ndarray, supply: np.ndarray) -> np.ndarray:
        """(pairs,): what each owner gains from the other of its pair; `supply` is everybody's, (n, m)."""
        count = self.start[owner + 1] - self.start[owner]
        end = np.cumsum(count)
        entry = np.arange(count.sum()) + np.repeat(self.start[owner] - end + count, count)
        brought = supply[np.repeat(other, count), self.question[entry]]
        total = np.append(0, np.cumsum(self.priority[entry] * np.maximum(brought - self.own[entry], 0)))
        return total[end] - total[end - count]

    def _by_owner(self, values: np.ndarray) -> np.ndarray:
        total = np.append(0, np.cumsum(values))
        return total[self.start[1:]] - total[self.start[:-1]]


def spliced(columns, row: int, new):
    """Columns with the entries of one owner replaced by those of another table's only owner."""
    start, end = np.searchsorted(columns.owner, (row, row + 1))
    new = new._replace(owner=np.full_like(new.owner, row))
    return type(columns)(
        *(np.concatenate((old[:start], more, old[end:])) for old, more in zip(columns, new, strict=True))
    )


def rounded(numerator, denominator):
    """`scoring.rounded` over arrays."""
    return (2 * numerator + denominator) // (2 * denominator)


def blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))
