"""Texts that speak of the same thing: which of many documents a text, in Italian or in English, is nearest to.

Pure: Python and NumPy. Three signals are added, each in its own standard deviations (Fox and Shaw's CombSUM of scaled
scores); what they are worth, alone and together, is measured in `docs/text-signal.md`:

- *stems*: BM25 over the stems of the words;
- *cognates*: BM25 over stems that read alike in both languages ("physics", "fisica"), English words taken to Italian by
  a glossary of the workshop, and over pairs of neighbours;
- *characters*: TF-IDF over pieces of 3 to 5 letters, which forgives spellings and finds a word inside another.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import snowballstemmer

MOST_CHARACTERS = 20_000  # of a question; a longer one is read up to here
MOST_CHARACTERS_OF_A_DOCUMENT = 100_000
LONGEST_WORD = 40
OTHER_LANGUAGE = 0.3  # the weight of reading a question in the language that it seems not to be written in

_WORD = re.compile(r"[^\W_]+")
_STEMMERS = {"it": snowballstemmer.stemmer("italian"), "en": snowballstemmer.stemmer("english")}
_STOP_WORDS = {
    "it": frozenset(
        _WORD.findall("""
        a ad agli ai al all alla alle allo altra altre altri altro anche ancora che chi ci come con cui da dagli dai dal
        dall dalla dalle dallo degli dei del dell della delle dello di e ed essere fra gli ha hanno i il in inoltre io
        la le lo loro l ma mediante ne nei nel nell nella nelle nello negli noi non o od ogni per piu presso quale quali
        quella quelle quelli quello questa queste questi questo se si sia sono stata stato su sua sue sugli sui sul sull
        sulla sulle sullo suo suoi tale tali tra un una uno abbiamo cerchiamo cerco serve servono vorremmo
        """)
    ),
    "en": frozenset(
        _WORD.findall("""
        a about all also an and any are as at be been both but by can could do does each for from has have having he her
        his how i if in into is it its looking may more most no not of on one or other our should such than that the
        their them then there these they this those through to under up use was we were what when where which while who
        will with within without would you your
        """)
    ),
}
_ANY_STOP_WORD = _STOP_WORDS["it"] | _STOP_WORDS["en"]

# Spellings that part Italian from English though the root is one: "photography" and "fotografia" end up alike.
_ALIKE = [
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"ph", "f"),
        (r"th", "t"),
        (r"ch|k", "c"),
        (r"qu", "cu"),
        (r"[yj]", "i"),
        (r"w", "v"),
        (r"x", "s"),
        (r"tion", "sion"),
        (r"z", "s"),
        (r"[ao]e", "e"),
        (r"h", ""),
        (r"(.)\1", r"\1"),
    )
]


class Word(NamedTuple):
    """A word of a text: as it stands there, its stem, and the letters and the root that both languages share."""

    written: str
    stem: str
    letters: str
    root: str


def language(text: str) -> str | None:
    """ "it" or "en", by the small words of each; None when neither has more of them."""
    return _language(_spelt(text, MOST_CHARACTERS))


def read(text: str, language: str, most: int = MOST_CHARACTERS) -> list[Word]:
    """The words of a text without the small ones of either language, read as Italian ("it") or English ("en")."""
    return _read(_spelt(text, most), language)


def readings(text: str) -> list[tuple[float, list[Word]]]:
    """A question read in both languages, each reading with its weight: the other language still counts a little, so
    that a foreign term is found and more words never find less."""
    words = _spelt(text, MOST_CHARACTERS)
    likely = _language(words)
    return [(1.0 if likely in (tongue, None) else OTHER_LANGUAGE, _read(words, tongue)) for tongue in _STEMMERS]


def shared_words(question: str, text: str, most: int = 6) -> list[str]:
    """Words of `text`, as written there, that mean what a word of the question means; in the order of the text."""
    asked = {word.root for _weight, words in readings(question) for word in words}
    words = _spelt(text, MOST_CHARACTERS_OF_A_DOCUMENT)
    found = {word.root: word.written for word in _read(words, _language(words) or "it") if word.root in asked}
    return list(found.values())[:most]


def _spelt(text, most):
    plain = unicodedata.normalize("NFKC", text[:most])[:most].casefold()
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain)]


def _language(words):
    italian, english = (sum(word in _STOP_WORDS[tongue] for word in words) for tongue in ("it", "en"))
    if italian == english:
        return None
    return "it" if italian > english else "en"


def _read(words, tongue):
    found = (_word(word, tongue) for word in words)
    return [word for word in found if word is not None]


@lru_cache(maxsize=60_000)
def _word(word, tongue):
    written = _without_accents(word)
    if not written or written in _ANY_STOP_WORD:
        return None
    stem = _STEMMERS[tongue].stemWord(word)
    italian = (_glossary().get(word) or _glossary().get(stem)) if tongue == "en" else None
    other = _STEMMERS["it"].stemWord(italian) if italian else stem
    letters = _alike(_without_accents(italian or word))
    return Word(word, _without_accents(stem), letters, _alike(_without_accents(other))[:6])


def _without_accents(word):
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def _alike(word):
    for pattern, letters in _ALIKE:
        word = pattern.sub(letters, word)
    return word


@cache
def _glossary() -> dict[str, str]:
    """English words and their stems → the Italian word; written for this portal, beside this module."""
    with Path(__file__).with_name("glossary_en_it.csv").open(encoding="utf-8") as file:
        rows = [(row["english"], row["italian"]) for row in csv.DictReader(file)]
    stems = {_STEMMERS["en"].stemWord(english): italian for english, italian in reversed(rows)}
    return stems | dict(rows)


# What a reading is made of, for each signal: a Counter of terms.


def stems(words: list[Word]) -> Counter:
    return Counter(word.stem for word in words)


def cognates(words: list[Word]) -> Counter:
    """Roots, and pairs of neighbouring roots."""
    roots = [word.root for word in words if word.root]
    return Counter(roots) + Counter(zip(roots, roots[1:], strict=False))


class Ranked(NamedTuple):
    """A document and how near it is: above 0, without an upper end; to compare within one answer only."""

    id: object
    score: float


class Postings:
    """The weights of terms in documents, kept by term: a question touches only the terms that it has."""

    def __init__(self, terms, documents, weights, size):
        order = np.argsort(terms, kind="stable")
        self.documents, self.weights = documents[order].astype(np.int32), weights[order].astype(np.float32)
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(terms))]) if len(terms) else np.zeros(1, int)
        self.size = size

    def score(self, terms, weights):
        """Σ over the terms of weight in the question × weight in the document: one number for each document."""
        starts, lengths = self.starts[terms], self.starts[terms + 1] - self.starts[terms]
        offsets = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        touched = offsets + np.arange(len(offsets))
        amounts = self.weights[touched] * np.repeat(weights, lengths)
        return np.bincount(self.documents[touched], weights=amounts, minlength=self.size)


class Bm25:
    """Robertson's BM25 over the terms that `terms_of` finds in a reading."""

    def __init__(self, documents: list[list[list[Word]]], terms_of: Callable, k1=1.2, b=0.75):
        self.terms_of, self.vocabulary = terms_of, {}
        counts = [_most_of_each(map(terms_of, document)) for document in documents]
        rows = [
            (self.vocabulary.setdefault(term, len(self.vocabulary)), number, times)
            for number, count in enumerate(counts)
            for term, times in count.items()
        ]
        terms, numbers, times = np.array(rows, dtype=np.int64).reshape(-1, 3).T
        lengths = np.bincount(numbers, weights=times, minlength=len(documents))
        within = np.bincount(terms, minlength=len(self.vocabulary))
        rarity = np.log(1 + (len(documents) - within + 0.5) / (within + 0.5))
        relative = lengths[numbers] / max(lengths.mean(), 1) if len(documents) else lengths
        weights = rarity[terms] * times * (k1 + 1) / (times + k1 * (1 - b + b * relative))
        self.postings = Postings(terms, numbers, weights, len(documents))

    def score(self, question):
        """`question` gives weighted readings; a term said often counts by the logarithm."""
        amounts = {}
        for weight, words in question:
            for term, times in self.terms_of(words).items():
                if term in self.vocabulary:
                    amounts[term] = max(amounts.get(term, 0), weight * (1 + np.log(times)))
        return self.weigh(amounts)

    def weigh(self, amounts: Mapping):
        """The scores for known terms with given weights."""
        terms = np.array([self.vocabulary[term] for term in amounts], dtype=np.int64)
        return self.postings.score(terms, np.array(list(amounts.values()), dtype=float))


