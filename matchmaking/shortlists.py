"""Everybody's best partners, kept fresh when one organization changes, without asking everybody again.

Each list keeps a few more partners than are shown. When an organization changes, its own list is made again; it leaves
the lists that it was in, and enters those that its new points belong to. A list that lost a partner is still the true
beginning of the whole list, only shorter; when it becomes shorter than what is shown, it is made again. So what is
shown always equals a full rebuild.
"""

from __future__ import annotations

import numpy as np

from .engine import Engine, Found, Lists, best_of_each
from .scoring import Profile


class Shortlists:
    """The first `keep` partners of everybody, or fewer: at least `show`, if there are so many with any point."""

    def __init__(self, engine: Engine, keep: int = 32, show: int = 20):
        if not 0 < show <= keep:
            raise ValueError(f"show must be from 1 to {keep}, not {show}")
        self.engine, self.keep, self.show = engine, keep, show
        self.lists = engine.all_pairs(keep)
        self.is_whole = self.lists.points[:, -1] == 0  # there is nobody beyond the list

    @property
    def shown(self) -> Lists:
        """(n, show), for everybody."""
        return Lists(self.lists.partners[:, : self.show], self.lists.points[:, : self.show])

    def refresh(self, profile: Profile) -> np.ndarray:
        """Put a changed profile in the place of its old one, and say whose lists may have changed. KeyError if new."""
        row = self.engine.replace(profile)
        points = self.engine.column(row)
        was_in = (self.lists.partners == row).any(axis=1)
        touched = np.flatnonzero(was_in | ((points > 0) & (points >= self._least())))
        self._put(touched, row, points[touched])
        short = touched[~self.is_whole[touched] & (self.lists.points[touched, self.show - 1] == 0)]
        for each in {row, *short.tolist()}:
            self._make_again(each)
        return np.union1d(touched, row)

    def _least(self) -> np.ndarray:
        """(n,): the points of the last of each list; 0 when there is nobody beyond."""
        length = np.count_nonzero(self.lists.points, axis=1)
        last = self.lists.points[np.arange(len(length)), np.maximum(length - 1, 0)]
        return np.where(self.is_whole, 0, last)

    def _put(self, rows: np.ndarray, partner: int, points: np.ndarray) -> None:
        """Take a partner out of these lists and put it back where its new points belong, if that is in the list."""
        old = Lists(
            self.lists.partners[rows], np.where(self.lists.partners[rows] == partner, 0, self.lists.points[rows])
        )
        enters = np.flatnonzero((points > 0) & (self.is_whole[rows] | _is_before_last(partner, points, old)))
        at, place = np.nonzero(old.points)
        kept = Found(at, old.partners[at, place].astype(np.int64), old.points[at, place])
        new = Found(enters, np.full(len(enters), partner), points[enters])
        self.is_whole[rows] &= np.bincount(at, minlength=len(rows)) + np.isin(np.arange(len(rows)), enters) <= self.keep
        self.lists.partners[rows], self.lists.points[rows] = best_of_each(len(rows), self.keep, [kept, new])

    def _make_again(self, row: int) -> None:
        points = self.engine.row(row)
        partner = np.flatnonzero(points)
        found = Found(np.zeros_like(partner), partner, points[partner])
        self.lists.partners[row], self.lists.points[row] = (best[0] for best in best_of_each(1, self.keep, [found]))
        self.is_whole[row] = len(partner) <= self.keep


def _is_before_last(partner: int, points: np.ndarray, lists: Lists) -> np.ndarray:
    """(rows,): whether a partner with these points comes before the last of each list; not when a list is empty."""
    reverse = lists.points[:, ::-1] > 0
    last = lists.points.shape[1] - 1 - reverse.argmax(axis=1)
    rows = np.arange(len(last))
    last_partner, last_points = lists.partners[rows, last], lists.points[rows, last]
    ahead = (points > last_points) | ((points == last_points) & (partner < last_partner))
    return ahead & (last_points > 0)
