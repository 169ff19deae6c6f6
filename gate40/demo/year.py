"""A year of trial that did not happen: new firms of Massa-Carrara come, hear, agree, join, answer, and some conclude.

Everything is dated in the past, the history of the triggers included, so that the funnel of any day of that year can be
computed. The same firms every time.
"""

import random
from datetime import datetime, time, timedelta

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from matchmaking.matching import match_lists
from matchmaking.models import (
    Change,
    CollaborationRequest,
    Interest,
    Invitation,
    Opportunity,
    Outcome,
    Requirement,
    Room,
)
from members.models import Adhesion, Competence, Municipality, Need, Network, Offer, Organization, UnmetSearch
from news.consent import ledger
from news.models import Announcement, Delivery, Subscription
from news.parsers import rich_text

from ..observatory import months
from ..observatory.models import Cost, Experiment, First, Target
from .stories import SECTORS

NAME = "Prova del portale a Massa-Carrara (esempio)"
FIRMS = 30
# How many of them come as far as each stage, and the day of the year on which the first of them does.
DEPTHS = {
    "informed": (26, 20),
    "consented": (21, 30),
    "complete": (17, 45),
    "adhesion": (14, 60),
    "matched": (14, 62),
    "answered": (9, 120),
    "outcome": (5, 200),
}
TARGETS = {"members": 20, "informed": 25, "complete": 15, "answered": 8, "outcome": 5}
COSTS = [("Quota chiesta alle imprese", 0), ("Licenze di programmi", 0), ("Macchina che ospita il portale", 480)]
DECISION = (
    "L'assemblea ha deciso di provare il portale per un anno, senza chiedere nulla alle imprese, e di decidere alla "
    "fine sulle cifre di questa relazione. Testo inventato, per la dimostrazione."
)
WORK = (
    "Lo sportello ha invitato le imprese della zona industriale, ha aiutato a compilare i profili e ha pubblicato "
    "bandi, annunci e incontri. Testo inventato, per la dimostrazione."
)
PROPOSAL = (
    "Si propone di prorogare la prova di un anno, ancora senza quota, e di cercare un centro che porti in provincia le "
    "competenze che qui mancano. Testo inventato, per la dimostrazione."
)
SIGNS = [
    "Airone", "Ambra", "Ardesia", "Calamaro", "Castagno", "Civetta", "Corallo", "Diaspro", "Edera", "Falco", "Gabbiano",
    "Gelso", "Giada", "Granato", "Gufo", "Lavanda", "Leccio", "Malva", "Mandorlo", "Nibbio", "Noce", "Opale", "Ortica",
    "Quarzo", "Rondine", "Salvia", "Sughero", "Timo", "Topazio", "Upupa",
]  # fmt: skip
SEARCHED = ["taglio ad acqua", "saldatura laser", "essiccatore", "scansione di blocchi", "prove di gelo"]


def open_experiment() -> Experiment:
    """The trial of the demo: the twelve months up to today, baseline 4 of 140."""
    today = timezone.localdate()
    made = Experiment.objects.create(
        name=NAME,
        network=Network.objects.get(slug="gate-4-0"),
        starts_on=today - timedelta(days=364),
        ends_on=today,
        decision=DECISION,
        work=WORK,
        proposal=PROPOSAL,
    )
    Target.objects.bulk_create(Target(experiment=made, measure=key, value=value) for key, value in TARGETS.items())
    Cost.objects.bulk_create(Cost(experiment=made, label=label, amount=amount) for label, amount in COSTS)
    for subscription in Subscription.objects.filter(confirmed_at__isnull=False).select_related("organization"):
        ledger.record(ledger.Act.CONFIRMED, subscription, source="dimostrazione")
    return made


def make_partner(user) -> None:
    """Somebody of a body that is a partner of the Consorzio."""
    user.groups.add(Group.objects.get(name="Soci del Consorzio"))


def was_lived() -> bool:
    return Organization.objects.filter(slug__endswith="anno-di-prova").exists()


