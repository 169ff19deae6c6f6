"""What somebody typed, and the ways to understand it: as it stands, with words mended, with most of the words.

Every list of the portal reads its words here, so that the same words find the same things everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Reading
from ..rules import wording
from . import vocabulary


class WordsField(forms.CharField):
    """A field of words to search for: a text is refused, and said so (a browser would cut it in silence)."""

    default_error_messages = {
        "too_long": _("Troppo lungo: con 200 caratteri o più non si cerca. Bastano due o tre parole.")
    }

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)

    def validate(self, value):
        super().validate(value)
        if len(value) >= wording.TOO_LONG:
            raise forms.ValidationError(self.error_messages["too_long"], code="too_long")


@dataclass(frozen=True)
class Question:
    """The words that count in what somebody typed."""

    text: str
    words: tuple[str, ...]
    unwanted: tuple[str, ...] = ()

    @classmethod
    def of(cls, text) -> Question:
        wanted, unwanted = wording.asked(text or "")
        telling = tuple(filter(wording.says_something, wanted))
        if not telling and "ai" in wanted:
            telling = ("ia",)
        return cls(text or "", telling, tuple(unwanted))

    def __bool__(self):
        return bool(self.words)

    @property
    def says_nothing(self):
        """Something was typed, and none of it is a word to look for: no query, and no demand either."""
        return bool(self.text.strip()) and not self.words

    @property
    def reading(self) -> Reading:
        return Reading(self.words, len(self.words), self.unwanted)

    def whole(self):
        """The readings that keep to what was typed, the strictest first."""
        return [self.reading, self.reading.begun()]

    def settle(self, finds: Callable[[Reading], bool], is_exact=False) -> Answer:
        """The strictest reading that finds something; that of the words as they stand when none does."""
        for reading in self.whole():
            if finds(reading):
                return Answer(self, reading)
        if is_exact:
            return Answer(self, self.reading, is_found=False)
        mended = vocabulary.mend_words(self.words)
        words = tuple(dict.fromkeys(mended.get(word, word) for word in self.words))
        for is_partial, reading in self._looser(words, mended):
            if finds(reading):
                return Answer(self, reading, mended if set(mended.values()) & set(reading.words) else {}, is_partial)
        return Answer(self, self.reading, is_found=False)

    def _looser(self, words, mended):
        """(are words left out, reading): the mended words, then most of them."""
        if mended:
            yield False, Reading(words, len(words), self.unwanted).begun()
        if len(words) > 1:
            most = len(words) - 1 if len(words) < 4 else len(words) // 2 + 1
            yield True, Reading(words, most, self.unwanted).begun()


@dataclass(frozen=True)
class Answer:
    """How a question was understood, to be said to whoever asked."""

    question: Question
    reading: Reading
    mended: dict[str, str] = field(default_factory=dict)
    is_partial: bool = False
    is_found: bool = True

    @property
    def is_as_typed(self):
        return not self.mended and not self.is_partial

    @property
    def is_demand(self):
        """Nobody has what was asked for: worth a note."""
        return not self.is_found or self.is_partial

    @property
    def corrections(self):
        return list(self.mended.items())
