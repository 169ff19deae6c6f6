"""The one door: each mail once, to whoever still wants it, whatever the server says."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from gate40 import outbox
from news.delivery import mailing, sender
from news.models import Delivery, Suppression
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
        mailing.queue_mail(who, occasion, **wanted)
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
    assert (state(delivery), delivery.smtp_code, delivery.reason) == ("retry", 450, "temporary")
    assert delivery.not_before > timezone.now()
    mailbox.refuse = {}
    assert mailing.send_due() == 0, "not before its time"
    Delivery.objects.update(not_before=timezone.now())
    assert mailing.send_due() == 1


def test_a_server_that_is_away_loses_nothing(queued, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    delivery = queued()
    assert mailing.send_due() == 0
    assert (state(delivery), delivery.attempts) == ("pending", 0)
    assert "refused" in delivery.error


def test_whoever_leaves_between_queue_and_send_hears_nothing(queued, mailbox, cast):
    delivery = queued()
    cast.subscription.stop()
    assert mailing.send_due() == 0
    assert (mailbox.messages, state(delivery)) == ([], "skipped")


def test_two_workers_never_take_the_same_row(queued):
    first = queued()
    assert [row.pk for row in sender.claim(first.lane).deliveries] == [first.pk]
    assert sender.claim(first.lane) is None


def test_an_address_that_is_none_fails_alone(cast, mailbox):
    for address in ("nessuna chiocciola", "a@b@c", "due@esempio.example\r\nBcc: x@y.example", "ok@esempio.example"):
        mailing.queue_mail(address, "avviso", "Prova", "Testo", "<p>Testo</p>")
    assert mailing.send_due() == 1
    assert [message["To"] for message in mailbox.messages] == ["ok@esempio.example"]
    failed = Delivery.objects.filter(state="failed", reason="bad_address")
    assert failed.count() == 3


def test_an_account_mail_overtakes_and_leaves_no_secret_behind(queued, mailbox):
    queued()
    mailing.send_service_mail(EmailMultiAlternatives("Nuova password", "link segreto", to=["a@esempio.example"]))
    assert mailing.send_due() == 2
    assert [message["Subject"] for message in mailbox.messages] == ["Nuova password", "Prova"]
    assert mailbox.messages[0]["List-Unsubscribe"] is None
    assert Delivery.objects.get(purpose="account").text == ""


def test_a_suppressed_address_gets_account_mails_and_nothing_else(queued, mailbox):
    delivery = queued()
    mailing.suppress_address("POSTA@alfa.example", Suppression.Reason.ERASURE)
    mailing.queue_mail("posta@alfa.example", "avviso", "Avviso", "Testo", "<p>Testo</p>")
    mailing.send_service_mail(EmailMultiAlternatives("Nuova password", "link", to=["posta@alfa.example"]))
    assert mailing.send_due() == 1
    assert [message["Subject"] for message in mailbox.messages] == ["Nuova password"]
    assert (state(delivery), delivery.reason) == ("skipped", "suppressed")


def test_an_address_that_does_not_exist_is_suppressed_by_the_refusal(queued, mailbox):
    queued()
    mailbox.refuse = {"posta@alfa.example": "550 5.1.1 no such user"}
    mailing.send_due()
    assert mailing.is_suppressed("posta@alfa.example")


def test_a_refusal_by_policy_says_nothing_about_the_address(queued, mailbox):
    queued()
    mailbox.refuse = {"posta@alfa.example": "550 5.7.1 blocked using a list"}
    mailing.send_due()
    assert not mailing.is_suppressed("posta@alfa.example")


def test_asked_twice_for_an_occasion_one_mail_is_queued(cast):
    for _time in range(2):
        mailing.queue_mail("Chi@esempio.example", "avviso", "Prova", "Testo", "")
        mailing.queue_mail(cast.subscription, "avviso", "Prova", "Testo", "", told=[("match", 1)])
    assert not mailing.queue_mail("chi@esempio.example", "avviso", "Prova", "Testo", "")
    assert Delivery.objects.count() == 2


def test_the_outbox_of_the_embedded_run_takes_every_mail(queued, settings):
    settings.EMAIL_BACKEND = "gate40.outbox.OutboxBackend"
    queued(subject="Perché sì", text="Una riga lunga " * 20 + "\n.\n.punto\nfine", html="<p>Città</p>")
    assert mailing.send_due() == 1
    [mail] = outbox.mails()
    assert (mail.subject, mail.to) == ("Perché sì", "posta@alfa.example")
    assert mail.text.endswith("\n.\n.punto\nfine")
    assert "Città" in mail.html


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
    client.post(url, {"stop": "1"})
    cast.subscription.refresh_from_db()
    assert not cast.subscription.is_active
    client.post(url, {"resume": "1"})
    cast.subscription.refresh_from_db()
    assert cast.subscription.is_active


def test_an_unknown_link_reveals_nothing(client, cast):
    assert client.get(reverse("news:unsubscribe", args=["x" * 22])).status_code == 404
    assert client.post(reverse("news:unsubscribe", args=["x" * 22])).status_code == 200


def test_staff_let_an_address_rest_and_find_it_again_without_ever_reading_one(client, cast):
    client.force_login(cast.people["manager"])
    added = client.post(reverse("admin:news_suppression_add"), {"address": "Chi@esempio.example"}, follow=True)
    assert added.status_code == 200 and Suppression.objects.of("chi@esempio.example").get().reason == "staff"
    client.post(reverse("admin:news_suppression_add"), {"address": "chi@esempio.example"})
    assert Suppression.objects.count() == 1
    page = reverse("admin:news_suppression_changelist")
    assert client.get(page, {"q": "CHI@esempio.example"}).context["cl"].result_count == 1
    assert client.get(page, {"q": "altri@esempio.example"}).context["cl"].result_count == 0
    assert "esempio.example" not in client.get(page).content.decode()
    wrong = client.post(reverse("admin:news_suppression_add"), {"address": "nessuno"})
    assert wrong.context["adminform"].form.errors["address"]
