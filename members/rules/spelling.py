"""Misspelt words: which known words are near. Pure: no Django.

Two words that differ by few letters have a shorter one in common: the one left when those letters are taken away. So
the near words of a long list are found by looking up a few dozen strings, never by comparing with all of them (the
method of SymSpell); only the beginnings are taken apart, which keeps the strings few.
"""

from collections.abc import Iterable
from itertools import combinations

SHORTEST = 4  # letters of a word that may be mended: below, everything is near everything
LONG = 6  # letters from which two mistakes are forgiven
BEGINNING = 7  # letters that are taken apart


def mistakes_forgiven(word: str) -> int:
    if len(word) < SHORTEST or not word.isalpha():
        return 0
    return 2 if len(word) >= LONG else 1


def shortened(word: str) -> set[str]:
    """The beginning of a word, and what is left of it without one or two of its letters."""
    start = word[:BEGINNING]
    most = mistakes_forgiven(word)
    return {
        "".join(letter for at, letter in enumerate(start) if at not in gone)
        for count in range(most + 1)
        for gone in combinations(range(len(start)), count)
    }


def distance(one: str, other: str) -> int:
    """How many letters are missing, added, wrong or changed places with their neighbour."""
    before, last = [], list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, mate in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != mate))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == mate:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str | None:
    """The best of `known` (word, how often it is used) that is near enough: fewest mistakes, then the same first
    letter, then the word most used. None when none is near."""
    most = mistakes_forgiven(word)
    near = [(distance(word, other), other[0] != word[0], -times, other) for other, times in known]
    return min((found for found in near if found[0] <= most), default=(None,))[-1]
