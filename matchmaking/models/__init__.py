"""WHO FITS: matches between organizations, and the opportunities that they can browse."""

from .matches import Freshness, Match
from .opportunities import Opportunity, Requirement

__all__ = ["Freshness", "Match", "Opportunity", "Requirement"]
