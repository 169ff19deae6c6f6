"""How words are read, in documents and in what people type: one normalizer for both. Pure: no Django.

`plain` is the same function as the database's `members_plain`, which writes the search indexes: the rules below are
regular expressions that Python and PostgreSQL read alike, and a test holds the two together.
"""

import re
import unicodedata

TOO_LONG = 200  # characters of a search; so many are a text, not words
MOST_WORDS = 12  # of a search; the others are not looked at

MARKS = r"[\u0300-\u036f]"
# Capitals say "artificial intelligence" where small letters are a preposition.
ENGLISH_AI = r"\yA\.?I\y"  # as PostgreSQL writes it: \y is Python's \b
RULES = [
    (r"(?<![a-z0-9])([a-z])\.(?=[a-z]{1,3}(?![a-z]))", r"\1"),  # "F.lli": flli; "S.n.c.": snc; "G.Rossi": g rossi
    (r"([0-9]),(?=[0-9])", r"\1."),  # "4,0" is 4.0
    (r"\.(?![0-9])", " "),
    (r"(?<![0-9])\.", " "),
    # Apostrophes of every shape, strokes, dashes and whatever else is neither a letter nor a digit.
    (r"[\u0001-\u002d\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2000-\u2bff\u3000-\u303f\ufffd]+", " "),
    (r"([a-z]{2})([0-9])", r"\1 \2"),  # "ISO9001": iso 9001
    (r"([0-9])([a-z]{3})", r"\1 \2"),  # "5assi": 5 assi; "316L" and "3D" stay
    (r" +", " "),
    (r"^ | $", ""),
]
_AI = re.compile(ENGLISH_AI.replace(r"\y", r"\b"))
_RULES = [(re.compile(pattern), replacement) for pattern, replacement in RULES]
_UNWANTED = re.compile(r"(?:^|\s)-([^\W\d]\S*)")

# Words that say nothing by themselves; the database's own list, longer in verbs, drops the rest beside other words.
SMALL_WORDS = frozenset(
    """a ad al allo ai agli all alla alle con col coi da dal dallo dai dagli dall dalla dalle di del dello dei degli
    dell della delle in nel nello nei negli nell nella nelle su sul sullo sui sugli sull sulla sulle per tra fra d l un
    uno una il lo la i gli le e ed o od ma se che chi cui non piu perche come dove quale quali quanto quanta quanti
    quante questo questa questi queste quello quella quelli quelle ci vi si mi ti ne noi voi io tu lui lei loro mio mia
    nostro nostra vostro vostra suo sua sono siamo e ha hanno ho abbiamo avere essere fa fanno gia puo cosi anche
    the of and for to with on an or by from is are at""".split()  # noqa: SIM905
)


def plain(text: str) -> str:
    """Small letters and digits without accents, one blank between words: "Qualità dell’ISO-9001" gives
    "qualita dell iso 9001"."""
    apart = re.sub(MARKS, "", unicodedata.normalize("NFKD", text.replace("\x00", "")))
    text = _AI.sub("ia", apart).lower()
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def words(text: str) -> list[str]:
    """The words of a text, as they stand in the indexes."""
    return plain(text).split()


def asked(text: str) -> tuple[list[str], list[str]]:
    """(words wanted, words not wanted) of what somebody typed: a minus before a word wants it away."""
    away = [word for found in _UNWANTED.findall(text) for word in words(found)]
    wanted = words(_UNWANTED.sub(" ", text))
    if wanted and wanted[-1] == "ai":  # a preposition never ends a phrase
        wanted[-1] = "ia"
    return list(dict.fromkeys(wanted))[:MOST_WORDS], away


def says_something(word: str) -> bool:
    """Is it more than a letter or a small word?"""
    return word not in SMALL_WORDS and (len(word) > 1 or word.isdigit())
