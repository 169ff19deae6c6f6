"""Figures that leave the Consorzio: nobody can tell what a handful of firms does, not even by subtracting.

A cell with fewer than `THRESHOLD` firms behind it is hidden. Where the published totals would give it back, further
cells are hidden with it, until each hidden cell can have at least two values. Nought is no firm, and is published.
Pure: no Django.
"""

from dataclasses import dataclass
from math import inf

THRESHOLD = 3


@dataclass(frozen=True)
class Cell:
    """A published figure: its value, how many firms stand behind it, and the total that it is part of, if any."""

    value: int
    firms: int
    parent: str | None = None


def thin(counts: list[int]) -> list[int | None]:
    """A funnel as it may be published: two figures that are shown are equal or at least `THRESHOLD` apart.

    Each stage is part of the one before, so that a difference is a group of firms as well. Nought closes the row.
    """
    shown, last = [], None
    for count in counts:
        is_small = 0 < count < THRESHOLD
        is_near = last is not None and 0 < last - count < THRESHOLD
        shown.append(None if is_small or is_near else count)
        last = last if shown[-1] is None else count
    return shown


def protect(cells: dict[str, Cell]) -> frozenset[str]:
    """The keys of the cells to hide. A total is the sum of the cells that name it as their parent."""
    hidden = {key for key, cell in cells.items() if 0 < cell.firms < THRESHOLD and cell.value}
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
