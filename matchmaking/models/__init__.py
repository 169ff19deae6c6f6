"""WHO FITS: matches, what people say of them, and the opportunities that they can browse, follow and answer."""

from .changes import Change
from .consortia import Consortium, ConsortiumNote, Membership, MembershipChange, PartnershipRule
from .following import Bookmark, SavedSearch
from .imported import Imported
from .interests import Interest
from .matches import Freshness, Match, ProfileChange
from .opportunities import Asked, Document, Opportunity, Requirement, bring_asked
from .registrations import Registration
from .steering import Exclusion, Feedback, Intervention

__all__ = [
    "Asked",
    "Bookmark",
    "Change",
    "Consortium",
    "ConsortiumNote",
    "Document",
    "Exclusion",
    "Feedback",
    "Freshness",
    "Imported",
    "Interest",
    "Intervention",
    "Match",
    "Membership",
    "MembershipChange",
    "Opportunity",
    "PartnershipRule",
    "ProfileChange",
    "Registration",
    "Requirement",
    "SavedSearch",
    "bring_asked",
]