@transaction.atomic
def live(experiment) -> None:
    """Let the year of the experiment have happened."""
    start, chance = experiment.starts_on, random.Random(365)
    _before(start)
    firms = [_firm(chance, number, start) for number in range(FIRMS)]
    calls = [_call(number, start) for number in range(3)]
    for number, firm in enumerate(firms):
        for stage, (count, first_day) in DEPTHS.items():
            if number < count:
                day = start + timedelta(days=first_day + number * 4)
                STEPS[stage](chance, firm, day, experiment, calls)
    _told(start)
    match_lists.rebuild()
    months.publish_closed_months()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a year in a second: nobody has counted the new rows for the planner yet


def _at(day):
    return timezone.make_aware(datetime.combine(day, time(10)))


def _dated(model, day, **which):
    """The triggers took today's clock: their events are moved to the day that is told."""
    model.pgh_event_model.objects.filter(**which).update(pgh_created_at=_at(day))


def _before(start):
    """The district was there when the year began, with its profiles and the consents of its four firms."""
    day = start - timedelta(days=30)
    for model in (Organization, Offer, Need):
        _dated(model, day)
    moment = _at(day)
    Organization.objects.update(created_at=moment)
    _dated(Organization, day)
    Adhesion.objects.update(since=day)
    for joined in Subscription.objects.filter(confirmed_at__isnull=False).select_related("organization"):
        ledger.record(ledger.Act.CONFIRMED, joined, source="dimostrazione", at=moment)
        _mail(joined.organization, joined.email, day, f"benvenuto:{joined.pk}")


def _firm(chance, number, start):
    """A firm of the zone that staff load at the beginning, still without a page."""
    sector = SECTORS["firm"][number % len(SECTORS["firm"])]
    town = ("Carrara", "Massa", "Carrara", "Massa", "Aulla", "Montignoso")[number % 6]
    name = f"{sector['title']} {SIGNS[number]} (esempio)"
    slug = f"{slugify(name.removesuffix('(esempio)'))}-anno-di-prova"
    firm = Organization.objects.create(
        kind="firm",
        name=name,
        slug=slug,
        status=Organization.Status.SHADOW,
        municipality=Municipality.objects.get(name=town, province="MS"),
        contact_email=f"posta@{slug}.example",
        workers=chance.choice([5, 9, 14, 22, 40]),
    )
    firm.sector = sector
    Organization.objects.filter(pk=firm.pk).update(created_at=_at(start))
    _dated(Organization, start, pgh_obj_id=firm.pk)
    return firm


# What happens to a firm on a day --------------------------------------------------------------------------------------
def _informed(chance, firm, day, experiment, calls):
    _mail(firm, firm.contact_email, day, f"invito:{firm.pk}")


def _mail(firm, address, day, occasion):
    moment = _at(day)
    Delivery.objects.create(
        address=address, purpose="newsletter", occasion=occasion, state="sent", queued_at=moment, sent_at=moment
    )


def _consented(chance, firm, day, experiment, calls):
    moment = _at(day)
    joined = Subscription.objects.create(
        organization=firm, email=firm.contact_email, created_at=moment, confirmed_at=moment
    )
    for act in (ledger.Act.ASKED, ledger.Act.CONFIRMED):
        ledger.record(act, joined, source="dimostrazione", at=moment)


def _complete(chance, firm, day, experiment, calls):
    leaves = list(Competence.objects.selectable())
    own = [leaf for leaf in leaves if leaf.code.startswith(tuple(firm.sector["offers"]))]
    wished = [leaf for leaf in leaves if leaf.code.startswith(tuple(firm.sector["needs"])) and leaf not in own]
    for leaf in chance.sample(own, min(4, len(own))):
        Offer.objects.create(organization=firm, competence=leaf, level=chance.randint(2, 5))
    for leaf in chance.sample(wished, min(3, len(wished))):
        Need.objects.create(organization=firm, competence=leaf, is_blind=chance.random() < 0.2)
    firm.status, firm.description = Organization.Status.PUBLISHED, f"{firm.sector['text']} Impresa inventata."
    firm.save(update_fields=["status", "description"])
    for model in (Offer, Need):
        _dated(model, day, organization_id=firm.pk)
    _dated(Organization, day, pgh_obj_id=firm.pk, pgh_label="update")


