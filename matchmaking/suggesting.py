"""Competences that a text speaks of, found by their names and by the words of the workshop. Pure: no Django.

A suggestion, never a fact: people confirm it.
"""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """Lower-case words without accents: "Metrologia, qualità" gives ["metrologia", "qualita"]."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _WORD.findall(plain)


def suggest(text: str, terms: Iterable[tuple[str, str]], most: int = 8) -> list[str]:
    """Codes whose terms stand in the text as whole words, the most often named first (ties by code).

    `terms` gives (code, term); a term of several words must stand whole. A plural English s is forgiven.
    """
    found = f" {' '.join(_stem(word) for word in words(text))} "
    counts: dict[str, int] = {}
    for code, term in terms:
        phrase = " ".join(_stem(word) for word in words(term))
        if phrase and (times := found.count(f" {phrase} ")):
            counts[code] = counts.get(code, 0) + times
    return sorted(counts, key=lambda code: (-counts[code], code))[:most]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
