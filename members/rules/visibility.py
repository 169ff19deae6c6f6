"""Who sees which field of a profile: everybody, the network's members, the other party of an accepted request,
or nobody but its own people and the staff.

The organization chooses field by field (`Organization.visibility`); what it has not chosen stands here.
A field that is not in the table is part of every published profile (name, kind, place, competences offered).
"""

from enum import IntEnum


class Viewer(IntEnum):
    """Whoever looks at a profile, from the least to the most entitled."""

    PUBLIC = 0
    MEMBER = 1
    PARTY = 2  # the other side of a collaboration request that was accepted
    OWN = 3


LEVELS = {"public": Viewer.PUBLIC, "members": Viewer.MEMBER, "party": Viewer.PARTY, "nobody": Viewer.OWN}

DEFAULTS = {
    "vat_number": "members",
    "tax_code": "nobody",
    "legal_form": "public",
    "founded_on": "public",
    "size_class": "public",
    "workers": "members",
    "website": "public",
    "phone": "party",
    "contact_email": "party",
    "activities": "public",
    "plants": "members",
    "certifications": "public",
    "stage": "members",
    "capital_sought": "nobody",
    "facilities": "public",
    "terms": "public",
}


def level(chosen: dict[str, str], field: str) -> str:
    """ "public", "members" or "nobody": what was chosen, else the default; a value that means nothing hides."""
    value = chosen.get(field, DEFAULTS.get(field, "public"))
    return value if value in LEVELS else "nobody"


def may_see(chosen: dict[str, str], field: str, viewer: Viewer) -> bool:
    return viewer >= LEVELS[level(chosen, field)]
