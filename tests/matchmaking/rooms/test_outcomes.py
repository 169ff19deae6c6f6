"""How it went: asked of both sides on their days, said with one click, kept side by side, fed to the evaluation."""

import io
import json
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from matchmaking.algorithms import evaluation
from matchmaking.models import Outcome, Room
from matchmaking.requests import invitations
from matchmaking.rooms import outcomes
from members.models import Representative
from news.models import Delivery, Notification
from news.notices import about_rooms
from tests.matchmaking.asked import accepted, sent

OPENED = timezone.make_aware(datetime(2026, 3, 2, 10))


@pytest.fixture
def room(cast):
    with time_machine.travel(OPENED, tick=False):
        _request, invitation = accepted(cast)
    return Room.objects.get(invitation=invitation)


def after(days, hour=10):
    return timezone.make_aware(datetime(2026, 3, 2, hour)) + timedelta(days=days)


def asked_on(days, **when):
    """How many mails leave that day; asked twice."""
    count = about_rooms.ask_due(after(days, **when))
    assert about_rooms.ask_due(after(days, **when)) == 0
    return count


def test_both_sides_are_asked_after_30_90_and_180_days_and_never_twice(room):
    assert [asked_on(days) for days in (29, 30, 31, 90, 180, 200)] == [0, 4, 0, 4, 4, 0]
    assert Delivery.objects.filter(occasion=f"outcome:{room.pk}:30").count() == 4


def test_nobody_is_asked_at_night_and_a_portal_that_stood_still_catches_up(room):
    assert asked_on(30, hour=3) == 0
    assert asked_on(30 + outcomes.GRACE) == 4
    assert asked_on(90 + outcomes.GRACE + 1) == 0


def test_whoever_has_said_it_is_not_asked(cast, room):
    outcomes.record_outcome(room, cast["gamma"], "project", days=30)
    assert asked_on(30) == 3
    assert not Notification.objects.filter(user=cast.people["research"]).exists()


def test_the_link_shows_buttons_looking_records_nothing_and_one_click_does(cast, room):
    about_rooms.ask_due(after(30))
    link = Notification.objects.get(user=cast.people["research"]).link
    with time_machine.travel(after(31)):
        page = Client().get(link)
        assert page.status_code == 200 and not Outcome.objects.exists()
        Client().post(link, {"answer": "project"})
        Client().post(link, {"answer": "contract"})
        assert Client().post(link, {"answer": "inventata"}).status_code == 200
    outcome = Outcome.objects.get()
    assert (outcome.organization, outcome.days, outcome.answer) == (cast["gamma"], 30, "contract")
    assert outcome.by == cast.people["research"]


def test_a_forged_an_old_and_an_ex_members_link_lead_nowhere(cast, room):
    with time_machine.travel(after(30)):
        link = outcomes.link(room, cast["alfa"], 30, cast.people["editor"])
        assert Client().get(link).status_code == 200
        assert Client().get(link.replace("/com-e-andata/", "/com-e-andata/x")).status_code == 404
        stranger = outcomes.link(room, cast["beta"], 30, cast.people["other_firm"])
        assert Client().get(stranger).status_code == 404
        Representative.objects.filter(user=cast.people["editor"]).delete()
        assert Client().post(link, {"answer": "project"}).status_code == 404
    with time_machine.travel(after(30 + 91)):
        assert Client().get(outcomes.link(room, cast["alfa"], 90, cast.people["owner"])).status_code == 200
        assert outcomes.question(link.split("/")[-2]) is None
    assert not Outcome.objects.exists()


def test_from_the_room_an_answer_belongs_to_the_last_question(cast, room):
    client = Client()
    client.force_login(cast.people["owner"])
    for days in (3, 45, 100):
        with time_machine.travel(after(days)):
            client.force_login(cast.people["owner"])
            client.post(reverse("matchmaking:tell_outcome", args=[room.code]), {"answer": "talking"})
    assert list(Outcome.objects.values_list("days", flat=True)) == [0, 30, 90]


def test_staff_see_differing_answers_as_differing_and_neither_side_sees_the_others(cast, room):
    outcomes.record_outcome(room, cast["alfa"], "nothing", days=30)
    outcomes.record_outcome(room, cast["gamma"], "contract", days=30)
    outcomes.record_outcome(room, cast["gamma"], "contract", days=90)
    [first, second] = outcomes.pairs(Room.objects.prefetch_related("outcomes").get())
    assert (first.differs, second.differs) == (True, False)
    desk, owner = Client(), Client()
    desk.force_login(cast.people["desk"])
    owner.force_login(cast.people["owner"])
    said = desk.get("/esiti/").content.decode()
    assert "dicono cose diverse" in said and "Non se n&#x27;è fatto nulla" in said
    assert len(desk.get("/esiti/?vedi=diverse").context["rows"]) == 1
    page = owner.get(room.get_absolute_url())
    assert page.context["said"].answer == "nothing"
    assert owner.get("/esiti/").status_code == 403


@pytest.mark.parametrize("count", [1, 40])
def test_the_staffs_list_costs_the_same_queries_however_long(cast, count, django_assert_num_queries):
    from tests.matchmaking.rooms.test_introductions import introduce

    for _number in range(count):
        made = introduce(cast)
        room = Room.objects.create(introduction=made, asker=cast["alfa"], answerer=cast["gamma"], title="T")
        outcomes.record_outcome(room, cast["alfa"], "contract", days=30)
    desk = Client()
    desk.force_login(cast.people["desk"])
    desk.get("/esiti/")
    with django_assert_num_queries(6):
        assert len(desk.get("/esiti/").context["rows"]) == count


# The evaluation -------------------------------------------------------------------------------------------------------
def figures():
    out = io.StringIO()
    call_command("evaluate_matching", "--from-outcomes", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def test_without_answers_there_is_nothing_to_measure(cast):
    assert figures() == {}


def test_the_portals_own_requests_are_measured_month_by_month(cast, room):
    from tests.cast import give

    give(cast["beta"], offers={"QLT.01.02": 2})
    with time_machine.travel(after(40), tick=False):
        request, first, second = sent(cast, to=("gamma", "beta"), title="Metrologia")
        invitations.take_invitation(first, cast.people["research"])
        invitations.accept_invitation(first, cast.people["research"], request.terms_hash, brings="x", ip="joint")
        invitations.decline_invitation(second, cast.people["other_firm"], "capacity")
        outcomes.record_outcome(Room.objects.get(invitation=first), cast["alfa"], "contract", days=0)
    found = figures()
    assert list(found) == ["2026-03", "2026-04"]
    assert (found["2026-03"]["accepted"], found["2026-03"]["ranked_requests"]) == (1, 0)
    april = found["2026-04"]
    assert (april["requests"], april["accepted"], april["declined"], april["ranked_requests"]) == (1, 1, 1, 1)
    assert april["outcomes"] == {"good": 1, "bad": 0, "differing": 0}
    assert april["score"]["ndcg@10"] == 1.0 and {"portal", "bm25"} <= set(april)


def test_a_ranking_that_puts_the_no_first_is_measured_as_worse():
    texts = {1: ["marmo"], 2: ["acciaio"]}
    right = evaluation.Case("2026-01", "marmo", texts, {1: 900, 2: 100}, frozenset({1}))
    wrong = evaluation.Case("2026-02", "marmo", texts, {1: 100, 2: 900}, frozenset({1}))
    months = evaluation.by_month([right, wrong])
    assert months["2026-01"]["score"]["mrr"] == 1.0
    assert months["2026-02"]["score"]["mrr"] == 0.5
    assert months["2026-02"]["portal"]["mrr"] == 1.0
