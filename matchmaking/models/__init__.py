"""WHO FITS: matches, what people say of them, the opportunities that they can browse, follow and answer, and the
requests that one organization sends to others."""

from .changes import Change
from .following import Bookmark, SavedSearch
from .imported import Imported
from .interests import Interest
from .introductions import Introduction, IntroductionSide
from .invitations import Invitation, RequestStep
from .matches import Freshness, Match, ProfileChange
from .muting import Mute
from .opportunities import Document, Opportunity, Requirement
from .registrations import Registration
from .requests import CollaborationRequest, RequestedCompetence
from .rooms import Message, Outcome, Room, RoomFile
from .steering import Exclusion, Feedback, Intervention
from .tailored import Service, ServiceRequest, ServiceStep

__all__ = [
    "Bookmark",
    "Change",
    "CollaborationRequest",
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
    "Message",
    "Mute",
    "Opportunity",
    "Outcome",
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
]
