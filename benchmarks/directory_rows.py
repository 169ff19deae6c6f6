"""The rows of `benchmarks/pages.py` about the directory, over ten thousand organizations."""

import random
import sys

from django.db import connection

from members.directory.questions import Question
from members.models import Adhesion, Competence, Municipality, Network, Offer, Organization, Province

ORGANIZATIONS = 10_000


def rows():
    """(name, address, note) of the pages to ask, once the district stands."""
    _district(random.Random(40))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    note = f"{ORGANIZATIONS} organizations, {_found()} answer; {_plan()}"
    return [
        ("directory_search", "/rete/?q=filo+diamantato", note),
        ("directory_search_narrowed", "/rete/?q=filo+diamantato&kind=firm&province=MS", "with kind and province"),
        ("directory_whole", "/rete/", "first page without words: every facet counts all of them"),
    ]


def _district(chance):
    """Ten thousand firms in ten provinces, three competences each, with a page of text."""
    places = []
    for code in ("AR", "FI", "GR", "LI", "LU", "MS", "PI", "PO", "PT", "SI"):
        named = {"name": f"Provincia {code}", "region": "Toscana"}
        province = Province.objects.get_or_create(code=code, defaults=named)[0]
        places += [Municipality.objects.create(name=f"Comune {code} {n}", province=province) for n in range(5)]
    words = [competence.name_it for competence in Competence.objects.all()]
    organizations = Organization.objects.bulk_create(
        [
            Organization(
                kind=chance.choice(["firm", "firm", "firm", "research_center"]),
                name=f"Organizzazione {number} (esempio)",
                slug=f"organizzazione-{number}",
                status="published",
                municipality=chance.choice(places),
                description=" ".join(chance.choices(" ".join(words).split(), k=80)),
            )
            for number in range(ORGANIZATIONS)
        ],
        batch_size=1000,
    )
    leaves = list(Competence.objects.selectable())
    Offer.objects.bulk_create(
        [
            Offer(organization=one, competence=leaf, level=chance.randint(1, 5))
            for one in organizations
            for leaf in chance.sample(leaves, 3)
        ],
        batch_size=3000,
    )
    network = Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]
    Adhesion.objects.bulk_create(
        [Adhesion(organization=one, network=network, state="member") for one in organizations[::3]], batch_size=1000
    )


def _found():
    return Organization.objects.published().answering(Question.of("filo diamantato").reading).count()


def _plan():
    """What EXPLAIN says of the search, in a few words; a search that reads every row is no search."""
    plan = Organization.objects.published().answering(Question.of("filo diamantato").reading).explain()
    if "search_document_words" not in plan:
        sys.exit(f"The index is not used:\n{plan}")
    return "EXPLAIN: Bitmap Index Scan on search_document_words"
