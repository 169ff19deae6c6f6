"""Opportunities and registrations in the eyes of staff: publish, refuse, close, confirm; who was there."""

import pytest
from django.urls import reverse

from matchmaking.models import Opportunity, Registration, Requirement
from matchmaking.opportunities import registrations
from tests.cast import act_in_admin

LIST = reverse("admin:matchmaking_opportunity_changelist")
COMING = reverse("admin:matchmaking_registration_changelist")


@pytest.fixture
def desk(cast, client):
    client.force_login(cast.people["desk"])
    return client


def act(client, action, *chosen, **fields):
    return act_in_admin(client, LIST, action, chosen, **fields).content.decode()


def status(opportunity):
    return Opportunity.objects.get(pk=opportunity.pk).status


def test_what_waits_is_published_once_and_each_step_has_its_line(desk, cast):
    chosen = [cast.proposal, cast.hidden_opportunity]
    assert "Opportunità pubblicate: 2." in act(desk, "publish", *chosen)
    assert "Opportunità pubblicate" not in act(desk, "publish", *chosen)
    assert [status(one) for one in chosen] == ["published", "published"]
    assert [one.history.filter(by=cast.people["desk"]).count() for one in chosen] == [1, 1]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_refusal_without_a_reason_refuses_nothing(desk, cast, reason):
    assert "errorlist" in act(desk, "refuse", cast.proposal, reason=reason)
    assert status(cast.proposal) == "proposed"


def test_a_refusal_keeps_its_reason_and_touches_only_proposals(desk, cast):
    page = act(desk, "refuse", cast.proposal, cast.opportunity, reason="È già uscito.")
    assert "Proposte rifiutate: 1." in page
    assert (status(cast.proposal), status(cast.opportunity)) == ("refused", "published")
    assert cast.proposal.history.get(by=cast.people["desk"]).note == "È già uscito."


def test_closing_needs_no_reason_and_what_is_not_published_stays(desk, cast):
    assert "Opportunità chiuse: 1." in act(desk, "close", cast.opportunity, cast.hidden_opportunity)
    assert (status(cast.opportunity), status(cast.hidden_opportunity)) == ("closed", "draft")


def test_competences_read_from_the_text_are_confirmed_for_the_chosen_alone(desk, cast):
    Requirement.objects.update(is_suggested=True)
    assert "Competenze confermate: 1." in act(desk, "confirm_competences", cast.opportunity)
    assert not cast.opportunity.requirements.filter(is_suggested=True).exists()
    assert cast.proposal.requirements.filter(is_suggested=True).exists()


# Who was there --------------------------------------------------------------------------------------------------------
def tick(client, registration, attended):
    rows = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": registration.pk, "_save": "1"}
    client.post(COMING, {**rows, "form-0-attended": attended})
    return Registration.objects.get(pk=registration.pk).attended


def test_staff_tick_who_was_there_and_may_take_it_back(desk, cast):
    coming = registrations.register_for_event(cast.event, cast.people["owner"], cast["alfa"])
    assert coming.attended is None
    assert [tick(desk, coming, value) for value in ("true", "false", "unknown")] == [True, False, None]


def test_whoever_leaves_was_not_there(desk, cast):
    coming = registrations.register_for_event(cast.event, cast.people["owner"], cast["alfa"])
    tick(desk, coming, "true")
    assert registrations.cancel_registration(cast.event, cast.people["owner"])
    coming.refresh_from_db()
    assert (coming.status, coming.attended) == ("cancelled", None)
    assert not registrations.cancel_registration(cast.event, cast.people["owner"])


def test_a_registration_is_made_by_the_person_and_only_read_here(desk, cast):
    coming = registrations.register_for_event(cast.event, cast.people["owner"], cast["alfa"])
    assert desk.get(reverse("admin:matchmaking_registration_add")).status_code == 403
    page = reverse("admin:matchmaking_registration_change", args=[coming.pk])
    desk.post(page, {"status": "waiting", "attended": "true"})
    coming.refresh_from_db()
    assert (coming.status, coming.attended) == ("registered", True)


def test_a_member_registers_and_leaves_with_one_button_each(client, cast):
    client.force_login(cast.people["owner"])
    page = reverse("matchmaking:register", args=[cast.event.slug])
    client.post(page)
    assert Registration.objects.get(event=cast.event).status == "registered"
    client.post(page, {"cancel": "1"})
    assert Registration.objects.get(event=cast.event).status == "cancelled"
    client.post(page)
    assert Registration.objects.get(event=cast.event).status == "registered"