def _most_of_each(counters: Iterable[Counter]) -> Counter:
    first, *others = counters
    for other in others:
        first |= other
    return first


class Characters:
    """TF-IDF over pieces of 3 to 5 letters within and across words; long documents are held back by a pivoted norm
    (Singhal, Buckley, Mitra 1996: the whole norm would favour the shortest profiles)."""

    SIZES = (3, 4, 5)
    PIVOT = 0.75
    _ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789"
    _CODES = np.zeros(128, dtype=np.int64)
    _CODES[[ord(letter) for letter in _ALPHABET]] = np.arange(len(_ALPHABET))

    def __init__(self, documents: list[list[list[Word]]]):
        found = [self._pieces((1.0, words) for words in document) for document in documents]
        numbers = np.repeat(np.arange(len(documents)), [len(pieces) for pieces, _amounts in found])
        every = np.concatenate([pieces for pieces, _amounts in found] or [np.zeros(0, np.int64)])
        amounts = np.concatenate([amounts for _pieces, amounts in found] or [np.zeros(0)])
        self.vocabulary, terms = np.unique(every, return_inverse=True)
        within = np.bincount(terms, minlength=len(self.vocabulary))
        self.rarity = 1 + np.log((1 + len(documents)) / (1 + within))
        weights = amounts * self.rarity[terms]
        norms = np.sqrt(np.bincount(numbers, weights=weights**2, minlength=len(documents)))
        norms = (1 - self.PIVOT) * norms.mean() + self.PIVOT * norms if len(documents) else norms
        self.postings = Postings(terms, numbers, weights / norms[numbers], len(documents))

    def score(self, question):
        pieces, amounts = self._pieces(question)
        places = np.searchsorted(self.vocabulary, pieces)
        known = places < len(self.vocabulary)
        known[known] = self.vocabulary[places[known]] == pieces[known]
        terms = places[known]
        return self.postings.score(terms, amounts[known] * self.rarity[terms])

    @classmethod
    def _pieces(cls, weighted_readings):
        """Every piece once, as a number, with its weight: the greatest among the readings."""
        found = [(weight, cls._numbers(words)) for weight, words in weighted_readings]
        pieces = np.concatenate([numbers for _weight, (numbers, _times) in found])
        amounts = np.concatenate([weight * (1 + np.log(times)) for weight, (_numbers, times) in found])
        order = np.lexsort((-amounts, pieces))
        pieces, amounts = pieces[order], amounts[order]
        first = np.ones(len(pieces), dtype=bool)
        first[1:] = pieces[1:] != pieces[:-1]
        return pieces[first], amounts[first]

    @classmethod
    def _numbers(cls, words):
        """The pieces as numbers in base 37, told apart by size, and how often each is there."""
        text = f" {' '.join(word.letters for word in words if word.letters)} "
        codes = cls._CODES[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
        base, found = len(cls._ALPHABET), [np.zeros(0, dtype=np.int64)]
        for size in cls.SIZES:
            windows = np.lib.stride_tricks.sliding_window_view(codes, size) if len(codes) >= size else codes[:0, None]
            found.append(windows @ base ** np.arange(windows.shape[1]) + size * base ** max(cls.SIZES))
        return np.unique(np.concatenate(found), return_counts=True)


class Index:
    """Documents ready to be asked. Made once, asked often; the order of the documents does not matter."""

    def __init__(self, ids: list, signals: list):
        self.ids, self.signals = ids, signals

    @classmethod
    def build(cls, documents: Mapping[Any, str | Iterable[str]]) -> "Index":
        """From id → text, or the texts of one document: they are read as one. Measured: better than the best text."""
        ids = sorted(documents)
        read_documents = [_readings_of_document(documents[number]) for number in ids]
        signals = [Bm25(read_documents, stems), Bm25(read_documents, cognates), Characters(read_documents)]
        return cls(ids, signals)

    def rank(self, text: str, most: int | None = 20) -> list[Ranked]:
        """The documents that share anything with the text, the nearest first, ties by id; `most` of them."""
        question = readings(text)
        if not self.ids or not any(words for _weight, words in question):
            return []
        return best(self.ids, sum(_scaled(signal.score(question)) for signal in self.signals), most)


def best(ids: list, scores, most: int | None) -> list[Ranked]:
    """The positive scores, the greatest first; equal ones in the order of the ids."""
    scores = np.round(scores, 9)
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0][:most]
    return [Ranked(ids[place], float(scores[place])) for place in order]


