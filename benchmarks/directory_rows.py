"""The rows of `benchmarks/pages.py` about the directory, over ten thousand organizations."""

import random
import sys

import floor

FLOOR = "view with five reads by key"
ORGANIZATIONS = 10_000
SEARCH = "/rete/?q=filo+diamantato"
SEARCH_AND_FILTER = "/rete/?q=filo+diamantato&kind=firm&province=MS"


def directory_search():
    """The directory, asked for an alias, over ten thousand organizations."""
    _district(random.Random(40))
    base, search, narrowed, whole = floor.in_turn(_anonymous(), SEARCH, SEARCH_AND_FILTER, "/rete/")
    note = f"{ORGANIZATIONS} organizations, {_found()} answer; {_plan()}; median of {floor.ROUNDS} alternated rounds"
    floor.report("directory_search", search, "ms", note, FLOOR, base)
    floor.report("directory_search_narrowed", narrowed, "ms", "the same with kind and province", FLOOR, base)
    floor.report(
        "directory_whole", whole, "ms", "first page without words: every facet counts all of them", FLOOR, base
    )


def _anonymous():
    from django.test import Client

    return Client(SERVER_NAME="localhost").get


def _district(chance):
    """Ten thousand firms in ten provinces, three competences each, with a page of text."""
    from django.db import connection

    from members.models import Adhesion, Competence, Municipality, Network, Offer, Organization, Province
    from members.reference import load_taxonomy

    load_taxonomy()
    places = []
    for code in ("AR", "FI", "GR", "LI", "LU", "MS", "PI", "PO", "PT", "SI"):
        province = Province.objects.create(code=code, name=f"Provincia {code}", region="Toscana")
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
    network = Network.objects.create(name="Gate 4.0", slug="gate-4-0")
    Adhesion.objects.bulk_create(
        [Adhesion(organization=one, network=network, state="member") for one in organizations[::3]], batch_size=1000
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _found():
    from members.models import Organization

    return Organization.objects.published().answering("filo diamantato").count()


def _plan():
    """What EXPLAIN says of the search, in a few words; a search that reads every row is no search."""
    from members.models import Organization

    plan = Organization.objects.published().answering("filo diamantato").explain()
    if "search_document_words" not in plan:
        sys.exit(f"The index is not used:\n{plan}")
    return "EXPLAIN: Bitmap Index Scan on search_document_words"
