"""The words that the portal's public pages use, and the mending of those that nobody uses.

The vocabulary is read off the public texts now and then (a task): no draft, no note and no hidden field is ever
proposed to anybody. Other apps add their own texts to `PUBLIC_TEXTS`.
"""

from django.db import connection, transaction
from django.db.models import Q

from ..models import SearchWord
from ..rules import spelling

# Each gives one column of texts that everybody may read.
PUBLIC_TEXTS = [
    "SELECT concat_ws(' ', name, description) FROM members_organization WHERE status = 'published'",
    "SELECT concat_ws(' ', name_it, name_en) FROM members_competence WHERE merged_into_id IS NULL",
    "SELECT term FROM members_alias",
    """SELECT concat_ws(' ', facility.name, facility.description) FROM members_facility facility
    JOIN members_organization organization ON organization.id = facility.organization_id
    WHERE organization.status = 'published' AND members_is_open(organization.visibility, 'facilities')""",
    """SELECT details.certifications FROM members_firmdetails details
    JOIN members_organization organization ON organization.id = details.organization_id
    WHERE organization.status = 'published' AND members_is_open(organization.visibility, 'certifications')""",
    """SELECT concat_ws(' ', place.name, province.name) FROM members_municipality place
    JOIN members_province province ON province.code = place.province_id
    WHERE EXISTS (SELECT FROM members_organization WHERE municipality_id = place.id AND status = 'published')""",
]
COUNTED = """
SELECT word, coalesce((ts_lexize('italian_stem', word))[1], word), ndoc FROM ts_stat(%s)
WHERE word ~ '^[a-z]{2,40}$'
"""


def refresh_vocabulary() -> int:
    """Write the vocabulary anew from the public texts; how many words it has."""
    texts = "\nUNION ALL ".join(f"({sql})" for sql in PUBLIC_TEXTS)
    every_text = f"SELECT to_tsvector('simple', members_plain(text)) FROM ({texts}) public (text)"
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [every_text])
        found = cursor.fetchall()
    _write(found)
    return len(found)


@transaction.atomic
def _write(found):
    known = dict(SearchWord.objects.values_list("word", "uses"))
    SearchWord.objects.filter(word__in=known.keys() - {word for word, _stem, _uses in found}).delete()
    SearchWord.objects.bulk_create(
        [
            SearchWord(word=word, stem=stem, uses=uses, shortened=sorted(spelling.shortened(word)))
            for word, stem, uses in found
            if known.get(word) != uses
        ],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["word"],
        update_fields=["uses"],
    )


KNOWN = """
SELECT typed FROM unnest(%s::text[]) typed WHERE EXISTS (
    SELECT FROM members_searchword WHERE word = typed OR stem = (ts_lexize('italian_stem', typed))[1]
) OR EXISTS (SELECT FROM members_searchword WHERE word ^@ typed AND length(typed) > 3)
"""


def unknown_words(words) -> list[str]:
    """Those that no public page uses, in any of their forms or as a beginning."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(words)])
        known = {row[0] for row in cursor.fetchall()}
    return [word for word in words if word not in known]


def mend_words(words) -> dict[str, str]:
    """Unknown word → the nearest that the portal uses; without those that nothing is near."""
    typed = {word: spelling.shortened(word) for word in unknown_words(words) if spelling.mistakes_forgiven(word)}
    if not typed:
        return {}
    any_of = Q()
    for beginnings in typed.values():
        any_of |= Q(shortened__overlap=sorted(beginnings))
    near = list(SearchWord.objects.filter(any_of).values_list("word", "uses"))
    mended = {word: spelling.nearest(word, near) for word in typed}
    return {word: better for word, better in mended.items() if better}
