"""What one more line of a profile would change: counterfactuals, by the same engine that scores.

Only what everybody may know is read: the open needs of the others. So a hint tells nothing of blind needs, nor of what
others have answered about the reader. An abbinamento counts here when the reader's score for the other organization is
at least `WORTH`.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from ..algorithms.scoring import Offer
from .inputs import Everybody

WORTH = 1_000  # hundredths: ten points of a hundred
LEVEL = 3  # "padroneggia", for a competence that the organization has not declared
TRIED, TOLD = 12, 3
PATIENCE = 0.3  # seconds: a hint is not worth a slow page


@dataclass(frozen=True)
class Hint:
    """Say `code` and there are `more` matches. `is_proof`: it is offered already, but nobody has confirmed it."""

    code: str
    more: int
    is_proof: bool


def hints(organization_id: int, everybody: Everybody | None = None, patience: float = PATIENCE) -> list[Hint]:
    """Up to three additions to what an organization offers, those that bring most first; ties by code.

    Nothing for an organization that is not published. What takes longer than `patience` seconds is not tried.
    """
    end = time.monotonic() + patience
    everybody = everybody or Everybody(with_blind=False)
    if organization_id not in everybody.row_of:
        return []
    engine, profile = everybody.engine, everybody.profile(organization_id)
    before, found = _worthwhile(engine, organization_id), []
    for code, offers in _additions(everybody, profile):
        if time.monotonic() > end:
            break
        engine.replace(replace(profile, offers=offers))
        more = int((_worthwhile(engine, organization_id) & ~before).sum())
        found.append(Hint(code, more, any(offer.code == code for offer in profile.offers)))
    return sorted((hint for hint in found if hint.more), key=lambda hint: (-hint.more, hint.code))[:TOLD]


def _worthwhile(engine, id) -> np.ndarray:
    """(n,) bool: for whom this organization is worth suggesting."""
    row = engine.row_of[id]
    column = engine.column(row) >= WORTH
    column[row] = False
    return column


def _additions(everybody, profile):
    """(code, offers with the addition): proofs of what was inferred, then what most openly seek and it lacks."""
    for inferred in (offer for offer in profile.offers if not offer.declared):
        others = [offer for offer in profile.offers if offer != inferred]
        yield inferred.code, (*others, replace(inferred, declared=True))
    offered = {offer.code for offer in profile.offers}
    sought = Counter(everybody.taxonomy.competences[code] for code in everybody.asked.code.tolist())
    for code, _count in sorted(sought.items(), key=lambda each: (-each[1], each[0]))[:TRIED]:
        if code not in offered:
            yield code, (*profile.offers, Offer(code, LEVEL))
