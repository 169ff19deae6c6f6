"""WHO: organizations, their people, what they offer and need, and the networks they belong to."""

from .activities import EconomicActivity
from .backoffice import Export, FormerAddress, ToldApart
from .competences import Alias, Competence, Complement, Crosswalk, TermProposal
from .details import Facility, FinancierTerms, FirmDetails, Stage
from .facts import Fact
from .imports import ImportBatch, ImportedOrganization, ListUpload, ListWord, UpdatedOrganization
from .networks import Adhesion, Network
from .organizations import LegalForm, Organization
from .people import Claim, Representative, RepresentativeInvitation
from .places import Municipality, Province
from .profiles import Need, Offer, bring_offers
from .readings import Reading
from .search_fields import search_words
from .searches import CompetenceDocument, SearchDocument, SearchWord, UnmetSearch
from .security import SecurityEvent
from .users import User

__all__ = [
    "Adhesion",
    "Alias",
    "Claim",
    "Competence",
    "Complement",
    "Crosswalk",
    "EconomicActivity",
    "Export",
    "Facility",
    "Fact",
    "FinancierTerms",
    "FirmDetails",
    "FormerAddress",
    "ImportBatch",
    "ImportedOrganization",
    "LegalForm",
    "ListUpload",
    "ListWord",
    "Municipality",
    "Need",
    "Network",
    "Offer",
    "Organization",
    "Province",
    "Representative",
    "RepresentativeInvitation",
    "SearchDocument",
    "SecurityEvent",
    "Stage",
    "TermProposal",
    "ToldApart",
    "UnmetSearch",
    "UpdatedOrganization",
    "Reading",
    "search_words",
    "CompetenceDocument",
    "SearchWord",
    "User",
    "bring_offers",
]
