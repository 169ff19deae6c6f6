"""What some more suppliers would close: drawn many times, told as a range. Pure: no Django.

Nobody knows which firms of a sector will come. So as many as asked are drawn from the profiles that its firms have,
again and again, and the answer is what nine draws in ten lie between.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

DRAWS = 400
LOW, HIGH = 0.05, 0.95
SEED = 40  # the same question gets the same answer


@dataclass(frozen=True)
class Range:
    """Gaps left: between `low` and `high` in nine draws of ten; `closed` is how often each competence was closed."""

    low: int
    high: int
    closed: dict[str, float]


def draw_gaps(
    supply: Mapping[str, int], enough: int, profiles: Sequence[Collection[str]], count: int, draws: int = DRAWS
) -> Range:
    """`supply` says of each competence that is asked for how many offer it here; `enough` of them are no gap.

    `count` firms come, each with a profile of `profiles` (codes that it offers). Raises ValueError without a profile.
    """
    if count and not profiles:
        raise ValueError
    chance, left, closed = random.Random(SEED), [], Counter()
    missing = {code: enough - here for code, here in supply.items() if here < enough}
    for _draw in range(draws):
        came = Counter(code for _firm in range(count) for code in chance.choice(profiles) if code in missing)
        filled = [code for code, needed in missing.items() if came[code] >= needed]
        closed.update(filled)
        left.append(len(missing) - len(filled))
    left.sort()
    shares = {code: times / draws for code, times in closed.items()}
    return Range(left[int(LOW * (draws - 1))], left[round(HIGH * (draws - 1))], shares)
