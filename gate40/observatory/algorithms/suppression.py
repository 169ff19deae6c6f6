"""Figures that leave the Consorzio: nobody can tell what a handful of firms does, not even by subtracting.

A cell with fewer than `THRESHOLD` firms behind it is hidden. Where the published totals would give it back, further
cells are hidden with it, until each hidden cell can have at least two values. Nought is no firm, and is published.
Pure: no Django.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

THRESHOLD = 3
BAND = 5  # figures of open months: a band of so many, so that two months do not tell of one firm


def floor_of(value: int | None) -> int | None:
    """The least of the band in which a figure lies."""
    return None if value is None else value // BAND * BAND


def band(value: int | None) -> str | None:
    """A figure as it is shown before the report is closed: "0–4", "5–9" …"""
    low = floor_of(value)
    return None if low is None else f"{low}–{low + BAND - 1}"


@dataclass(frozen=True)
class Cell:
    """A published figure: its value, how many firms stand behind it, and the total that it is part of, if any."""

    value: int
    firms: int
    parent: str | None = None


def is_handful(firms: int) -> bool:
    """Would this figure, or this difference of two figures, tell of so few firms that each is known?"""
    return 0 < abs(firms) < THRESHOLD


def thin(counts: list[int], beside: Sequence[Sequence[int | None]] = ()) -> list[int | None]:
    """A funnel as it may be published beside the columns that a reader has already.

    Each stage is part of the one before, so that the difference of two figures of a column is a group of firms too; and
    whoever has two columns has, for each stage and each step between two stages, who came or went meanwhile. None of
    these may be a handful. Nought is no firm.
    """
    shown: list[int | None] = []
    for count in counts:
        tried = [*shown, count]
        shown.append(None if any(is_handful(told) for told in _told(tried, beside)) else count)
    return shown


def _told(column, beside):
    """What the last figure of a column lets a reader work out: itself, its differences, and their changes in time."""
    here, count = len(column) - 1, column[-1]
    above = [place for place, value in enumerate(column[:-1]) if value is not None]
    yield count
    for place in above:
        yield column[place] - count
    for other in beside:
        if other[here] is None:
            continue
        yield count - other[here]
        for place in above:
            if other[place] is not None:
                yield (column[place] - count) - (other[place] - other[here])


def too_near(cells: dict[str, Cell], published: Iterable[dict[str, int | None]]) -> frozenset[str]:
    """The cells that moved by a handful since a table that a reader has already: {key: its figure there}."""
    known = [(key, value) for table in published for key, value in table.items() if value is not None]
    return frozenset(key for key, value in known if key in cells and is_handful(cells[key].value - value))


def protect(cells: dict[str, Cell], also: Iterable[str] = ()) -> frozenset[str]:
    """The keys of the cells to hide, `also` among them. A total is the sum of the cells that name it as parent."""
    hidden = {key for key, cell in cells.items() if is_handful(cell.firms) and cell.value} | set(also)
    while solved := [key for key, (low, high) in ranges(cells, hidden).items() if key in hidden and low == high]:
        companions = _companions(cells, hidden, solved[0])
        if not companions:  # nothing published is left around it
            break
        hidden.add(companions[0])
    return frozenset(hidden)


def ranges(cells, hidden) -> dict[str, tuple[float, float]]:
    """What a reader can work out of each cell from those that are shown: the least and the most it can be.

    A hidden cell is known to be at least one. Sums in a tree: once up and once down finds the whole of it.
    """
    parts, order = _parts(cells), _leaves_first(cells)
    found = {key: (1, inf) if key in hidden else (cell.value, cell.value) for key, cell in cells.items()}
    for key in order:
        if parts[key]:
            found[key] = _meet(found[key], _sum(found[part] for part in parts[key]))
    for key in reversed(order):
        lows, highs = zip(*(found[part] for part in parts[key]), strict=True) if parts[key] else ((), ())
        for part in parts[key]:
            others_low = sum(lows) - found[part][0]
            others_high = sum(high for other, high in zip(parts[key], highs, strict=True) if other != part)
            found[part] = _meet(found[part], (found[key][0] - others_high, found[key][1] - others_low))
    return found


def _companions(cells, hidden, key):
    """What else could be hidden so that `key` is not given away: a sibling, else the total, else a part of it."""
    parts, parent = _parts(cells), cells[key].parent
    siblings = parts[parent] if parent else []
    around = [sorted(siblings, key=lambda other: cells[other].value), [parent] if parent else [], parts[key]]
    return [other for group in around for other in group if other not in hidden and cells[other].value > 0]


def _parts(cells):
    parts = {key: [] for key in cells}
    for key, cell in cells.items():
        if cell.parent:
            parts[cell.parent].append(key)
    return parts


def _leaves_first(cells):
    def depth(key):
        return 1 + depth(cells[key].parent) if cells[key].parent else 0

    return sorted(cells, key=depth, reverse=True)


def _meet(one, other):
    return max(one[0], other[0]), min(one[1], other[1])


def _sum(pairs):
    lows, highs = zip(*pairs, strict=True)
    return sum(lows), sum(highs)
