"""WHO: organizations, their people, what they offer and need, and the networks they belong to."""

from .activities import EconomicActivity
from .competences import Alias, Competence, Complement
from .organizations import Adhesion, Network, Organization, Representative
from .places import Municipality, Province
from .profiles import Need, Offer
from .users import User

__all__ = [
    "Adhesion",
    "Alias",
    "Competence",
    "Complement",
    "EconomicActivity",
    "Municipality",
    "Need",
    "Network",
    "Offer",
    "Organization",
    "Province",
    "Representative",
    "User",
]
