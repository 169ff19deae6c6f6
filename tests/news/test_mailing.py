"""The one door: each mail once, to whoever still wants it, whatever the server says."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from news import mailing
from news.models import Delivery
from tests.cast import subscription
from tests.news.smtp import smtp_server


@pytest.fixture
def mailbox(settings):
    with smtp_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def queued(cast):
    def queue(organization="alfa", occasion="prova", **mail):
        wanted = {"subject": "Prova", "text": "Testo", "html": "<p>Testo</p>", **mail}
        who = cast.subscription if organization == "alfa" else subscription(cast[organization])
        mailing.queue(who, occasion, **wanted)
        return Delivery.objects.get(subscription=who, occasion=occasion)

    return queue


def state(delivery):
    delivery.refresh_from_db()
    return delivery.state


def test_a_mail_carries_the_headers_of_a_good_sender(queued, mailbox, cast):
    delivery = queued()
    mailing.send_due()
    [message] = mailbox.messages
    assert message["List-Unsubscribe"].strip() == f"<{cast.subscription.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{delivery.token}@gate40.example>"
    assert state(delivery) == "sent"


def test_a_control_character_in_a_subject_stops_nobody(queued, mailbox):
    queued(subject="Avviso\r\nBcc: altri@example.com\x00")
    mailing.send_due()
    assert mailbox.messages[0]["Subject"] == "Avviso Bcc: altri@example.com"
    assert mailbox.messages[0]["Bcc"] is None


def test_one_refused_addressee_does_not_stop_the_next(queued, mailbox):
    refused, sent = queued("alfa"), queued("beta")
    mailbox.refuse = {"posta@alfa.example": "550 5.1.1 no such user"}
    assert mailing.send_due() == 1
    assert (state(refused), state(sent)) == ("failed", "sent")
    assert "no such user" in refused.error


def test_a_server_that_is_busy_is_asked_again_later(queued, mailbox):
    delivery = queued()
    mailbox.refuse = {"posta@alfa.example": "450 4.2.1 try later"}
    assert mailing.send_due() == 0
    assert state(delivery) == "queued"
    assert delivery.not_before > timezone.now()
    mailbox.refuse = {}
    assert mailing.send_due() == 0, "not before its time"
    Delivery.objects.update(not_before=timezone.now())
    assert mailing.send_due() == 1


def test_a_server_that_is_away_loses_nothing(queued, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    delivery = queued()
    with pytest.raises(ConnectionRefusedError):
        mailing.send_due()
    Delivery.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
    mailing.free_abandoned()
    assert state(delivery) == "queued"


def test_whoever_leaves_between_queue_and_send_hears_nothing(queued, mailbox, cast):
    delivery = queued()
    cast.subscription.stop()
    assert mailing.send_due() == 0
    assert (mailbox.messages, state(delivery)) == ([], "skipped")


def test_two_workers_never_take_the_same_row(queued):
    first = queued()
    assert [row.pk for row in mailing.claim()] == [first.pk]
    assert mailing.claim() == []


def test_what_a_dead_worker_held_is_freed_and_sent(queued, mailbox):
    delivery = queued()
    mailing.claim()
    assert mailing.send_due() == 0
    Delivery.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert mailing.send_due() == 1
    assert state(delivery) == "sent"


def test_one_click_posts_without_a_session_and_twice_is_as_good_as_once(client, cast):
    url = reverse("news:unsubscribe", args=[cast.subscription.token])
    for _time in range(2):
        response = client.post(url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert response.status_code == 200
    cast.subscription.refresh_from_db()
    assert not cast.subscription.is_active


def test_a_link_scanner_changes_nothing(client, cast):
    for url in (cast.subscription.unsubscribe_url, cast.subscription.preferences_url):
        path = url.removeprefix("http://127.0.0.1:8000")
        for method in (client.get, client.head):
            assert method(path).status_code == 200
    cast.subscription.refresh_from_db()
    assert cast.subscription.is_active


def test_the_preference_page_stops_and_resumes(client, cast):
    url = reverse("news:preferences", args=[cast.subscription.token])
    client.post(url)
    cast.subscription.refresh_from_db()
    assert not cast.subscription.is_active
    client.post(url, {"resume": "1"})
    cast.subscription.refresh_from_db()
    assert cast.subscription.is_active


def test_an_unknown_link_reveals_nothing(client, cast):
    assert client.get(reverse("news:unsubscribe", args=["x" * 22])).status_code == 404
    assert client.post(reverse("news:unsubscribe", args=["x" * 22])).status_code == 200
