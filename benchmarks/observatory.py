"""What the assembly's figures cost: `python3 manage.py bench observatory [EVENTS …]`.

For 1,000, 10,000 and 100,000 dated facts (deliveries, consents, offers, needs, adhesions, first matches, interests) of
a tenth as many organizations: the funnel of a day in the middle of the year, the gaps, and the report with both, in
seconds and queries; and what three roles can work out of all that they get in that year. The peer of the funnel is the
loop that one would write first, a firm at a time, measured on fifty of them; what it counts is compared with what the
database counts.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from datetime import date, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gate40.observatory import closing, funnel, gaps, months, report
from gate40.observatory.algorithms import reader
from gate40.observatory.models import Experiment, First
from matchmaking.models import Interest, Opportunity, Requirement
from members.models import Adhesion, Competence, Municipality, Need, Network, Offer, Organization, Province, UnmetSearch
from members.reference.loaders import load_taxonomy
from news.models import Consent, Delivery, Subscription

SIZES = [1_000, 10_000, 100_000]
LOOPED, ROUNDS = 50, 3
START, DAYS = date(2025, 1, 1), 365
HOME = "MS"


def main(sizes):
    call_command("migrate", verbosity=0)
    load_taxonomy()
    for events in sizes:
        empty()
        measure(events)


def empty():
    """Ledgers refuse to be emptied: their triggers rest meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        call_command("flush", interactive=False, verbosity=0)
        cursor.execute("SET session_replication_role = origin")
    load_taxonomy()


