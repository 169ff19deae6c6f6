"""Two organizations that do not exist, scored: the worked example of the page about the score. Pure: no Django."""

from dataclasses import dataclass

from . import scoring
from .scoring import Need, Offer, Profile

KILOMETRES = 47
DEFAULT = scoring.Weights()
SEEKER = Profile(
    "Marmi Inventati",
    offers=(Offer("PRD.01.04", 4), Offer("QLT.01.03", 1)),
    needs=(Need("QLT.01.02", 3), Need("QLT.02.01", 2, trl=7), Need("SIM.02.03", 1)),
)
PARTNER = Profile(
    "Laboratorio di Fantasia",
    "research_center",
    offers=(Offer("QLT.01.01", 4), Offer("DIG.01.03", 5, trl=6)),
    needs=(Need("PRD.01", 2),),
    reviewed_days_ago=260,
)


@dataclass(frozen=True)
class Example:
    """The score of the example and the steps that lead to it, in hundredths where they are points."""

    score: scoring.Score
    direct: int
    mutual: int

    @property
    def gained(self) -> int:
        return self.direct + self.mutual

    @property
    def lost(self) -> int:
        return self.gained - self.score.points


def worked(taxonomy: scoring.Taxonomy, weights: scoring.Weights = DEFAULT) -> Example | None:
    """The example over this taxonomy; None if it lacks a competence of the example."""
    try:
        score = scoring.score(SEEKER, PARTNER, taxonomy, KILOMETRES, weights)
    except scoring.UnknownCompetence:
        return None
    direct = weights.direct * score.x
    return Example(score, direct, scoring.base_points(score.x, score.y, weights) - direct)
