"""A way of understanding what somebody typed, as a condition on a column of words and as a rank."""

from dataclasses import dataclass, replace

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import GreaterThanOrEqual

SHORTEST_BEGINNING = 3  # letters: "co" begins too many words


@dataclass(frozen=True)
class Reading:
    """Words as `wording` writes them, how many of them must be there (in any of their forms, or only begun), and what
    must not."""

    words: tuple[str, ...]
    least: int
    unwanted: tuple[str, ...] = ()
    is_begun: bool = False

    @property
    def is_whole(self):
        return self.least == len(self.words)

    def begun(self):
        """The same words, each perhaps only begun."""
        return replace(self, is_begun=True)

    def is_met_by(self, column):
        met = Q(**{column: self._expression(self.words if self.is_whole else [" | ".join(self.words)])})
        return met if self.is_whole else met & Q(GreaterThanOrEqual(self.hits(column), self.least))

    def hits(self, column):
        """How many of the words a row has."""
        found = (Case(When(**{column: self._word(word)}, then=1), default=0) for word in self.words)
        return sum(found, Value(0))

    def rank(self, column):
        """The more of the words and the weightier, the more."""
        any_word = _italian(" | ".join(_beginning(word) if self.is_begun else word for word in self.words))
        rank = SearchRank(F(column), any_word)
        return rank if self.is_whole else self.hits(column) + rank

    def _expression(self, words):
        if self.is_begun:
            found = self._word(words[0])
            for word in words[1:]:
                found &= self._word(word)
        else:
            found = _italian(" & ".join(map(_number, words)))
        for word in self.unwanted:
            found &= ~_italian(word)
        return found

    def _word(self, word):
        """One word in any of its forms, or as it begins."""
        begun = self.is_begun and len(word) >= SHORTEST_BEGINNING
        forms = _italian(_number(word))
        return forms | SearchQuery(f"{word}:*", config="simple", search_type="raw") if begun else forms


def _number(word):
    """A long number counts for what begins with it: 316 is in "316L"."""
    return _beginning(word) if word.isdigit() else word


def _beginning(word):
    return f"{word}:*" if len(word) >= SHORTEST_BEGINNING else word


def _italian(expression):
    return SearchQuery(expression, config="italian", search_type="raw")