def measure(events):
    made = World(events)
    moment = funnel.Moment(START + timedelta(days=DAYS // 2), made.network)
    firms = Organization.objects.filter(kind="firm", municipality__province=HOME).count()
    note = f"{made.organizations} organizations, {made.events} facts, {firms} firms at home; best of {ROUNDS}"
    rows, seconds, queries = timed(lambda: funnel.compute_funnel(moment, HOME))
    counts = [row.count for row in rows]
    assert counts == sorted(counts, reverse=True) and counts[0] == firms
    looped, asked = loop(moment)
    show(f"funnel_{events}", seconds, "s", "loop over the firms", looped * firms, f"{note}; {counts}")
    show(f"funnel_queries_{events}", queries, "queries", "loop over the firms", asked * firms, note)
    found, seconds, queries = timed(lambda: gaps.compute_gaps(made.network, HOME))
    show(f"gaps_{events}", seconds, "s", None, None, f"{note}; {gaps.count(found)} gaps, {queries} queries")
    experiment = Experiment.objects.create(
        name="Misura", network=made.network, starts_on=START, ends_on=START + timedelta(days=DAYS)
    )
    _content, seconds, queries = timed(lambda: report.build(experiment))
    show(f"report_{events}", seconds, "s", None, None, f"funnel of two days, gaps, suppression; {queries} queries")
    for role, (found, contents) in recover(experiment).items():
        note = f"{contents} reports; {', '.join(sorted(found)[:3])}"
        show(f"cells_recovered_{role}_{events}", len(found), "cells", None, None, note)


def recover(experiment):
    """{role: (what it can work out, of how many reports)} over every month of the year, the closing and the profiles.

    Months look back: needs and searches are those of today in each, funnel and answers those of their last day.
    """
    for month in range(1, 13):
        months.publish_month(experiment, date(START.year + month // 12, month % 12 + 1, 1) - timedelta(days=1))
    Experiment.objects.filter(pk=experiment.pk).update(state=Experiment.State.READY)
    closing.close_experiment(experiment)
    experiment.refresh_from_db()
    closing.approve_report(experiment, approved_on=timezone.localdate(), decision="goes_on")
    told = [month.report for month in experiment.months.order_by("last_day")]
    closed = [experiment.snapshot.report]
    home = Need.objects.filter(is_blind=False, organization__municipality__province=HOME)
    seen = Counter(home.filter(organization__status="published").values_list("competence__code", flat=True))
    has = {"partner": ([*told, *closed], None), "member": (closed, seen), "stranger": (closed, None)}
    return {role: (reader.leaks(*each), len(each[0])) for role, each in has.items()}


def timed(work):
    """(what it gives, seconds of the best round, queries)."""
    with CaptureQueriesContext(connection) as captured:
        given = work()
    best = min(_seconds(work) for _round in range(ROUNDS))
    return given, best, len(captured)


def _seconds(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def loop(moment):
    """(seconds, queries) of the loop for each firm: a question for each stage. Agrees with the database for these."""
    firms = list(Organization.objects.filter(kind="firm", municipality__province=HOME).order_by("pk")[:LOOPED])
    begun = time.perf_counter()
    reached = [[asks(firm, moment) for asks in QUESTIONS] for firm in firms]
    seconds = time.perf_counter() - begun
    for place, stage in enumerate(funnel.STAGES[1:7], start=1):
        through = sum(all(answers[:place]) for answers in reached)
        known = funnel.firms_at(stage.key, moment, HOME).filter(pk__in=[firm.pk for firm in firms]).count()
        assert through == known, (stage.key, through, known)
    with CaptureQueriesContext(connection) as captured:
        [asks(firms[0], moment) for asks in QUESTIONS]
    return seconds / len(firms), len(captured)


def informed(firm, moment):
    return Delivery.objects.filter(address=firm.contact_email, sent_at__lt=moment.before, bounced_at=None).exists()


def consented(firm, moment):
    line = Consent.objects.filter(subscription_id__in=firm.subscriptions.values("pk"), at__lt=moment.before)
    last = line.order_by("-at", "-pk").first()
    return bool(last) and last.act == "confirmed"


def complete(firm, moment):
    def stood(model):
        return model.pgh_event_model.objects.filter(organization_id=firm.pk, pgh_created_at__lt=moment.before).exists()

    return firm.status == "published" and stood(Offer) and stood(Need)


def adhered(firm, moment):
    return firm.adhesions.filter(state="member", since__lte=moment.day).exists()


def matched(firm, moment):
    return First.objects.filter(organization_id=firm.pk, at__lt=moment.before).exists()


def answered(firm, moment):
    return firm.interests.filter(sent_at__lt=moment.before).exists()


QUESTIONS = [informed, consented, complete, adhered, matched, answered]


class World:
    """A tenth as many organizations as facts, in ten provinces, a third of them at home."""

    def __init__(self, events):
        self.chance, self.organizations = random.Random(events), events // 10
        self.network = Network.objects.create(name="Gate 4.0", slug="gate-4-0")
        self.leaves = list(Competence.objects.selectable())
        self.everybody = self._organizations()
        self._calls()
        self.events = sum([self._profiles(), self._mails(), self._consents(), self._rest()])
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def day(self):
        return START + timedelta(days=self.chance.randrange(DAYS))

    def moment(self):
        return timezone.make_aware(datetime.combine(self.day(), datetime.min.time())) + timedelta(hours=9)

    def _organizations(self):
        codes = [HOME, "AR", "FI", "GR", "LI", "LU", "PI", "PO", "PT", "SI"]
        provinces = [Province.objects.create(code=code, name=code, region="Toscana") for code in codes]
        places = [Municipality.objects.create(name=one.name, province=one) for one in provinces]
        made = Organization.objects.bulk_create(
            [
                Organization(
                    kind=self.chance.choice(["firm", "firm", "firm", "research_center"]),
                    name=f"Organizzazione {number} (esempio)",
                    slug=f"organizzazione-{number}",
                    status="published",
                    description="Lavora la pietra.",
                    contact_email=f"posta@{number}.example",
                    municipality=places[0] if self.chance.random() < 1 / 3 else self.chance.choice(places[1:]),
                )
                for number in range(self.organizations)
            ],
            batch_size=2000,
        )
        self._backdate(Organization, "2024-12-01")
        return made

    def _backdate(self, model, day=None):
        """The history of the triggers, spread over the year."""
        table = model.pgh_event_model._meta.db_table
        spread = "%s::timestamptz" if day else f"'{START}'::timestamptz + (pgh_obj_id %% {DAYS}) * interval '1 day'"
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET pgh_created_at = {spread}", [day] if day else [])

    def _some(self, share):
        return [one for one in self.everybody if self.chance.random() < share]

    def _calls(self):
        calls = Opportunity.objects.bulk_create(
            Opportunity(
                title=f"Bando {n}", slug=f"bando-{n}", text="T.", status="published", published_at=timezone.now()
            )
            for n in range(50)
        )
        pairs = [(call, leaf) for call in calls for leaf in self.chance.sample(self.leaves, 3)]
        Requirement.objects.bulk_create(Requirement(opportunity=call, competence=leaf) for call, leaf in pairs)
        self.calls = calls

    def _profiles(self):
        """Four offers and two needs for most."""
        offers, needs = [], []
        for one in self._some(1):
            leaves = self.chance.sample(self.leaves, 6)
            offers += [Offer(organization=one, competence=leaf, level=3) for leaf in leaves[:4]]
            needs += [Need(organization=one, competence=leaf) for leaf in leaves[4:]]
        Offer.objects.bulk_create(offers, batch_size=5000)
        Need.objects.bulk_create(needs, batch_size=5000)
        self._backdate(Offer), self._backdate(Need)
        return len(offers) + len(needs)

    def _mails(self):
        rows = []
        for number, one in enumerate(self._some(0.9) * 2):
            moment = self.moment()
            rows.append(
                Delivery(
                    address=one.contact_email,
                    purpose="newsletter",
                    occasion=f"misura:{number}",
                    state="sent",
                    sent_at=moment,
                    bounced_at=None,
                )
            )
        Delivery.objects.bulk_create(rows, batch_size=5000)
        return len(rows)

    def _consents(self):
        """Lines without their chain: what is measured here reads dates, and the seal has tests of its own."""
        joined = Subscription.objects.bulk_create(
            [Subscription(organization=one, email=one.contact_email) for one in self._some(0.7)], batch_size=5000
        )
        lines = [
            Consent(email=one.email, act=act, purpose="digest", subscription_id=one.pk, wording="", version="", at=at)
            for one in joined
            for act, at in self._words()
        ]
        Consent.objects.bulk_create(lines, batch_size=5000)
        return len(lines)

    def _words(self):
        moment = self.moment()
        words = [("confirmed", moment)]
        return words + ([("withdrawn", moment + timedelta(days=60))] if self.chance.random() < 0.1 else [])

    def _rest(self):
        adhesions = [
            Adhesion(organization=one, network=self.network, state="member", since=self.day())
            for one in self._some(0.6)
        ]
        firsts = [First(organization_id=one.pk, kind="match", at=self.moment()) for one in self._some(0.7)]
        interests = [
            Interest(organization=one, opportunity=self.chance.choice(self.calls), status="sent", sent_at=self.moment())
            for one in self._some(0.4)
        ]
        searches = [UnmetSearch(text=f"parola {n}", day=timezone.localdate(), count=n % 9 + 1) for n in range(500)]
        for model, rows in ((Adhesion, adhesions), (First, firsts), (Interest, interests), (UnmetSearch, searches)):
            model.objects.bulk_create(rows, batch_size=5000)
        return len(adhesions) + len(firsts) + len(interests) + len(searches)


def show(name, value, unit, peer, peer_value, note):
    ratio = round(peer_value / value, 1) if peer_value and value else None
    row = {"name": name, "value": round(value, 4), "unit": unit, "peer": peer}
    row |= {"peer_value": round(peer_value, 3) if peer_value else None, "ratio": ratio, "note": note}
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
