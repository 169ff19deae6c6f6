"""What pages cost: `python3 manage.py bench pages [ROW …]`.

A page is measured beside the floor of `floor.py`: their ratio depends neither on the machine nor on what else runs.
Each row is a function: it puts what its pages show into the database, which is thrown away afterwards, and says who
asks (a client) for what: (name, address, note) of each page.
"""

import random
import sys
from datetime import timedelta

import floor

floor.begin()

import directory_rows
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from matchmaking.models import Opportunity, Requirement
from members.directory import vocabulary
from members.models import Competence, Municipality, Organization, Province, Representative, SearchWord, User
from members.reference.loaders import load_taxonomy

SEED = 2026
OPEN = 5_000


def opportunities_for_firm():
    """The list of opportunities for a signed-in firm: 5,000 open calls, ranked, with their verdicts."""
    client = anonymous()
    client.force_login(a_firm())
    some_calls(OPEN)
    shown = f"{OPEN} open calls, signed in, 20 shown"
    return client, [
        ("opportunities_for_firm", "/opportunita/", shown),
        ("opportunities_found", "/opportunita/?q=sensori&verdict=to_check", f"{shown}, words and verdict"),
    ]


def opportunities_public():
    """The same list for whoever has not signed in."""
    some_calls(OPEN)
    return anonymous(), [("opportunities_public", "/opportunita/", f"{OPEN} open calls, nobody signed in")]


def directory_search():
    """The directory over ten thousand organizations, asked for an alias; then narrowed; then whole."""
    return anonymous(), directory_rows.rows()


def search_everything():
    """The one search over ten thousand organizations and 5,000 open calls: words of all, words of some, misspelt."""
    some_calls(OPEN)
    pages = directory_rows.rows()
    vocabulary.refresh_vocabulary()
    shown = f"{pages[0][2].split(',')[0]} and {OPEN} calls, {SearchWord.objects.count()} words"
    return anonymous(), [
        ("search_everything", "/cerca/?q=filo+diamantato", shown),
        ("search_common", "/cerca/?q=sensori", f"{shown}; a word of many"),
        ("search_misspelt", "/cerca/?q=sladatura", f"{shown}; a word to be mended"),
        ("search_in_vain", "/cerca/?q=qwertyuiop+zxcvb", f"{shown}; words that nobody has"),
        ("directory_misspelt", "/rete/?q=sladatura", f"{shown}; the directory alone"),
        ("opportunities_misspelt", "/opportunita/?q=sensoir", f"{shown}; the opportunities alone"),
    ]


ROWS = [opportunities_for_firm, opportunities_public, directory_search, search_everything]


def anonymous():
    return Client(SERVER_NAME="localhost")


def a_firm():
    province = Province.objects.get_or_create(code="MS", defaults={"name": "Massa-Carrara", "region": "Toscana"})[0]
    town = Municipality.objects.get_or_create(name="Carrara", province=province)[0]
    firm = Organization.objects.create(
        kind="firm", name="Misura (esempio)", slug="misura-esempio", status="published", municipality=town,
        workers=40, size_class="small",
    )  # fmt: skip
    codes = Competence.objects.selectable().order_by("code").values_list("pk", flat=True)
    for key in random.Random(SEED).sample(list(codes), 12):
        firm.offers.create(competence_id=key, level=3)
    user = User.objects.create_user("misura@persone.example", "x")
    Representative.objects.create(user=user, organization=firm, role="owner")
    return user


WORDS = "sensori marmo lavorazione digitale energia prototipo robot acqua ricerca impianto formazione".split()  # noqa: SIM905
RULES = [
    [],
    [{"about": "size", "any_of": ["micro", "small"]}],
    [{"about": "size", "any_of": ["large"]}, {"about": "territory", "any_of": ["regione:Toscana"]}],
    [{"about": "ateco", "any_of": ["28.92", "23"]}],
    [{"about": "territory", "any_of": ["comune:Carrara"]}, {"about": "age", "most": 60}],
]


def some_calls(count):
    if Opportunity.objects.exists():
        return
    dice, today, now = random.Random(SEED), timezone.localdate(), timezone.now()
    made = Opportunity.objects.bulk_create(
        Opportunity(
            kind="call",
            status="published",
            published_at=now,
            title=f"Bando esempio {number}: {dice.choice(WORDS)}",
            slug=f"bando-misura-{number}",
            text=" ".join(dice.choices(WORDS, k=300)),
            deadline=today + timedelta(days=dice.randrange(200)),
            rules=dice.choice(RULES),
        )
        for number in range(count)
    )
    competences = list(Competence.objects.selectable().values_list("pk", flat=True))
    Requirement.objects.bulk_create(
        Requirement(opportunity=each, competence_id=key, weight=dice.randrange(1, 4))
        for each in made
        for key in dice.sample(competences, 4)
    )


def measure(row):
    """Every page of one row, beside the floor, in a database as tidy as the nightly autovacuum leaves it."""
    client, pages = row()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    times = floor.in_turn(client, *(address for _name, address, _note in pages))
    for name, address, note in pages:
        floor.report_page(name, address, times, f"{note}; {count_queries(client, address)} queries")


class Counting:
    count = 0

    def __call__(self, execute, *arguments):
        self.count += 1
        return execute(*arguments)


def count_queries(client, address):
    with connection.execute_wrapper(counting := Counting()):
        client.get(address)
    return counting.count


def main(names):
    settings.ALLOWED_HOSTS = ["localhost"]
    load_taxonomy()
    floor.serve()
    for row in ROWS:
        if not names or row.__name__ in names:
            measure(row)


if __name__ == "__main__":
    main(sys.argv[1:])
