"""WHO: organizations, their people, what they offer and need, and the networks they belong to."""

from .activities import EconomicActivity
from .competences import Alias, Competence, Complement, Crosswalk, TermProposal
from .details import Facility, FinancierTerms, FirmDetails, Stage
from .networks import Adhesion, Network
from .organizations import LegalForm, Organization
from .people import Claim, Representative, RepresentativeInvitation
from .places import Municipality, Province
from .profiles import Need, Offer
from .users import User

__all__ = [
    "Adhesion",
    "Alias",
    "Claim",
    "Competence",
    "Complement",
    "Crosswalk",
    "EconomicActivity",
    "Facility",
    "FinancierTerms",
    "FirmDetails",
    "LegalForm",
    "Municipality",
    "Need",
    "Network",
    "Offer",
    "Organization",
    "Province",
    "Representative",
    "RepresentativeInvitation",
    "Stage",
    "TermProposal",
    "User",
]
