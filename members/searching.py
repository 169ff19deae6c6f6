"""The directory's search: what was asked, who answers, and the counts beside every filter.

The words of an organization lie ready in the database (`SearchDocument`); a search is one look into their index.
"""

import re
import unicodedata

from django.db.models import Count, F
from django.db.models.functions import Left
from django.utils import timezone

from .models import Adhesion, Competence, Offer, UnmetSearch

MOST_NEW_TEXTS_A_DAY = 500  # a robot cannot fill the disk
# An address, a telephone, a partita IVA: somebody may have pasted who they are.
PERSONAL = re.compile(r"@|(?:\d[\s./-]?){6,}")
BRANCH_LENGTH = 3  # "PRD"

# The ten provinces of Toscana as tiles: column and row, west to east and north to south.
TILES = {
    "MS": (0, 0), "LU": (1, 0), "PT": (2, 0), "PO": (3, 0),
    "PI": (1, 1), "FI": (2, 1), "AR": (3, 1),
    "LI": (1, 2), "SI": (2, 2),
    "GR": (2, 3),
}  # fmt: skip


def counts_by_kind(organizations) -> dict[str, int]:
    return dict(organizations.order_by().values_list("kind").annotate(Count("pk")))


def counts_by_province(organizations) -> list[tuple[str, str, int]]:
    """(code, name, how many), by name."""
    placed = organizations.order_by("municipality__province__name").exclude(municipality=None)
    return list(placed.values_list("municipality__province", "municipality__province__name").annotate(Count("pk")))


def counts_by_branch(organizations) -> list[tuple[str, str, int]]:
    """(code, name, how many offer something of the branch), in the order of the codes."""
    offers = Offer.objects.order_by().filter(organization__in=organizations.order_by().values("pk"))
    branch = Left("competence__code", BRANCH_LENGTH)
    counts = dict(offers.values_list(branch).annotate(Count("organization", distinct=True)))
    return [(one.code, one.name, counts[one.code]) for one in Competence.objects.branches() if one.code in counts]


def counts_by_network(organizations) -> list[tuple[str, str, int]]:
    """(slug, name, how many members)."""
    adhesions = Adhesion.objects.members().filter(organization__in=organizations.order_by().values("pk"))
    named = adhesions.order_by("network__name").values_list("network__slug", "network__name")
    return list(named.annotate(Count("organization")))


def note_unmet(text) -> None:
    """Count a search that nobody answered, once a call; whatever could say who asked is not written."""
    text, today = normalised(text), timezone.localdate()
    if not text or PERSONAL.search(text):
        return
    if UnmetSearch.objects.filter(text=text, day=today).update(count=F("count") + 1):
        return
    if UnmetSearch.objects.filter(day=today).count() < MOST_NEW_TEXTS_A_DAY:
        UnmetSearch.objects.bulk_create(
            [UnmetSearch(text=text, day=today)],
            update_conflicts=True,  # two workers at once: the second says the same again
            unique_fields=["text", "day"],
            update_fields=["text"],
        )


def normalised(text) -> str:
    """Small letters without accents, single blanks, 80 characters: the same wish is the same text."""
    marks_apart = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(letter for letter in marks_apart if not unicodedata.combining(letter)).split())[:80]
