"""Competences that a text speaks of, found by their names and by the words of the workshop. Pure: no Django.

A suggestion, never a fact: people confirm it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from . import text_index

NEAR_ENOUGH = 0.35  # of the best: what is less alike is not worth a person's time
_WORD = re.compile(r"[a-z0-9]+")
_ENDING = re.compile(
    r"(?<=\w{3})(?:es|(?<!s)s|[aeiou])$"
)  # of plurals and genders; "robotica" stays apart from "robot"


def words(text: str) -> list[str]:
    """Lower-case words without accents: "Metrologia, qualità" gives ["metrologia", "qualita"]."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _WORD.findall(plain)


class Vocabulary:
    """Terms made ready once, to be looked for in many texts. `terms` gives (code, term)."""

    def __init__(self, terms: Iterable[tuple[str, str]]):
        self.phrases = [(code, phrase) for code, term in terms if (phrase := _phrase(term)).strip()]

    def suggest(self, text: str, most: int = 8) -> list[str]:
        """Codes whose terms stand in the text as whole words, the most often named first (ties by code).

        A term of several words must stand whole. Plural and gender are forgiven: "reti neurali" names "rete neurale".
        """
        found = _phrase(text)
        counts: dict[str, int] = {}
        for code, phrase in self.phrases:
            if times := found.count(phrase):
                counts[code] = counts.get(code, 0) + times
        return sorted(counts, key=lambda code: (-counts[code], code))[:most]


def suggest(text: str, terms: Iterable[tuple[str, str]], most: int = 8) -> list[str]:
    """As `Vocabulary.suggest`, for one text."""
    return Vocabulary(terms).suggest(text, most)


def _phrase(text):
    """Its words without their endings, each between blanks of its own, so that neighbours are both counted."""
    return "".join(f" {_ENDING.sub('', word)} " for word in words(text))


def suggest_by_likeness(text: str, names: Mapping[str, Iterable[str]], most: int = 8) -> list[str]:
    """Codes whose names are like the text: first those named in it, then the nearest of those that share a word with it
    in either language ("tornitura CNC" finds "CNC turning and milling"). `names` gives code → its names."""
    named = suggest(text, [(code, name) for code, found in names.items() for name in found], most)
    ranked = _index(tuple((code, tuple(found)) for code, found in sorted(names.items()))).rank(text, 2 * most)
    near = [found.id for found in ranked if found.score >= NEAR_ENOUGH * ranked[0].score]
    sharing = [code for code in near if any(text_index.shared_words(text, name) for name in names[code])]
    return list(dict.fromkeys(named + sharing))[:most]


@lru_cache(maxsize=4)
def _index(names):
    return text_index.Index.build(dict(names))
