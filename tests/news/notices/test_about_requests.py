"""Mails about requests: who hears of what, once, and who does not."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from matchmaking.matching import mutes
from matchmaking.models import Invitation
from matchmaking.requests import deadlines, invitations, requests
from members.models import Organization, Representative
from news.models import Delivery, Subscription
from tests.cast import person
from tests.matchmaking.asked import ANSWER, draft, sent


@pytest.fixture
def told(cast, django_capture_on_commit_callbacks):
    """Do something; which mails that queued, as (address, first words of the subject)."""
    Invitation.objects.all().delete()

    def tell(act, *args, **kwargs):
        before = set(Delivery.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            act(*args, **kwargs)
        fresh = Delivery.objects.exclude(pk__in=before).order_by("address", "pk")
        return [(mail.address.partition("@")[0], mail.subject.partition(":")[0]) for mail in fresh]

    return tell


def late(invitation, days):
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now() - timedelta(days=days))
    deadlines.remind_invited(timezone.localtime())
    deadlines.escalate_late(timezone.localtime())


def test_all_who_may_answer_hear_of_a_request_and_readers_do_not(cast, told):
    reader = person("lettore@gamma.example")
    Representative.objects.create(user=reader, organization=cast["gamma"], role=Representative.Role.READER)
    assert told(sent, cast) == [("research", "Una richiesta per voi")]


def test_whoever_has_it_in_charge_is_reminded_and_colleagues_are_not(cast, told):
    colleague = person("collega@gamma.example")
    Representative.objects.create(user=colleague, organization=cast["gamma"])
    _request, invitation = sent(cast)
    invitations.take_invitation(invitation, colleague)
    assert told(late, invitation, 8) == [("collega", "Aspetta una risposta")]
    assert told(late, invitation, 8) == []


def test_the_broker_hears_of_what_is_late_and_the_desk_while_there_is_none(cast, told):
    request, invitation = sent(cast)
    other, unfollowed = sent(cast)
    requests.assign_broker(request, cast.people["manager"], cast.people["super"])
    assert ("manager", "10 giorni senza risposta") in told(late, invitation, 30)
    desk = settings.PORTAL["contact_email"].partition("@")[0]
    assert (desk, "10 giorni senza risposta") in told(late, unfollowed, 30)


def test_whoever_asked_hears_the_answers_and_whoever_waited_hears_of_the_end(cast, told):
    request, gamma, delta = sent(cast, to=("gamma", "delta"))
    assert told(invitations.decline_invitation, gamma, cast.people["research"], "time") == [
        ("owner", "Gamma ha declinato")
    ]
    assert told(requests.withdraw_request, request, cast.people["owner"]) == [("financier", "Non serve più rispondere")]


def test_an_acceptance_is_told_to_whoever_asked(cast, told):
    _request, invitation = sent(cast, is_blind=True)
    invitations.take_invitation(invitation, cast.people["research"])
    terms = invitation.request.terms_hash
    assert told(invitations.accept_invitation, invitation, cast.people["research"], terms, **ANSWER) == [
        ("owner", "Gamma ha accettato")
    ]


def test_whoever_turned_notices_off_gets_none(cast, told):
    Subscription.objects.create(
        email="research@persone.example",
        organization=cast["gamma"],
        purpose=Subscription.Purpose.SERVICE,
        confirmed_at=timezone.now(),
        ended_at=timezone.now(),
    )
    assert told(sent, cast) == []


def test_neither_a_muted_firm_nor_one_that_is_not_to_be_seen_reaches_a_mailbox(cast, told):
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)

    def ask():
        request = draft(cast["alfa"], asked=(), kind="financing", amount=200_000)
        return requests.send_request(request, cast.people["owner"], [cast["delta"]])[0]

    invitation = ask()
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=False)
    assert told(late, invitation, 8) == []
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    mutes.mute_firm_or_sector(cast["delta"], cast.people["financier"], firm=cast["alfa"])
    assert told(ask) == []
