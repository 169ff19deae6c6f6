"""What the invited side may know of whoever asks, word by word."""

import pytest

from matchmaking.models import Invitation
from matchmaking.requests import disclosure, invitations, requests
from members.models import Organization
from tests.matchmaking.asked import accepted, sent


def seen(invitation):
    return disclosure.asker(disclosure.received(Invitation.objects).get(pk=invitation.pk))


def lines(request, slug, cast):
    found = disclosure.history(request.steps.all(), cast[slug].pk)
    return [(each.who, each.text) for each in found]


def test_an_open_request_says_who_asks_with_the_persons_name(cast):
    _request, invitation = sent(cast)
    who = seen(invitation)
    assert (who.name, who.person, who.is_known) == ("Alfa", "Persona", True)
    assert who.url == cast["alfa"].get_absolute_url()


def test_a_blind_one_gives_what_five_share_and_nothing_to_follow(cast):
    Organization.objects.filter(pk=cast["alfa"].pk).update(size_class="small")
    _request, invitation = sent(cast, is_blind=True)
    who = seen(invitation)
    assert who.name == "Un'organizzazione con sede in Toscana, richiesta riservata"
    assert (who.place, who.size, who.url, who.person, who.is_known) == (
        "Toscana",
        "",
        "",
        "",
        False,
    )


def test_a_blind_one_from_nowhere_is_an_organization_and_no_more(cast):
    Organization.objects.filter(pk=cast["alfa"].pk).update(municipality=None)
    _request, invitation = sent(cast, is_blind=True)
    assert seen(invitation).name == "Un'organizzazione, richiesta riservata"


def test_one_yes_is_not_enough_to_know_the_name(cast):
    """A yes of the invited alone, then of both: only the second shows it."""
    _request, invitation = accepted(cast, is_blind=True)
    assert not seen(invitation).is_known
    assert requests.show_identity(invitation, cast.people["owner"])
    assert (seen(invitation).name, seen(invitation).is_known) == ("Alfa", True)


def test_a_request_whose_author_was_erased_names_the_organization_alone(cast):
    request, invitation = sent(cast)
    type(request).objects.filter(pk=request.pk).update(author=None)
    assert (seen(invitation).name, seen(invitation).person) == ("Alfa", "")


def test_each_side_reads_its_own_people_by_name_and_the_other_as_an_organization(cast):
    request, invitation = sent(cast)
    type(cast.people["owner"]).objects.filter(pk=cast.people["owner"].pk).update(full_name="Ada di Alfa")
    type(cast.people["research"]).objects.filter(pk=cast.people["research"].pk).update(full_name="Gino di Gamma")
    invitations.take_invitation(invitation, cast.people["research"])
    ours, theirs = lines(request, "alfa", cast), lines(request, "gamma", cast)
    assert {who for who, _text in ours} == {"Ada di Alfa", "Gamma"}
    assert {who for who, _text in theirs} == {"Gino di Gamma", "chi chiede"}
    assert ours[0][1].startswith("Gamma: ")


def test_what_the_clock_did_was_done_by_the_portal(cast):
    request, invitation = sent(cast)
    request.steps.create(by=None, invitation=invitation, what="reminded")
    assert lines(request, "alfa", cast)[0][0] == "il portale"


@pytest.mark.parametrize(("after", "said"), [("Elena", "mediatore: Elena"), ("", "mediatore: —")])
def test_a_broker_is_named_in_the_history(cast, after, said):
    request, _invitation = sent(cast)
    request.steps.create(by=cast.people["manager"], what="broker", after=after)
    assert lines(request, "gamma", cast)[0] == ("chi chiede", said)


def test_the_reasons_name_what_was_asked_and_what_is_offered(cast):
    _request, invitation = sent(cast)
    [because] = disclosure.because(Invitation.objects.get(pk=invitation.pk))
    assert (because.asked, because.offered, because.level) == (because.asked, because.asked, 4) and because.asked


def test_a_request_for_money_has_no_reason_to_give(cast):
    _request, invitation = sent(cast)
    Invitation.objects.filter(pk=invitation.pk).update(detail={}, points=0)
    assert disclosure.because(Invitation.objects.get(pk=invitation.pk)) == []
