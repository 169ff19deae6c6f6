"""The buttons that end things: a draft thrown away, a request closed or withdrawn, an invitation taken back."""

import pytest
from django.urls import reverse

from matchmaking.models import CollaborationRequest
from matchmaking.requests import invitations, requests
from tests.matchmaking.asked import ANSWER, accepted, draft, sent


@pytest.fixture
def us(cast, client):
    client.force_login(cast.people["owner"])
    return client


def end(client, request, button, **fields):
    return client.post(reverse("matchmaking:end_request", args=[request.code]), {button: "1", **fields}, follow=True)


def settle(client, invitation, button):
    return client.post(reverse("matchmaking:settle", args=[invitation.code]), {button: "1"}, follow=True)


def states(request):
    request.refresh_from_db()
    return request.state, sorted(request.invitations.values_list("state", flat=True))


def test_a_draft_is_thrown_away(us, cast):
    thrown = draft(cast["alfa"])
    page = end(us, thrown, "discard")
    assert page.redirect_chain[-1][0] == reverse("matchmaking:requests") and "Bozza eliminata." in page.content.decode()
    assert not CollaborationRequest.objects.filter(pk=thrown.pk).exists()


def test_what_was_sent_cannot_be_thrown_away(us, cast):
    request, _invitation = sent(cast)
    end(us, request, "discard")
    assert states(request) == ("open", ["sent"])


@pytest.mark.parametrize(("button", "state"), [("withdraw", "withdrawn"), ("close", "closed")])
def test_whoever_has_not_answered_can_no_longer_and_who_has_keeps_the_answer(us, cast, button, state):
    request, gamma = accepted(cast)
    end(us, request, button, why="Abbiamo trovato.")
    assert states(request) == (state, ["accepted"])
    assert request.steps.filter(after=state, why="Abbiamo trovato.", by=cast.people["owner"]).count() == 1
    other, waiting = sent(cast)
    end(us, other, button)
    assert states(other) == (state, ["withdrawn"])
    waiting.refresh_from_db()
    assert not invitations.take_invitation(waiting, cast.people["research"])
    assert not invitations.accept_invitation(waiting, cast.people["research"], "", **ANSWER)


def test_an_end_stands_and_the_second_button_says_so(us, cast):
    request, _invitation = sent(cast)
    end(us, request, "close")
    page = end(us, request, "withdraw")
    assert "La richiesta non è più aperta." in page.content.decode()
    assert states(request) == ("closed", ["withdrawn"])


def test_one_invitation_is_taken_back_once_and_the_request_goes_on(us, cast):
    request, gamma = sent(cast)
    assert "Invito ritirato." in settle(us, gamma, "withdraw").content.decode()
    assert "Era già deciso." in settle(us, gamma, "withdraw").content.decode()
    assert states(request) == ("open", ["withdrawn"])


def test_an_invitation_that_was_answered_is_not_taken_back(us, cast):
    request, gamma = accepted(cast)
    settle(us, gamma, "withdraw")
    assert states(request) == ("open", ["accepted"])


def test_a_button_that_does_not_exist_is_not_found(us, cast):
    _request, gamma = sent(cast)
    assert settle(us, gamma, "delete").status_code == 404


@pytest.mark.parametrize("role", ["reader", "other_firm", "research", "exmember", "manager"])
def test_nobody_else_ends_anything(client, cast, role):
    request, gamma = sent(cast)
    thrown = draft(cast["alfa"])
    client.force_login(cast.people[role])
    assert end(client, request, "withdraw").status_code == 404
    assert end(client, thrown, "discard").status_code == 404
    assert settle(client, gamma, "withdraw").status_code == 404
    assert states(request) == ("open", ["sent"]) and states(thrown) == ("draft", [])


def test_looking_at_the_address_of_a_button_ends_nothing(us, cast):
    request, gamma = sent(cast)
    for name, code in (("end_request", request.code), ("settle", gamma.code)):
        assert us.get(reverse(f"matchmaking:{name}", args=[code])).status_code == 405
    assert states(request) == ("open", ["sent"])


def test_whom_a_declining_organization_names_is_asked_or_not_and_once(us, cast):
    request, gamma = sent(cast)
    invitations.take_invitation(gamma, cast.people["research"])
    assert invitations.decline_invitation(gamma, cast.people["research"], "time", referral=cast["delta"])
    assert "Va bene" in settle(us, gamma, "refuse").content.decode()
    assert "Era già deciso." in settle(us, gamma, "agree").content.decode()
    assert request.invitations.count() == 1


def test_a_named_one_that_may_no_longer_be_asked_is_told_by_name(us, cast):
    request, gamma = sent(cast)
    invitations.take_invitation(gamma, cast.people["research"])
    assert invitations.decline_invitation(gamma, cast.people["research"], "time", referral=cast["delta"])
    cast["delta"].offers.all().delete()
    assert "Delta non può ricevere questa richiesta." in settle(us, gamma, "agree").content.decode()
    assert request.invitations.count() == 1


def test_withdrawing_from_the_shell_says_whether_it_happened(cast):
    request, _invitation = sent(cast)
    assert requests.withdraw_request(request, cast.people["owner"])
    assert not requests.withdraw_request(request, cast.people["owner"])
    assert not requests.close_request(request, cast.people["owner"])
