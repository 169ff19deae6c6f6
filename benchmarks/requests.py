"""What requests cost and keep: `python3 manage.py bench requests`.

Races: six people at once accept, decline or withdraw one invitation, and six browsers send one form, fifty times, each
in a thread and a connection of its own. The peer is what one would write first: look whether it is still free, then
save. Queries: the pages of requests with one invitation and with forty; the peer is the page with one.
"""

import json
import os
import statistics
import threading
import time
import uuid
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from matchmaking.models import CollaborationRequest, Invitation, RequestedCompetence
from matchmaking.requests import invitations, requests
from members.models import Competence, Offer, Organization, Representative, User
from members.reference.loaders import load_taxonomy

ROUNDS, AT_ONCE, MANY = 50, 6, 40
COMPOSE = "/richieste/nuova/"
ANSWER = {"brings": "Il banco.", "ip": "joint"}


def main():
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    load_taxonomy()
    leaf = Competence.objects.selectable().first()
    firm, us = an_organization("firm", "Ditta")
    centre, them = an_organization("research_center", "Centro", leaf)
    races(firm, us, centre, them, leaf)
    double_submits(firm, us)
    pages(firm, us, centre, them, leaf)


def an_organization(kind, name, leaf=None):
    made = Organization.objects.create(kind=kind, name=name, slug=slugify(name), status="published")
    person = User.objects.create_user(f"{slugify(name)}@misura.example", "parola-lunga", full_name=name)
    Representative.objects.create(user=person, organization=made, role=Representative.Role.OWNER)
    if leaf:
        Offer.objects.create(organization=made, competence=leaf, level=4)
    return made, person


def a_request(firm, author, leaf):
    closes_on = timezone.localdate() + timedelta(days=30)
    made = CollaborationRequest.objects.create(
        organization=firm, author=author, title="Prova", text="Testo.", ip="joint", closes_on=closes_on
    )
    RequestedCompetence.objects.create(request=made, competence=leaf)
    return made


def together(acts):
    """Every act in its own thread and connection, let go at one moment. How many said that they did it."""
    gate, done = threading.Barrier(len(acts)), []

    def run(act):
        gate.wait()
        try:
            done.append(bool(act()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def races(firm, us, centre, them, leaf):
    ours, naive = [], []
    for _round in range(ROUNDS):
        for winners, acts in ((ours, careful(us, them)), (naive, careless())):
            [invitation] = requests.send_request(a_request(firm, us, leaf), us, [centre])
            invitations.take_invitation(invitation, them)
            winners.append(together([lambda act=act, pk=invitation.pk: act(found(pk)) for act in acts]))
    note = f"{ROUNDS} rounds of {AT_ONCE} who accept, decline or withdraw at once; peer: look, then save"
    report("race_rounds_with_one_winner", ours.count(1), "rounds", "check then save", naive.count(1), note)


def found(pk):
    return Invitation.objects.select_related("request").get(pk=pk)


def careful(us, them):
    accept = [lambda one: invitations.accept_invitation(one, them, **ANSWER)] * 2
    decline = [lambda one: invitations.decline_invitation(one, them, "time")] * 2
    return [*accept, *decline, *[lambda one: requests.withdraw_invitation(one, us)] * 2]


def careless():
    """The same six, as they would be without conditional UPDATEs."""

    def saving(state):
        def act(one):
            if one.state != Invitation.State.TAKEN:
                return False
            one.state, one.reason, one.answered_at = state, "time", timezone.now()
            one.save()
            return True

        return act

    return [saving(state) for state in ("accepted", "accepted", "declined", "declined", "withdrawn", "withdrawn")]


def double_submits(firm, us):
    rows, naive = [], []
    clients = [Client() for _number in range(AT_ONCE)]
    for client in clients:
        client.force_login(us)
    for number in range(ROUNDS):
        values = {"title": f"Doppio {number}", "key": str(uuid.uuid4()), "draft": 1}
        values |= {"asked-TOTAL_FORMS": 0, "asked-INITIAL_FORMS": 0}
        together([lambda one=one, values=values: one.post(COMPOSE, values) for one in clients])
        rows.append(CollaborationRequest.objects.filter(title=values["title"]).count())
        without = values | {"title": f"Senza chiave {number}", "key": ""}
        together([lambda one=one, values=without: one.post(COMPOSE, values) for one in clients])
        naive.append(CollaborationRequest.objects.filter(title=without["title"]).count())
    note = f"{ROUNDS} forms sent {AT_ONCE} times at once; peer: the same form without its key"
    report("double_submits_with_one_row", rows.count(1), "rounds", "no key", naive.count(1), note)


def pages(firm, us, centre, them, leaf):
    centres = [an_organization("research_center", f"Centro {number}", leaf)[0] for number in range(MANY)]
    one, many = a_request(firm, us, leaf), a_request(firm, us, leaf)
    requests.send_request(one, us, centres[:1])
    requests.send_request(many, us, centres)
    costs = cost(us, one.get_absolute_url()), cost(us, many.get_absolute_url())
    told("request_page", costs, f"a request with {MANY} invitations; peer: with one")
    Invitation.objects.filter(organization=centre).delete()
    inbox = reverse("matchmaking:inbox")
    requests.send_request(a_request(firm, us, leaf), us, [centre])
    with_one = cost(them, inbox)
    for _number in range(MANY - 1):
        requests.send_request(a_request(firm, us, leaf), us, [centre])
    told("inbox", (with_one, cost(them, inbox)), f"an inbox with {MANY} requests; peer: with one")


def cost(person, address):
    """(queries, median milliseconds) of a page."""
    client, times = Client(), []
    client.force_login(person)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
        queries = len(asked)
    for _round in range(15):
        begun = time.perf_counter()
        client.get(address)
        times.append(1000 * (time.perf_counter() - begun))
    return queries, statistics.median(times)


def told(name, costs, note):
    (queries, ms), (more_queries, more_ms) = costs
    report(f"{name}_queries", more_queries, "queries", "one", queries, note)
    report(f"{name}_time", round(more_ms, 1), "ms", "one", round(ms, 1), note)


def report(name, value, unit, peer, peer_value, note):
    ratio = round(value / peer_value, 2) if peer_value else None
    row = {"name": name, "value": value, "unit": unit, "peer": peer, "peer_value": peer_value, "ratio": ratio}
    print(json.dumps(row | {"note": note}))


if __name__ == "__main__":
    main()
