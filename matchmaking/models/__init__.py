"""WHO FITS: matches, what people say of them, the opportunities that they can browse, follow and answer, and the
requests that one organization sends to others."""

from .bookmarks import Bookmark, SavedSearch
from .changes import Change
from .consortia import Consortium, ConsortiumNote, Membership, MembershipChange, PartnershipRule
from .imports import Imported
from .interests import Interest
from .introductions import Introduction, IntroductionSide
from .invitations import Invitation, RequestStep
from .matches import Freshness, Match, ProfileChange
from .mutes import Mute
from .opportunities import AskedCompetence, Document, Opportunity, Requirement, bring_asked
from .registrations import Registration
from .requests import CollaborationRequest, RequestedCompetence
from .rooms import Message, Outcome, Room, RoomFile
from .services import Service, ServiceRequest, ServiceStep
from .steering import Exclusion, Feedback, Intervention

__all__ = [
    "AskedCompetence",
    "Bookmark",
    "Change",
    "CollaborationRequest",
    "Consortium",
    "ConsortiumNote",
    "Document",
    "Exclusion",
    "Feedback",
    "Freshness",
    "Imported",
    "Interest",
    "Intervention",
    "Introduction",
    "IntroductionSide",
    "Invitation",
    "Match",
    "Membership",
    "MembershipChange",
    "Message",
    "Mute",
    "Opportunity",
    "Outcome",
    "PartnershipRule",
    "ProfileChange",
    "Registration",
    "RequestStep",
    "RequestedCompetence",
    "Requirement",
    "Room",
    "RoomFile",
    "SavedSearch",
    "Service",
    "ServiceRequest",
    "ServiceStep",
    "bring_asked",
]