def _adhesion(chance, firm, day, experiment, calls):
    Adhesion.objects.move(firm, experiment.network, Adhesion.State.MEMBER, on=day)


def _matched(chance, firm, day, experiment, calls):
    First.objects.get_or_create(organization_id=firm.pk, kind=First.Kind.MATCH, defaults={"at": _at(day)})


def _answered(chance, firm, day, experiment, calls):
    """Most answer an opportunity, some an invitation."""
    moment = _at(day)
    if chance.random() < 0.3:
        _invited(firm, moment)
        return
    firm.interest = Interest.objects.create(
        opportunity=chance.choice(calls),
        organization=firm,
        status="sent",
        sent_at=moment,
        brings="Prove.",
        needs="Dati.",
    )
    Change.objects.create(interest=firm.interest, fields={"status": ["draft", "sent"]}, at=moment)


def _invited(firm, moment):
    asker = Organization.objects.published().of_kind("research_center").order_by("pk").first()
    asked = CollaborationRequest.objects.create(
        organization=asker,
        title="Cerchiamo un'impresa per una prova (esempio)",
        state=CollaborationRequest.State.CLOSED,
        opened_at=moment - timedelta(days=9),
        closes_on=moment.date(),
        ended_at=moment,
    )
    invitation = Invitation.objects.create(
        request=asked, organization=firm, state="accepted", sent_at=moment - timedelta(days=9), answered_at=moment
    )
    firm.room = Room.objects.create(
        invitation=invitation, asker=asker, answerer=firm, title=asked.title, opened_at=moment
    )


def _outcome(chance, firm, day, experiment, calls):
    moment = _at(day)
    if room := getattr(firm, "room", None):
        Outcome.objects.create(room=room, organization=firm, days=30, answer=Outcome.Answer.PROJECT, at=moment)
        return
    Change.objects.create(interest=firm.interest, fields={"status": ["sent", "go"]}, at=moment)
    Interest.objects.filter(pk=firm.interest.pk).update(status="go")


STEPS = {
    "informed": _informed,
    "consented": _consented,
    "complete": _complete,
    "adhesion": _adhesion,
    "matched": _matched,
    "answered": _answered,
    "outcome": _outcome,
}


# What the portal did meanwhile ----------------------------------------------------------------------------------------
def _call(number, start):
    """A request of the year, long closed by now."""
    published = start + timedelta(days=40 + number * 60)
    made = Opportunity.objects.create(
        kind="collaboration",
        title=f"Prova congiunta {number + 1} (esempio)",
        slug=f"prova-congiunta-{number + 1}",
        text="Richiesta inventata, per la dimostrazione.",
        status="closed",
        published_at=_at(published),
        deadline=published + timedelta(days=200),
    )
    Requirement.objects.create(opportunity=made, competence=Competence.objects.get(code="PRD.01.04"))
    return made


def _told(start):
    """An announcement a month, and the words that nobody in the network answered."""
    for month in range(11):
        day = start + timedelta(days=15 + month * 30)
        Announcement.objects.create(
            title=f"Lo sportello del mese {month + 1} (esempio)",
            slug=f"sportello-del-mese-{month + 1}",
            body=rich_text.paragraphs("Annuncio inventato, per la dimostrazione."),
            state=Announcement.State.PUBLISHED,
            published_at=_at(day),
        )
        word = SEARCHED[month % len(SEARCHED)]
        UnmetSearch.objects.update_or_create(
            text=word, day=day, defaults={"count": 2 + month, "marks": (1 << 2 + month) - 1}
        )
