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
ROUNDS = 150
WARM = 15


def begin():
    """Django over a new, migrated database; call it before anything of the portal is imported."""
    sys.path.insert(0, str(CHECKOUT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def floor_view(request):
    """What any page of the portal pays at least: five rows by key, one template."""
    from django.http import HttpResponse
    from django.template import engines

    from members.models import Competence

    rows = [Competence.objects.get(pk=pk) for pk in floor_view.keys]
    template = engines["django"].from_string("{% for row in rows %}<p>{{ row.code }}</p>{% endfor %}")
    return HttpResponse(template.render({"rows": rows}))


def in_turn(request, *pages):
    """Median milliseconds of the floor and of each page (a path), all through the whole stack, asked in turn."""
    from django.contrib.auth.decorators import login_not_required
    from django.urls import path

    from gate40 import urls
    from members.models import Competence

    floor_view.keys = list(Competence.objects.values_list("pk", flat=True)[:5])
    urls.urlpatterns.insert(0, path("pavimento/", login_not_required(floor_view)))
    asked = ["/pavimento/", *pages]
    times = {page: [] for page in asked}
    for turn in range(WARM + ROUNDS):
        for page in asked:
            taken = _milliseconds(request, page)
            if turn >= WARM:
                times[page].append(taken)
    return [statistics.median(times[page]) for page in asked]


def _milliseconds(request, page):
    gc.collect(0)
    began = time.perf_counter()
    answer = request(page)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        sys.exit(f"{page} answered {answer.status_code}.")
    return taken


def report(name, value, unit, note, peer=None, peer_value=None):
    line = {"name": name, "value": round(value, 2), "unit": unit, "peer": peer}
    line |= {"peer_value": peer and round(peer_value, 2), "ratio": peer and round(value / peer_value, 2), "note": note}
    print(json.dumps(line, ensure_ascii=False), flush=True)
