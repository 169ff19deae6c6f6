"""WHO FITS: matches between organizations, and the opportunities that they can browse, follow and answer."""

from .changes import Change
from .following import Bookmark, SavedSearch
from .imported import Imported
from .interests import Interest
from .matches import Freshness, Match
from .opportunities import Document, Opportunity, Requirement
from .registrations import Registration

__all__ = [
    "Bookmark",
    "Change",
    "Document",
    "Freshness",
    "Imported",
    "Interest",
    "Match",
    "Opportunity",
    "Registration",
    "Requirement",
    "SavedSearch",
]
