"""Everybody scored at once: the numbers of `scoring.py`, over arrays.

Notation: `n` organizations in the order of their ids; `m` questions, a question being a competence and the readiness
asked of it, if any. `supply` (n, m) uint8 is how much every organization meets of every question, in percent. Needs
are kept owner by owner (CSR): question, priority, and how much the owner meets of it by itself.

What a seeker gains from everybody is a sum over its few needs of `priority · max(0, supply − own)`: one pass over
contiguous rows of the transposed supply, in tiles that fit the cache. The best score that such a gain can lead to
(the other direction taken as 100 %) discards nearly everybody; only who is left gets the other direction, and the
exact score. Nothing is approximate, equal scores are ordered by id, and a block of rows needs nothing from the other
rows: it is the unit of work, on one machine or on many.

Blind needs are read as `scoring` reads them: in the rows of their owner and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .offer_columns import AskedNeeds, Needs, Offers, Supplier, Worth, blocks, columns, rounded, spliced
from .scoring import (
    Need,
    Profile,
    Taxonomy,
    Weights,
    age_loss,
    base_points,
    distance_loss,
    distinct,
    kilometres,
    whole_km,
)

ROWS = 128  # seekers worked on together
TILE = 10_240  # organizations in a tile of the transposed supply
CHUNKS = 256  # parts of a row whose best gains are compared, to find some good partners
GOOD = 3  # times k: how many good partners are scored before the others are discarded

Distances = Callable[[Any, Any], "float | None"]


class Lists(NamedTuple):
    """The best partners of some seekers, best first, both (rows, k): places of organizations and hundredths.

    −1 and 0 where there is nobody else with any point.
    """

    partners: np.ndarray
    points: np.ndarray


class BestPairs(NamedTuple):
    """Scores found, in no order: place of the seeker in its block, place of the partner, hundredths (one or more)."""

    at: np.ndarray
    partner: np.ndarray
    points: np.ndarray


class Engine:
    """Exact scores of everybody for everybody. `Engine.build` takes profiles, the constructor takes columns."""

    def __init__(
        self,
        ids: Sequence[Any],
        offers: Offers,
        asked: AskedNeeds,
        places: Sequence[Any],
        days: Sequence[int | None],
        taxonomy: Taxonomy,
        weights: Weights | None = None,
        distances: Distances = kilometres,
    ):
        """`ids` in increasing order; for each, a place and the days since the last review, or None.

        `distances` gives the kilometres between two places, or None; it is asked once for each pair of places.
        """
        if any(a >= b for a, b in zip(ids, ids[1:], strict=False)):
            raise ValueError("ids must be in increasing order, each once")
        self.ids, self.row_of = list(ids), {id: row for row, id in enumerate(ids)}
        self.taxonomy, self.weights, self.distances = taxonomy, weights or Weights(), distances
        self.base = np.array([[base_points(x, y, self.weights) for y in range(101)] for x in range(101)], np.int32)
        self.worth = Worth(taxonomy, self.weights)
        self.age = np.array([age_loss(each, self.weights) for each in days], np.int32)
        self._set_places(places)
        self.supplier = Supplier(len(ids), offers, self.worth)
        self.asked = asked
        self.questions = np.unique(asked.code * 10 + asked.trl)
        self.supply = self.supplier.supply(self.questions)
        self._set_needs()

    @classmethod
    def build(
        cls,
        profiles: Iterable[Profile],
        taxonomy: Taxonomy,
        weights: Weights | None = None,
        distances: Distances = kilometres,
    ) -> Engine:
        """From profiles in any order. Raises UnknownCompetence, and ValueError for an id that is there twice."""
        profiles = sorted(profiles, key=lambda profile: profile.id)
        offers, asked = columns(profiles, taxonomy)
        ids, places = [profile.id for profile in profiles], [profile.place for profile in profiles]
        days = [profile.reviewed_days_ago for profile in profiles]
        return cls(ids, offers, asked, places, days, taxonomy, weights, distances)

    def replace(self, profile: Profile) -> int:
        """Put a new profile in the place of the one with its id, and return the place; KeyError for a new id.

        An organization that leaves is replaced by an empty profile: it scores nothing for anybody. Newcomers need a
        new engine.
        """
        row = self.row_of[profile.id]
        offers, asked = columns([profile], self.taxonomy)
        self.supplier = Supplier(len(self.ids), spliced(self.supplier.offers, row, offers), self.worth)
        self.asked = spliced(self.asked, row, asked)
        self._add_questions(np.setdiff1d(asked.code * 10 + asked.trl, self.questions))
        self.supply[row] = self.supplier.supply_of(row, self.questions)
        self.age[row] = age_loss(profile.reviewed_days_ago, self.weights)
        self._add_place(profile.place)
        self.place[row] = self.places.index(profile.place)
        self._set_needs()
        return row

    def _add_questions(self, new: np.ndarray) -> None:
        if len(new):
            at = np.searchsorted(self.questions, new)
            self.questions = np.insert(self.questions, at, new)
            self.supply = np.insert(self.supply, at, self.supplier.supply(new), axis=1)

    def _set_places(self, places: Sequence[Any]) -> None:
        self.places = list(dict.fromkeys(places))
        number = {place: at for at, place in enumerate(self.places)}
        self.place = np.array([number[place] for place in places], np.intp)
        self.far = np.array([[self._loss(here, there) for there in self.places] for here in self.places], np.uint8)

    def _add_place(self, place: Any) -> None:
        if place not in self.places:
            here = [self._loss(place, other) for other in [*self.places, place]]
            there = [self._loss(other, place) for other in self.places]
            self.far = np.block([[self.far, np.array(there)[:, None]], [np.array(here)]]).astype(np.uint8)
            self.places.append(place)

    def _loss(self, here: Any, there: Any) -> int:
        """Percent that the distance between two places takes."""
        km = self.distances(here, there)
        return distance_loss(kilometres(here, there) if km is None else whole_km(km), self.weights)

    def _set_needs(self) -> None:
        owner, code, priority, trl, blind = self.asked
        question, seen = np.searchsorted(self.questions, code * 10 + trl), blind == 0
        self.needs = Needs(owner, question, priority, self.supply)
        self.public = Needs(owner[seen], question[seen], priority[seen], self.supply)
        self._tiles: np.ndarray | None = None

    # --- One organization -------------------------------------------------------------------------------------------

    def one(self, id: Any) -> tuple[np.ndarray, np.ndarray]:
        """The row and the column of an organization: everybody's points for it, its points for everybody."""
        return self.row(self.row_of[id]), self.column(self.row_of[id])

    def row(self, row: int) -> np.ndarray:
        """(n,) hundredths: the points of every organization for this seeker."""
        x = _percent(self._gained(self.needs, row), self.needs.gap[row])
        y = _percent(self.public.met_by(self.supply[row].astype(np.int32)), self.public.gap)
        return self._points(x, y, self.far[self.place[row], self.place] + self.age)

    def column(self, row: int) -> np.ndarray:
        """(n,) hundredths: the points of this organization for every seeker."""
        x = _percent(self.needs.met_by(self.supply[row].astype(np.int32)), self.needs.gap)
        y = _percent(self._gained(self.public, row), self.public.gap[row])
        return self._points(x, y, self.far[self.place, self.place[row]] + self.age[row])

    def _gained(self, needs: Needs, row: int) -> np.ndarray:
        total = np.zeros(len(self.ids), np.int32)
        for priority, question, own in needs.of(row):
            total += priority * np.maximum(self.supply[:, question].astype(np.int32) - own, 0)
        return total

    def _points(self, x, y, loss) -> np.ndarray:
        return rounded(self.base[x, y] * (100 - loss), 100).astype(np.int16)

    # --- Everybody ----------------------------------------------------------------------------------------------------

    def all_pairs(self, k: int = 20) -> Lists:
        """The best `k` partners of everybody."""
        return self.top(range(len(self.ids)), k)

    def top(self, rows: Iterable[int], k: int = 20, hidden: Mapping[int, Collection[int]] | None = None) -> Lists:
        """The best `k` partners of each of these rows, none without points; ties by id.

        `hidden` names, by row, the organizations that must not be suggested to it.
        """
        rows = np.fromiter(rows, np.intp)
        partners, points = np.empty((len(rows), k), np.int32), np.empty((len(rows), k), np.int16)
        for part in blocks(len(rows), ROWS):
            partners[part], points[part] = self._best(rows[part], k, hidden or {})
        return Lists(partners, points)

    def named(self, rows: Iterable[int], lists: Lists) -> dict[Any, list[tuple[Any, int]]]:
        """The lists of these rows as {id: [(id, points), …]}."""
        return {
            self.ids[row]: [(self.ids[partner], each) for partner, each in zip(partners, points, strict=True) if each]
            for row, partners, points in zip(rows, lists.partners.tolist(), lists.points.tolist(), strict=True)
        }

    def _best(self, rows: np.ndarray, k: int, hidden: Mapping[int, Collection[int]]) -> Lists:
        """Two rounds: some good partners give a k-th best score, which discards all those who cannot reach it."""
        gained = self._gained_by(rows)
        for at, row in enumerate(rows.tolist()):
            gained[at, list(hidden.get(row, ()))] = 0
        good = _kth_of_chunks(gained, GOOD * k)
        first = self._scored(rows, gained, np.flatnonzero(gained >= good))
        gained[first.at, first.partner] = 0
        least = np.maximum(best_of_each(len(rows), k, [first]).points[:, -1], 1)
        able = np.flatnonzero(gained >= self._least_gain(rows, least)[:, None])
        second = self._scored(rows, gained, able, least)
        return best_of_each(len(rows), k, [first, second])

    def _gained_by(self, rows: np.ndarray) -> np.ndarray:
        """(rows, n or more): what each of these seekers gains from everybody; zeros beyond n."""
        tiles = self._transposed_supply()
        count, _m, width = tiles.shape
        gained = np.empty((len(rows), count * width), tiles.dtype)
        needs = [self.needs.of(row) for row in rows.tolist()]
        room = np.empty((2, width), tiles.dtype)
        for number, tile in enumerate(tiles):
            here = gained[:, number * width : (number + 1) * width]
            for its_needs, total in zip(needs, here, strict=True):
                _sum_gains(its_needs, tile, total, *room)
        return gained

    def _transposed_supply(self) -> np.ndarray:
        """(tiles, m, organizations): the supply by question, in the smallest integers that hold every sum."""
        if self._tiles is None:
            n, m = self.supply.shape
            width = min(TILE, -(-max(n, 1) // CHUNKS) * CHUNKS)
            dtype = np.int16 if self.needs.most < 2**15 else np.int32
            tiles = np.zeros((-(-n // width), m, width), dtype)
            for number, tile in enumerate(tiles):
                part = self.supply[number * width : (number + 1) * width]
                tile[:, : len(part)] = part.T
            self._tiles = tiles
        return self._tiles

    def _scored(
        self, rows: np.ndarray, gained: np.ndarray, cells: np.ndarray, least: np.ndarray | int = 1
    ) -> BestPairs:
        """The scores of some cells of `gained`, given by their flat places, that reach the `least` of their row.

        Those that could not, whatever the other direction brings, are left out before it is computed.
        """
        least = np.broadcast_to(least, len(rows))
        at = cells // gained.shape[1]
        partner = cells - at * gained.shape[1]
        x = _percent(gained.ravel()[cells].astype(np.int32), self.needs.gap[rows][at])
        loss = self.far[self.place[rows]][at, self.place[partner]] + self.age[partner]
        able = np.flatnonzero(self._points(x, 100, loss) >= least[at])
        at, partner, x, loss = at[able], partner[able], x[able], loss[able]
        y = _percent(self.public.met_in_pairs(partner, rows[at], self.supply), self.public.gap[partner])
        points = self._points(x, y, loss)
        best = np.flatnonzero(points >= least[at])
        return BestPairs(at[best], partner[best], points[best])

    def _least_gain(self, rows: np.ndarray, least: np.ndarray) -> np.ndarray:
        """(rows,): the least gain from which these points could be reached, with everything else at its best."""
        x = np.maximum(np.searchsorted(self._points(np.arange(101), 100, 0), least), 1)
        return np.maximum(-(-self.needs.gap[rows] * (2 * x - 1) // 200), 1)

    # --- Opportunities ------------------------------------------------------------------------------------------------

    def fit(self, needs: Iterable[Need], k: int = 20, place: Any = None) -> list[tuple[Any, int]]:
        """(organization, points) that best cover what an opportunity asks, as `scoring.fit`; ties by id."""
        asked = distinct(needs, self.taxonomy)
        priority = np.array([need.priority for need in asked], np.int32)
        covered = (self._supply_for(self._questions(asked)) * priority).sum(axis=1)
        loss = np.array([self._loss(place, other) for other in self.places], np.int32)[self.place] + self.age
        points = _one_way(_percent(covered, 100 * priority.sum()), loss)
        best = np.lexsort((np.arange(len(points)), -points))[:k]
        return [(self.ids[row], int(points[row])) for row in best if points[row]]

    def opportunities(self, id: Any, asked: Mapping[Any, Iterable[Need]], k: int = 20) -> list[tuple[Any, int]]:
        """(opportunity, points) that an organization covers best, among those of `asked`; ties by opportunity.

        As `scoring.fit` without a distance. Raises KeyError for an organization that is not here.
        """
        row = self.row_of[id]
        needs = [(each, distinct(its, self.taxonomy)) for each, its in asked.items()]
        supply = iter(self.supplier.supply_of(row, self._questions([need for _id, its in needs for need in its])))
        found = []
        for each, its in needs:
            covered = sum(need.priority * int(next(supply)) for need in its)
            x = _percent(covered, 100 * sum(need.priority for need in its))
            found.append((each, int(_one_way(x, self.age[row]))))
        return sorted((each for each in found if each[1]), key=lambda each: (-each[1], each[0]))[:k]

    def _questions(self, needs: Sequence[Need]) -> np.ndarray:
        place = {code: at for at, code in enumerate(self.taxonomy.competences)}
        return np.array([place[need.code] * 10 + (need.trl or 0) for need in needs], np.int64)

    def _supply_for(self, questions: np.ndarray) -> np.ndarray:
        """(n, questions), also for what nobody here has ever asked."""
        if np.isin(questions, self.questions).all():
            return self.supply[:, np.searchsorted(self.questions, questions)]
        return self.supplier.supply(questions)


def _percent(part, whole):
    """`part` of `whole` in percent, rounded; nothing of nothing is nothing.

    In double precision, which is exact here: a ratio of such small integers is either whole or further from the next
    whole number than the division can err.
    """
    whole = np.maximum(whole, 1)
    return ((200 * part + whole) / (2 * whole)).astype(np.int32)


def _one_way(x, loss):
    """Hundredths for what is covered alone: `scoring.fit`."""
    return rounded(100 * x * (100 - loss), 100)


def _sum_gains(
    needs: list[tuple[int, int, int]], tile: np.ndarray, total: np.ndarray, running: np.ndarray, more: np.ndarray
) -> None:
    """Set `total` to Σ priority · max(0, supply − own), without a product.

    That is Σ priority · max(supply, own) less a constant. What is at least `own` is summed from the highest priority
    down, and the running sum added once for each step down: what has priority 3 is added three times. `running` and
    `more` are room to work in.
    """
    running.fill(0)
    total.fill(-sum(priority * own for priority, _question, own in needs))
    priorities = [*(priority for priority, _question, _own in needs), 0]
    for (priority, question, own), following in zip(needs, priorities[1:], strict=True):
        running += np.maximum(tile[question], own, out=more) if own else tile[question]
        for _step in range(priority - following):
            total += running


def _kth_of_chunks(gained: np.ndarray, k: int) -> np.ndarray:
    """(rows, 1): a gain that at least k reach, the k-th best among the best of each chunk; 1 when they are fewer."""
    rows, width = gained.shape
    if width == 0 or k >= CHUNKS:
        return np.ones((rows, 1), gained.dtype)
    best = gained.reshape(rows, -1, CHUNKS).max(axis=1)
    return np.maximum(np.partition(best, -k, axis=1)[:, -k, None], 1)


def best_of_each(rows: int, k: int, found: Sequence[BestPairs]) -> Lists:
    """The k best of each row; ties to the smaller partner."""
    at, partner, points = (np.concatenate(column) for column in zip(*found, strict=True))
    n = partner.max(initial=0) + 1
    key = np.sort((at * 10_001 + 10_000 - points) * n + partner)  # by row, then the highest points, then the place
    at, partner = key // (10_001 * n), key % n
    rank = np.arange(len(key)) - np.searchsorted(at, at)
    key, at, partner, rank = (column[rank < k] for column in (key, at, partner, rank))
    lists = Lists(np.full((rows, k), -1, np.int32), np.zeros((rows, k), np.int16))
    lists.partners[at, rank], lists.points[at, rank] = partner, 10_000 - key // n % 10_001
    return lists