def _readings_of_document(texts):
    """In its language; in both when it does not tell which it is."""
    text = texts if isinstance(texts, str) else "\n".join(texts)
    words = _spelt(text, MOST_CHARACTERS_OF_A_DOCUMENT)
    likely = _language(words)
    return [_read(words, tongue) for tongue in ([likely] if likely else _STEMMERS)]


def _scaled(scores):
    """In standard deviations of the positive scores, zero where nothing is shared (rank fusion would let the many zeros
    of one signal spoil the others). Few and near-equal scores do not grow beyond 10."""
    positive = scores[scores > 0]
    if not len(positive):
        return scores
    return scores / max(positive.std(), positive.max() / 10)


class PlainBm25:
    """The peer that the portal's signal is measured against: BM25 over stems, each text in its likely language."""

    def __init__(self, documents: Mapping[Any, str | Iterable[str]]):
        self.ids = sorted(documents)
        texts = [documents[number] for number in self.ids]
        self.signal = Bm25([_readings_of_document(text)[:1] for text in texts], stems)

    def rank(self, text: str, most: int | None = 20) -> list[Ranked]:
        counts = stems(read(text, language(text) or "it"))
        return best(self.ids, self.signal.weigh({t: n for t, n in counts.items() if t in self.signal.vocabulary}), most)
