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


class Vocabulary:
    """Terms made ready once, to be looked for in many texts. `terms` gives (code, term)."""

    def __init__(self, terms: Iterable[tuple[str, str]]):
        self.phrases = [(code, f" {phrase} ") for code, term in terms if (phrase := _stemmed(term))]

    def suggest(self, text: str, most: int = 8) -> list[str]:
        """Codes whose terms stand in the text as whole words, the most often named first (ties by code).

        A term of several words must stand whole. A plural English s is forgiven.
        """
        found = f" {_stemmed(text)} "
        counts: dict[str, int] = {}
        for code, phrase in self.phrases:
            if times := found.count(phrase):
                counts[code] = counts.get(code, 0) + times
        return sorted(counts, key=lambda code: (-counts[code], code))[:most]


def suggest(text: str, terms: Iterable[tuple[str, str]], most: int = 8) -> list[str]:
    """As `Vocabulary.suggest`, for one text."""
    return Vocabulary(terms).suggest(text, most)


def _stemmed(text: str) -> str:
    return " ".join(_stem(word) for word in words(text))


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
