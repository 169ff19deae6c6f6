"""What a careful reader can work out of published figures: the other side of `suppression`. Pure: no Django.

Each published figure is a line of a linear system over what is not published. Whatever the lines determine, by
elimination or by the bounds that they put on one another, is known to the reader; a group of fewer than `THRESHOLD`
firms that is known so is a leak.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf

from .suppression import is_handful

Combination = Mapping[Hashable, int]
ROUNDS = 60  # of bounds that narrow one another; they hardly ever need ten


@dataclass(frozen=True)
class Line:
    """The sum of some unknowns lies between `low` and `high`; the same where a figure is published as it is."""

    parts: Combination
    low: float
    high: float


def told(value: int | str | None, hidden_low: int = 1) -> tuple[float, float]:
    """The bounds that a published figure gives: itself, its band ("5–9"), or that it is at least one where hidden."""
    if value is None:
        return hidden_low, inf
    if isinstance(value, str):
        low, high = value.split("–")
        return int(low), int(high)
    return value, value


def handfuls(lines: Iterable[Line], wanted: Mapping[str, Combination], hidden: Collection[str] = ()) -> dict[str, int]:
    """Which of the `wanted` combinations of unknowns the lines give away as a handful of firms, and how many.

    Of what is `hidden` any number is too much: many answers may be those of one firm.
    """
    lines = list(lines)
    solved, bounds = _echelon(lines), _bounds(lines)
    found = {}
    for name, combination in wanted.items():
        value = _determined(combination, solved, bounds)
        if value is not None and (is_handful(value) or (value and name in hidden)):
            found[name] = value
    return found


def _determined(combination, solved, bounds):
    rest, value = _reduce({key: Fraction(times) for key, times in combination.items()}, Fraction(0), solved)
    if not rest:
        return int(-value)
    low, high = _extent(combination, bounds)
    return int(low) if low == high else None


def _echelon(lines):
    """{pivot: (row without it, value)} of the exact lines: each says pivot = value - row."""
    solved = {}
    for line in lines:
        if line.low != line.high:
            continue
        row, value = _reduce({key: Fraction(times) for key, times in line.parts.items()}, Fraction(line.low), solved)
        if row:
            pivot = next(iter(row))
            times = row.pop(pivot)
            solved[pivot] = ({key: each / times for key, each in row.items()}, value / times)
    return solved


def _reduce(row, value, solved):
    """The row with every solved unknown replaced; what is replaced goes over to the value."""
    while pivot := next((key for key in row if key in solved), None):
        times = row.pop(pivot)
        rest, known = solved[pivot]
        value -= times * known
        for key, each in rest.items():
            row[key] = row.get(key, 0) - times * each
            if not row[key]:
                del row[key]
    return row, value


def _bounds(lines):
    """The least and the most that each unknown can be: nobody counts fewer firms than none."""
    bounds = {key: (0, inf) for line in lines for key in line.parts}
    for _round in range(ROUNDS):
        before = dict(bounds)
        for line in lines:
            _narrow(line, bounds)
        if before == bounds:
            break
    return bounds


def _narrow(line, bounds):
    for key, times in line.parts.items():
        others = {other: each for other, each in line.parts.items() if other != key}
        low, high = _extent(others, bounds)
        ends = sorted(((line.low - high) / times, (line.high - low) / times))
        was = bounds[key]
        least = was[0] if ends[0] == -inf else max(was[0], ceil(ends[0]))
        most = was[1] if ends[1] == inf else min(was[1], floor(ends[1]))
        bounds[key] = (least, most)


def _extent(combination, bounds):
    low = high = 0
    for key, times in combination.items():
        ends = sorted(times * end if end != inf else inf * times for end in bounds.get(key, (0, inf)))
        low, high = low + ends[0], high + ends[1]
    return low, high
