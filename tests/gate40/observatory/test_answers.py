"""Answers and outcomes: interests, replies to requests, and what each side says came of it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from gate40.observatory import answers, funnel, gaps
from matchmaking.models import CollaborationRequest, Invitation, Outcome, RequestedCompetence, Room
from members.models import Network, Organization
from tests.cast import competence

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(datetime(2026, 3, 10, 12))


@pytest.fixture
def asked(cast):
    """Gamma asks Alfa, who says yes; there is a room."""
    cast.interest.delete(), cast.answer_to_alfa.delete()
    request = CollaborationRequest.objects.create(
        organization=cast["gamma"], title="Prova", state="open", opened_at=NOW, closes_on=NOW.date()
    )
    RequestedCompetence.objects.create(request=request, competence=competence("ADD.01.01"))
    invitation = Invitation.objects.create(
        request=request, organization=cast["alfa"], state="accepted", sent_at=NOW, answered_at=NOW
    )
    return Room.objects.create(invitation=invitation, asker=cast["gamma"], answerer=cast["alfa"], title="Prova")


def reached(fact, before):
    """The names of whoever the facts speak of."""
    found = {pk for ids in fact(before) for row in ids for pk in row.values() if pk}
    return set(Organization.objects.filter(pk__in=found).values_list("slug", flat=True))


def test_a_reply_counts_for_both_sides_from_its_day(asked):
    assert reached(answers.answers, NOW + timedelta(1)) == {"alfa", "gamma"}
    assert reached(answers.answers, NOW - timedelta(1)) == set()


def test_an_invitation_that_waits_is_no_answer(asked):
    Invitation.objects.update(state="seen", answered_at=None)
    assert reached(answers.answers, NOW + timedelta(1)) == set()


def says(room, organization, answer, days=30):
    Outcome.objects.create(room=room, organization=organization, answer=answer, days=days, at=NOW + timedelta(days))


def test_each_side_says_for_itself_what_came_of_it(cast, asked):
    says(asked, cast["alfa"], "project")
    says(asked, cast["gamma"], "nothing")
    assert reached(answers.outcomes, NOW + timedelta(31)) == {"alfa"}
    assert reached(answers.outcomes, NOW + timedelta(29)) == set()


def parts(before, place):
    firms = Organization.objects.of_kind("firm").values("pk")
    return {key: counts for key, (_name, *counts) in answers.tallies(before, firms)[place].parts.items()}


def test_the_report_counts_replies_and_the_last_word_on_each_room(cast, asked):
    says(asked, cast["alfa"], "talking", 30)
    says(asked, cast["alfa"], "contract", 90)
    assert parts(NOW + timedelta(100), 1) == {"yes": [1, 1], "no": [0, 0]}
    assert parts(NOW + timedelta(100), 2)["contract"] == [1, 1]
    assert parts(NOW + timedelta(40), 2)["talking"] == [1, 1]
    assert parts(NOW - timedelta(1), 1) == {"yes": [0, 0], "no": [0, 0]}


def test_interests_are_told_by_their_first_decision(cast):
    later = timezone.now() + timedelta(1)
    assert parts(later, 0) == {"go": [0, 0], "no_go": [0, 0], "waiting": [2, 2]}
    cast.interest.history.create(fields={"status": ["sent", "go"]})
    assert parts(later, 0) == {"go": [1, 1], "no_go": [0, 0], "waiting": [1, 1]}


def test_an_addressed_request_is_demand_too(cast, asked):
    gate = Network.objects.get(slug="gate-4-0")
    [found] = [gap for gap in gaps.compute_gaps(gate, "MS") if gap.code == "ADD.01.01"]
    assert (found.requests, found.requesters) == (1, 1)


def test_the_funnel_counts_the_firm_that_replied(cast, asked):
    Organization.pgh_event_model.objects.update(pgh_created_at=NOW)
    moment = funnel.Moment(NOW.date(), Network.objects.get(slug="gate-4-0"))
    assert {row.stage.key: row.alone for row in funnel.compute_funnel(moment, "MS")}["answered"] == 1
