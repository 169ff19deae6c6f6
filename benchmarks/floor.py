"""The floor that pages are measured against: five reads by key and a tiny template, asked in turn with them.

Milliseconds of a shared machine are not reproducible; the ratio of two pages asked in turn by one process is.
"""

import gc
import json
import os
import statistics
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ADDRESS = "/-misura/cinque-letture/"
TINY = "<!doctype html><title>x</title><ul>{% for row in rows %}<li>{{ row.name }}</li>{% endfor %}</ul>"
PEER = "view with five reads by key"
ROUNDS, WARM_UP = 150, 15


def begin():
    """Django over a new, migrated database; call it before anything of the portal is imported."""
    sys.path.insert(0, str(CHECKOUT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def serve():
    """Put the floor among the portal's pages: any five rows by key, one template, compiled once as every page's is."""
    from django.http import HttpResponse
    from django.template import engines
    from django.urls import path

    from gate40 import urls
    from members.guards import public
    from members.models import Competence

    template = engines["django"].from_string(TINY)
    keys = list(Competence.objects.values_list("pk", flat=True)[:5])

    @public("home")
    def five_reads(request):
        return HttpResponse(template.render({"rows": [Competence.objects.get(pk=key) for key in keys]}))

    urls.urlpatterns.append(path(ADDRESS.strip("/") + "/", five_reads))


def in_turn(client, *addresses, rounds=ROUNDS):
    """{address: milliseconds of each round}, the floor's among them: all through the whole stack, asked in turn.

    The floor is asked by somebody who has not signed in.
    """
    from django.test import Client

    clients = {ADDRESS: Client(SERVER_NAME="localhost"), **dict.fromkeys(addresses, client)}
    times = {address: [] for address in clients}
    for turn in range(WARM_UP + rounds):
        for address, asking in clients.items():
            taken = _milliseconds(asking.get, address)
            if turn >= WARM_UP:
                times[address].append(taken)
    return times


def _milliseconds(request, page):
    gc.collect(0)
    began = time.perf_counter()
    answer = request(page)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        sys.exit(f"{page} answered {answer.status_code}.")
    return taken


def report_page(name, address, times, note):
    """One row: the page and the floor as medians, and the median of the ratios of neighbours."""
    page, floor = times[address], times[ADDRESS]
    ratio = statistics.median(one / other for one, other in zip(page, floor, strict=True))
    report(name, statistics.median(page), "ms", note, PEER, statistics.median(floor), ratio)


def report(name, value, unit, note, peer=None, peer_value=None, ratio=None):
    ratio = ratio if ratio or not peer else value / peer_value
    line = {"name": name, "value": round(value, 2), "unit": unit, "peer": peer}
    line |= {"peer_value": peer and round(peer_value, 2), "ratio": ratio and round(ratio, 2), "note": note}
    print(json.dumps(line, ensure_ascii=False), flush=True)
