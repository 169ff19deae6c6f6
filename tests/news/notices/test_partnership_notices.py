"""Mail about partnerships: an invitation to whoever may write, an answer to the lead, each once."""

import pytest

from matchmaking.consortia import memberships
from matchmaking.models import Membership
from members.models import Representative
from news.delivery import mailing
from news.models import Delivery, Subscription
from news.notices import notices
from tests.cast import canary, person
from tests.news.smtp import smtp_server


@pytest.fixture
def invited(cast, django_capture_on_commit_callbacks):
    reader = person("lettore@gamma.example")
    Representative.objects.create(user=reader, organization=cast["gamma"], role=Representative.Role.READER)
    cast.consortium.name = "Insieme"
    cast.consortium.save()
    with django_capture_on_commit_callbacks(execute=True):
        memberships.invite_partner(cast.consortium, cast["gamma"], cast.people["owner"])
    return Membership.objects.get(organization=cast["gamma"])


def subjects():
    return sorted(Delivery.objects.values_list("address", "subject"))


def test_whoever_writes_for_the_invited_hears_of_it_once(cast, invited):
    assert subjects() == [("research@persone.example", "Alfa vi invita in un partenariato")]
    notices.partner_invited(invited.pk)
    assert len(subjects()) == 1


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        (memberships.accept_membership, "Gamma ha accettato l'invito"),
        (memberships.decline_membership, "Gamma ha rifiutato l'invito"),
    ],
)
def test_the_lead_hears_the_answer(cast, invited, django_capture_on_commit_callbacks, step, subject):
    with django_capture_on_commit_callbacks(execute=True):
        step(invited, cast.people["research"])
        step(invited, cast.people["research"])
    told = [address for address, said in subjects() if said == subject]
    assert told == ["editor@persone.example", "owner@persone.example"]


def test_an_invitation_taken_back_before_the_mail_is_not_told(cast, invited):
    Delivery.objects.all().delete()
    memberships.revoke_membership(invited, None)
    assert notices.partner_invited(invited.pk) == 0


def test_whoever_wants_no_notices_gets_none(cast, invited, django_capture_on_commit_callbacks):
    Delivery.objects.all().delete()
    ended = Subscription.objects.get(email="research@persone.example", purpose="service")
    ended.stop()
    memberships.decline_membership(invited, None)
    with django_capture_on_commit_callbacks(execute=True):
        memberships.invite_partner(cast.consortium, cast["gamma"], None)
    assert "research@persone.example" not in dict(subjects())


def test_the_mail_arrives_with_its_link_and_tells_nothing_private(cast, invited, settings):
    with smtp_server(settings) as mailbox:
        mailing.send_due()
    [message] = mailbox.to("research@persone.example")
    for part in ("plain", "html"):
        text = message.get_body((part,)).get_content()
        assert invited.consortium.get_absolute_url() in text and "bando-aperto" in text
        assert canary("alfa") not in text and "avviso per Gamma" in text
