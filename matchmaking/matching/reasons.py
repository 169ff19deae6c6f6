"""Scores in the reader's words: each line as a sentence with its points; distance and age as one says them."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from ..algorithms import scoring
from . import inputs


@dataclass(frozen=True)
class Reason:
    """One line of a score for a page or a mail: `text` without its points, `points` signed, two decimals."""

    text: str
    points: Decimal
    kind: str


def reasons(
    score: scoring.Score, names: dict[str, str] | None = None, sentences: dict[str, str] = scoring.SENTENCES
) -> list[Reason]:
    """The lines of a score as sentences, in the order of the score. They sum to it. Where an opportunity asks, the
    `sentences` are ASKED_OF_YOU or ASKED_OF_THEM: what it asks, then what is offered."""
    names = names if names is not None else inputs.names()
    return [Reason(_text(line, names, sentences), Decimal(line.points) / 100, line.kind) for line in score.lines]


def _text(line, names, sentences):
    first, *others = [gettext(sentences[key]) % values for key, values in scoring.phrases(line, names)]
    text = ("; " if sentences is not scoring.SENTENCES else ", ").join(filter(None, [first, ", ".join(others)]))
    return text[:1].upper() + text[1:]


def explain(matches):
    """The same matches, each with its `.lines`, `.gives` (what the partner brings) and `.takes` (what it receives)."""
    known = inputs.names()
    for match in matches:
        match.lines = reasons(match.reasons, known)
        match.gives = [line for line in match.lines if line.kind == scoring.THEY_OFFER]
        match.takes = [line for line in match.lines if line.kind == scoring.WE_OFFER]
        match.losses = [line for line in match.lines if line.kind in (scoring.DISTANCE, scoring.AGE)]
        match.distance = distance_words(match.reasons.distance_km)
        match.age = age_words((timezone.localdate() - match.partner.reviewed_on).days)
    return matches


def distance_words(km: int | None) -> str:
    """How far, from chief town to chief town."""
    if km is None:
        return gettext("distanza non nota")
    if km == 0:
        return gettext("nella stessa provincia")
    return gettext("a circa %(km)s km") % {"km": scoring.whole_text(km)}


def age_words(days: int) -> str:
    """How long ago a profile was reviewed."""
    if days < 1:
        return gettext("profilo rivisto oggi")
    if days < 60:
        return ngettext("profilo rivisto ieri", "profilo rivisto %(count)d giorni fa", days) % {"count": days}
    return gettext("profilo rivisto %(count)d mesi fa") % {"count": days // 30}
