"""Scores in the reader's words: each line of a score as a sentence with its points."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from . import matching, scoring


@dataclass(frozen=True)
class Reason:
    """One line of a score for a page or a mail: `text` without its points, `points` signed, two decimals."""

    text: str
    points: Decimal
    kind: str


def reasons(score: scoring.Score, names: dict[str, str] | None = None) -> list[Reason]:
    """The lines of a score as sentences, in the order of the score. They sum to it."""
    names = names if names is not None else matching.names()
    return [Reason(_text(line, names), Decimal(line.points) / 100, line.kind) for line in score.lines]


def _text(line, names):
    text = ", ".join(gettext(scoring.SENTENCES[key]) % values for key, values in scoring.phrases(line, names))
    return text[:1].upper() + text[1:]


def explain(matches):
    """The same matches, each with its `.lines`, `.gives` (what the partner brings) and `.takes` (what it receives)."""
    known = matching.names()
    for match in matches:
        match.lines = reasons(match.reasons, known)
        match.gives = [line for line in match.lines if line.kind == scoring.THEY_OFFER]
        match.takes = [line for line in match.lines if line.kind == scoring.WE_OFFER]
        match.losses = [line for line in match.lines if line.kind in (scoring.DISTANCE, scoring.AGE)]
    return matches
