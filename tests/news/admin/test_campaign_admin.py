"""The hand of staff on a sending: pause, go on, call off, and what to do with what is uncertain."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from news.delivery import mailing
from news.models import Campaign, Delivery, Subscription
from tests.cast import act_in_admin, person, subscription

PAGE = reverse("admin:news_campaign_changelist")


@pytest.fixture
def sending(cast):
    """A campaign that has begun, to two firms."""
    for slug in ("alfa", "beta"):
        subscription(cast[slug], purpose="newsletter")
    made = Campaign.objects.create(occasion="numero-1", subject="Numero 1", text="Novità.\n", html="<p>Novità.</p>")
    assert mailing.start_campaign(made, Subscription.objects.filter(purpose="newsletter")) == 2
    return made


@pytest.fixture
def manager(cast, client):
    client.force_login(cast.people["manager"])
    return client


def act(client, action, *campaigns):
    return act_in_admin(client, PAGE, action, campaigns).content.decode()


def state(campaign):
    campaign.refresh_from_db()
    return campaign.state


def test_a_pause_and_its_end_count_once_each(manager, sending):
    for action, changed, after in (
        ("pause", 1, "paused"),
        ("pause", 0, "paused"),
        ("resume", 1, "sending"),
        ("resume", 0, "sending"),
    ):
        assert f"Cambiati: {changed}." in act(manager, action, sending)
        assert state(sending) == after


def test_a_sending_that_is_called_off_stays_so_and_nobody_hears_it(manager, sending):
    assert "Cambiati: 1." in act(manager, "cancel", sending)
    assert "Cambiati: 0." in act(manager, "resume", sending)
    assert state(sending) == "cancelled"
    mailing.send_due()
    assert mailing.accounting(sending)["skipped"] == 2


@pytest.mark.parametrize(("action", "after"), [("send_uncertain_again", "retry"), ("take_uncertain_as_sent", "sent")])
def test_what_is_uncertain_is_settled_and_the_rest_is_left_alone(manager, sending, action, after):
    first, second = sending.deliveries.order_by("pk")
    Delivery.objects.filter(pk=first.pk).update(state="uncertain")
    assert "Cambiati: 1." in act(manager, action, sending)
    assert [Delivery.objects.get(pk=one.pk).state for one in (first, second)] == [after, "pending"]
    assert "Cambiati: 0." in act(manager, action, sending)


def test_the_list_says_how_each_sending_stands(manager, sending):
    sending.deliveries.filter(pk=sending.deliveries.first().pk).update(state="sent")
    page = manager.get(PAGE).content.decode()
    assert f"{Delivery.State.SENT.label}: 1" in page and f"{Delivery.State.PENDING.label}: 1" in page


@pytest.mark.parametrize("action", ["pause", "cancel", "take_uncertain_as_sent"])
def test_whoever_may_only_look_at_sendings_moves_none(client, cast, sending, action):
    """Without the right that the actions name, `desk` would pass here."""
    viewer = person("guarda@persone.example", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_campaign"))
    client.force_login(viewer)
    assert client.get(PAGE).status_code == 200
    act(client, action, sending)
    assert state(sending) == "sending"


def test_no_form_changes_or_adds_a_sending(manager, sending):
    assert manager.get(reverse("admin:news_campaign_add")).status_code == 403
    manager.post(reverse("admin:news_campaign_change", args=[sending.pk]), {"subject": "Altro"})
    assert Campaign.objects.get(pk=sending.pk).subject == "Numero 1"
