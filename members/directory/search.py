"""The directory's search: what was asked, who answers, and the counts beside every filter.

The words of an organization lie ready in the database (`SearchDocument`); a search is one look into their index.
"""

import re
from collections import Counter

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import Competence, UnmetSearch
from ..rules import wording
from . import vocabulary

LONGEST_NOTED = 80
MOST_NEW_TEXTS_A_DAY = 500  # a robot cannot fill the disk
# An address, a telephone, a partita IVA: somebody may have pasted who they are.
PERSONAL = re.compile(r"@|(?:\d[\s./-]?){6,}")

# The ten provinces of Toscana as tiles: column and row, west to east and north to south.
TILES = {
    "MS": (0, 0), "LU": (1, 0), "PT": (2, 0), "PO": (3, 0),
    "PI": (1, 1), "FI": (2, 1), "AR": (3, 1),
    "LI": (1, 2), "SI": (2, 2),
    "GR": (2, 3),
}  # fmt: skip


# Every number beside the filters, in one statement: `found` answers the words, and tells for each organization which of
# the chosen filters it passes. A facet counts those who pass all the others.
FACETS = """
WITH found AS MATERIALIZED ({found})
SELECT 'place', found.kind, province.code, province.name, count(*)
FROM found LEFT JOIN members_province province ON province.code = found.province
WHERE passes_competence AND passes_network GROUP BY 1, 2, 3, 4
UNION ALL
SELECT 'competence', branch.code, branch.name_it, branch.name_en, count(*)
FROM (
    SELECT DISTINCT offer.organization_id, left(competence.code, 3) AS code
    FROM found JOIN members_offer offer ON offer.organization_id = found.id
    JOIN members_competence competence ON competence.id = offer.competence_id
    WHERE passes_kind AND passes_province AND passes_network
) offered JOIN members_competence branch ON branch.code = offered.code
WHERE branch.code <> '{fields}' GROUP BY 1, 2, 3, 4
UNION ALL
SELECT 'network', network.slug, network.name, '', count(*)
FROM found JOIN members_adhesion adhesion ON adhesion.organization_id = found.id
JOIN members_network network ON network.id = adhesion.network_id
WHERE adhesion.state = 'member' AND adhesion.until IS NULL AND passes_kind AND passes_province AND passes_competence
GROUP BY 1, 2, 3, 4
"""


class Facets:
    """How many each choice of each filter would leave: `kinds` {kind: count}, the others [(value, name, count)]."""

    def __init__(self, rows, kind="", province=""):
        """`rows` as FACETS gives them; `kind` and `province` are what is chosen."""
        places = [row[1:] for row in rows if row[0] == "place"]
        self.total = sum(row[-1] for row in places if kind in ("", row[0]) and province in ("", row[1]))
        self.kinds = _summed((row[0], row[-1]) for row in places if province in ("", row[1]))
        placed = _summed((row[1:3], row[-1]) for row in places if row[1] and kind in ("", row[0]))
        self.provinces = sorted(((*place, count) for place, count in placed.items()), key=lambda row: row[1])
        branches = sorted(row[1:] for row in rows if row[0] == "competence")
        self.branches = [(code, Competence.named(*names), count) for code, *names, count in branches]
        networks = [(slug, name, count) for facet, slug, name, _none, count in rows if facet == "network"]
        self.networks = sorted(networks, key=lambda row: row[1])


def facets(organizations, passes, kind="", province="") -> Facets:
    """The counts of whoever is in `organizations` (a queryset), with the condition that each filter puts."""
    named = {f"passes_{name}": condition for name, condition in passes.items()}
    found = organizations.order_by().annotate(province=F("municipality__province"), **named)
    sql, values = found.values_list("id", "kind", "province", *named).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(FACETS.format(found=sql, fields=Competence.APPLICATION_FIELDS), values)
        return Facets(cursor.fetchall(), kind, province)


def _summed(pairs) -> dict:
    counted = Counter()
    for key, count in pairs:
        counted[key] += count
    return counted


NOTED = """
INSERT INTO members_unmetsearch AS noted (text, day, marks, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (text, day) DO UPDATE SET
    marks = noted.marks | excluded.marks, count = bit_count((noted.marks | excluded.marks)::bit(64))
"""


def mark_of(organization) -> int:
    """The bit that says "this firm asked", without saying which: many firms share it, and a key keeps it ours."""
    if organization is None:
        return UnmetSearch.ANYBODY
    digest = salted_hmac("members.unmet_search", str(organization.pk)).digest()
    return 1 << int.from_bytes(digest[:8], "big") % UnmetSearch.FIRM_MARKS


def note_unmet(text, mark=UnmetSearch.ANYBODY) -> None:
    """Note a search that nobody answered: once for each firm and day, and whoever is no member together as one firm.

    Words that say nothing, misspelt words that the portal knows, and what could say who asked are not written.
    """
    if PERSONAL.search(text) or not _is_a_wish(text):
        return
    text, today = wording.plain(text)[:LONGEST_NOTED], timezone.localdate()
    noted = UnmetSearch.objects.filter(day=today)
    if noted.filter(text=text).exists() or noted.count() < MOST_NEW_TEXTS_A_DAY:
        with connection.cursor() as cursor:
            cursor.execute(NOTED, [text, today, mark])


def _is_a_wish(text):
    """Is there a word that says something, and more than a slip of the keyboard?"""
    asked = [word for word in wording.words(text) if wording.says_something(word)]
    unknown = vocabulary.unknown_words(asked)
    return bool(asked) and not (unknown and vocabulary.mend_words(asked).keys() >= set(unknown))
