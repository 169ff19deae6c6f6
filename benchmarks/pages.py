"""What pages cost: `python3 manage.py bench pages [ROW …]`.

A page is measured beside a floor, a view of five reads by key and a tiny template, both asked in turn in one process:
their ratio depends neither on the machine nor on what else runs. Each row is a function: it prepares what its page
shows, in a transaction that is never kept, and says which address to ask as whom.
"""

import json
import os
import random
import statistics
import sys
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")

import django

django.setup()

import directory_rows
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path
from django.utils import timezone

import gate40.urls
from matchmaking.models import Opportunity, Requirement
from members.guards import public
from members.models import Competence, Municipality, Organization, Province, Representative, User
from members.reference import load_taxonomy

ROUNDS, WARM_UP, SEED = 80, 10, 2026
OPEN = 5_000
FLOOR = "/-misura/cinque-letture/"
TINY = "<!doctype html><title>x</title><ul>{% for one in found %}<li>{{ one.name }}</li>{% endfor %}</ul>"


@public("home")
def five_reads(request):
    """The floor: five reads by primary key and a tiny template."""
    found = [Competence.objects.get(pk=key) for key in KEYS]
    return HttpResponse(engines["django"].from_string(TINY).render({"found": found}))


KEYS: list[int] = []


def opportunities_for_firm():
    """The list of opportunities for a signed-in firm: 5,000 open calls, ranked, with their verdicts."""
    firm = a_firm()
    some_calls(OPEN)
    return Client(), firm, "/opportunita/", f"{OPEN} open calls, signed in, 20 shown"


def opportunities_found():
    """As above, with words to find and a verdict to keep."""
    client, firm, _url, note = opportunities_for_firm()
    return client, firm, "/opportunita/?q=sensori&verdict=to_check", f"{note}, words and verdict"


def opportunities_public():
    """The same list for whoever has not signed in."""
    some_calls(OPEN)
    return Client(), None, "/opportunita/", f"{OPEN} open calls, nobody signed in"


ROWS = [opportunities_for_firm, opportunities_found, opportunities_public]


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
    """One row: median of the page, of the floor, and of the ratio of neighbours."""
    with transaction.atomic():
        client, user, url, note = row()
        if user:
            client.force_login(user)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        clients, seconds = {url: client, FLOOR: Client()}, {url: [], FLOOR: []}
        for number in range(ROUNDS + WARM_UP):
            for each, taken in seconds.items():
                spent = ask(clients[each], each)
                if number >= WARM_UP:
                    taken.append(spent)
        queries = count_queries(client, url)
        transaction.set_rollback(True)
    page, floor = (statistics.median(taken) * 1000 for taken in seconds.values())
    ratio = statistics.median(one / other for one, other in zip(*seconds.values(), strict=True))
    report(row.__name__, page, "ms", "five reads", floor, ratio, f"{note}; {queries} queries")


def ask(client, url):
    began = time.perf_counter()
    response = client.get(url)
    spent = time.perf_counter() - began
    if response.status_code != 200:
        sys.exit(f"{url}: {response.status_code}")
    return spent


class Counting:
    count = 0

    def __call__(self, execute, *arguments):
        self.count += 1
        return execute(*arguments)


def count_queries(client, url):
    with connection.execute_wrapper(counting := Counting()):
        client.get(url)
    return counting.count


def report(name, value, unit, peer, peer_value, ratio, note):
    line = {"name": name, "value": round(value, 2), "unit": unit, "peer": peer, "peer_value": round(peer_value, 2)}
    print(json.dumps({**line, "ratio": round(ratio, 2), "note": note}), flush=True)


def main(names):
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    if not Competence.objects.exists():
        load_taxonomy()
    KEYS.extend(Competence.objects.values_list("pk", flat=True)[:5])
    gate40.urls.urlpatterns.append(path(FLOOR.strip("/") + "/", five_reads))
    for row in ROWS:
        if not names or row.__name__ in names:
            measure(row)
    if not names or "directory_search" in names:
        directory_rows.directory_search()


if __name__ == "__main__":
    main(sys.argv[1:])
