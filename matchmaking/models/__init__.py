"""WHO FITS: matches between organizations, what people say of them, and the opportunities that they can browse."""

from .matches import Freshness, Match, ProfileChange
from .opportunities import Opportunity, Requirement
from .steering import Exclusion, Feedback, Intervention

__all__ = [
    "Exclusion",
    "Feedback",
    "Freshness",
    "Intervention",
    "Match",
    "Opportunity",
    "ProfileChange",
    "Requirement",
]
