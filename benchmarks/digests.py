"""What composing everybody's digest costs: `python3 manage.py bench digests [FIRMS]`.

Firms with eight offers, three hundred open calls and twenty matches each; everybody is due and has never heard
anything. Composing means reading, ranking, rendering and queueing. The peer is the loop that one would write first: a
firm at a time, its own queries and a pure score for every call; it is run for thirty of the same firms.
"""

import json
import os
import random
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from matchmaking.algorithms import scoring
from matchmaking.matching import inputs
from matchmaking.matching.reasons import explain
from matchmaking.models import Match, Opportunity, Requirement
from matchmaking.opportunities import ranking
from members.models import Competence, Municipality, Offer, Organization, Province, Representative, User
from members.reference.loaders import load_taxonomy
from news.delivery import mailing
from news.digests import digests
from news.models import Delivery, Subscription

FIRMS, CALLS, MATCHES, LOOPED = 10_000, 300, 20, 30


def main(firms):
    call_command("migrate", verbosity=0)
    load_taxonomy()
    make(firms)
    now = timezone.now()
    with Counted() as looped:
        for subscription in Subscription.objects.select_related("organization")[:LOOPED]:
            one_by_one(subscription, now)
    Delivery.objects.all().delete()
    with Counted() as composed:
        assert digests.compose_digests(now) == firms
    note = f"{firms} firms, {CALLS} open calls; peer: the per-firm loop, measured on {LOOPED}, for each firm"
    report("digest_composition", composed.seconds, "s", looped.seconds * firms / LOOPED, note)
    report("digest_composition_queries", composed.queries, "queries", looped.queries * firms / LOOPED, note)


class Counted:
    """Seconds and queries of a block."""

    def __enter__(self):
        self.captured = CaptureQueriesContext(connection)
        self.captured.__enter__()
        self.begun = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self.begun
        self.queries = len(self.captured)
        self.captured.__exit__(*error)


def make(firms):
    chance, leaves = random.Random(4), list(Competence.objects.selectable())
    code = settings.PORTAL["home_province"]  # digests are for the firms of the home province
    home, _is_new = Province.objects.get_or_create(code=code, defaults={"name": code})
    seat = Municipality.objects.create(name="Comune (esempio)", province=home, istat_code="999999")
    organizations = Organization.objects.bulk_create(
        Organization(kind="firm", name=f"Ditta {n}", slug=f"ditta-{n}", status="published", municipality=seat)
        for n in range(firms)
    )
    Offer.objects.bulk_create(
        Offer(organization=one, competence=leaf, level=chance.randint(1, 5))
        for one in organizations
        for leaf in chance.sample(leaves, 8)
    )
    calls = Opportunity.objects.bulk_create(
        Opportunity(
            title=f"Bando {n}",
            slug=f"bando-{n}",
            text="Testo.",
            status="published",
            published_at=timezone.now(),
            deadline=timezone.localdate() + timedelta(days=chance.randint(5, 90)),
        )
        for n in range(CALLS)
    )
    Requirement.objects.bulk_create(
        Requirement(opportunity=call, competence=leaf, weight=chance.randint(1, 3))
        for call in calls
        for leaf in chance.sample(leaves, 4)
    )
    make_matches(chance, organizations, leaves)
    people = User.objects.bulk_create(User(email=f"ditta-{one.pk}@esempio.example") for one in organizations)
    pairs = list(zip(people, organizations, strict=True))
    Representative.objects.bulk_create(Representative(user=user, organization=one) for user, one in pairs)
    Subscription.objects.bulk_create(
        Subscription(email=user.email, organization=one, confirmed_at=timezone.now()) for user, one in pairs
    )


def make_matches(chance, organizations, leaves):
    """One true score, kept for many pairs: what a digest reads of a match is its points and its lines."""
    code = leaves[0].code
    seeker = scoring.Profile(1, needs=(scoring.Need(code),))
    detail = scoring.score(seeker, scoring.Profile(2, offers=(scoring.Offer(code, 3),)), inputs.taxonomy()).as_dict()
    count = len(organizations)
    for start in range(0, count, 1000):
        Match.objects.bulk_create(
            Match(
                seeker=organizations[at],
                partner=organizations[(at + step * 7) % count],
                points=chance.randint(1, 9000),
                detail=detail,
            )
            for at in range(start, min(start + 1000, count))
            for step in range(1, min(MATCHES, count - 1) + 1)
            if step * 7 % count
        )


def one_by_one(subscription, now):
    """The loop: everything asked anew for each firm."""
    matches = explain(list(Match.objects.for_seeker(subscription.organization).with_partners().best_first()[:5]))
    ranked = ranking.rank_opportunities(Opportunity.objects.open(), subscription.organization)[:5]
    digest = digests.Digest(subscription, "prova", matches, ranked)
    mailing.queue_mail(subscription, "prova", *digests.render_digest(digest), told=digest.told)


def report(name, value, unit, peer_value, note):
    row = {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "peer": "per-firm loop",
        "peer_value": round(peer_value, 1),
    }
    print(json.dumps({**row, "ratio": round(peer_value / value, 1), "note": note}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FIRMS)
