"""How long one save takes to reach every list that it touches, from PostgreSQL to PostgreSQL.

    python3 manage.py bench matching_stored [--organizations 10000] [--saves 20]

Row `refresh_one_stored`: seconds from the commit of a changed profile to the moment when its row, its column and every
list that they touch are stored again with their reasons, at the median of some saves; the largest is in the note. The
peer is the same portal making every list again. After the saves a full rebuild must find nothing to write.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from datetime import timedelta

import django

GOAL = 1.0  # seconds


def main():
    options = read_options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(options.organizations)
    from matchmaking.matching import match_lists

    rebuilding = timed(match_lists.rebuild)
    times, changes = saves(options.saves)
    differences = match_lists.rebuild()
    row("rebuild_stored", rebuilding, note=f"{options.organizations} organizations, every list with its reasons")
    median = statistics.median(times)
    note = f"{options.organizations} organizations; worst of {len(times)} {max(times):.2f} s; rows written, median "
    note += f"{statistics.median(changes):.0f}; rows that a rebuild then changes: {differences}"
    row("refresh_one_stored", median, peer="rebuild_stored", peer_value=rebuilding, note=note)
    if differences or median > GOAL:
        sys.exit(f"goal missed: {median:.2f} s, {differences} differences")


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--organizations", type=int, default=10_000)
    parser.add_argument("--saves", type=int, default=20)
    return parser.parse_args()


def fill(organizations, seed=40):
    """Organizations with about twelve claims each, in ten provinces; four in a hundred are financiers with limits."""
    from django.utils import timezone

    from members.models import Competence, FinancierTerms, Municipality, Need, Offer, Organization, Province
    from members.reference.loaders import CHIEF_TOWNS, load_taxonomy

    load_taxonomy()
    chance, today = random.Random(seed), timezone.localdate()
    towns = []
    for code, (latitude, longitude) in list(CHIEF_TOWNS.items())[:10]:
        province = Province.objects.create(
            code=code, name=code, region="Toscana", latitude=latitude, longitude=longitude
        )
        towns.append(Municipality.objects.create(name=code, province=province))
    kinds = ["firm"] * 80 + ["research_center"] * 16 + ["financier"] * 4
    made = Organization.objects.bulk_create(
        [
            Organization(
                kind=kinds[number % 100],
                name=f"Organizzazione {number}",
                slug=f"organizzazione-{number}",
                status="published",
                municipality=chance.choice(towns),
                is_visible_to_financiers=chance.random() < 0.5,
                reviewed_on=today - timedelta(days=chance.randrange(500)),
            )
            for number in range(organizations)
        ]
    )
    leaves = list(Competence.objects.selectable())
    offers, needs = [], []
    for organization in made:
        chosen = chance.sample(leaves, 12)
        trl = chance.choice([None, 5, 7, 9])
        offers += [
            Offer(organization=organization, competence=leaf, level=chance.randint(1, 5), trl=trl)
            for leaf in chosen[:8]
        ]
        needs += [
            Need(organization=organization, competence=leaf, priority=chance.randint(1, 3), is_blind=number == 0)
            for number, leaf in enumerate(chosen[8:])
        ]
    Offer.objects.bulk_create(offers, batch_size=5000)
    Need.objects.bulk_create(needs, batch_size=5000)
    financiers = [one for one in made if one.kind == "financier"]
    FinancierTerms.objects.bulk_create(
        FinancierTerms(organization=one, regions=["Toscana"], ticket_max=chance.choice([None, 500_000]))
        for one in financiers
    )


def saves(count):
    """Seconds and rows written of each of some saves: an offer and a need change, then the lists are stored again."""
    from matchmaking.matching import match_lists
    from members.models import Organization

    chance, times, written = random.Random(7), [], []
    organizations = list(Organization.objects.order_by("pk"))
    for _save in range(count):
        organization = chance.choice(organizations)
        offer, need = organization.offers.first(), organization.needs.first()
        offer.level = offer.level % 5 + 1
        offer.save()
        need.priority = need.priority % 3 + 1
        need.save()
        organization.save()
        began = time.perf_counter()
        written.append(match_lists.refresh_organization(organization.pk))
        times.append(time.perf_counter() - began)
    return times, written


def timed(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def row(name, value, peer="", peer_value=None, note=""):
    ratio = round(peer_value / value, 1) if peer_value else None
    peer_value = round(peer_value, 3) if peer_value else None
    values = {"name": name, "value": round(value, 3), "unit": "s", "peer": peer, "peer_value": peer_value}
    print(json.dumps(values | {"ratio": ratio, "note": note}), flush=True)


if __name__ == "__main__":
    main()
