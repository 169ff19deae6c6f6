"""Relays as they are: slow, forgetful, or of the opinion that we should not be there."""

import threading
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from news.delivery import mailing, sender
from news.models import Brake, Campaign, Delivery, Subscription, Told
from tests.cast import subscription
from tests.news.edges import Relay

FIRMS = ("alfa", "beta", "gamma", "delta")
REFUSAL = "554 5.7.1 <gate.example>: Client host rejected: Access denied"


@pytest.fixture
def point_at(settings):
    def point(server, timeout=1):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = timeout
        return server

    return point


@pytest.fixture
def issue(cast):
    for name in FIRMS:
        subscription(cast[name], purpose="newsletter")
    issue = Campaign.objects.create(occasion="numero", subject="Numero", text="Testo", html="<p>Testo</p>")
    mailing.start_campaign(issue, Subscription.objects.newsletters())
    return issue


def many(count, **fields):
    for number in range(count):
        mailing.queue_mail(f"chi-{number:02}@esempio.example", "avviso", "Prova", "Testo", "<p>Testo</p>", **fields)


def again():
    Delivery.objects.filter(state="retry").update(not_before=timezone.now())
    return mailing.send_due()


def to_staff(settings):
    mails = Delivery.objects.filter(address=settings.PORTAL["contact_email"]).order_by("pk")
    return list(mails.values_list("occasion", flat=True))


# After the dot --------------------------------------------------------------------------------------------------------
def test_a_filter_that_takes_longer_than_every_other_answer_makes_no_copies(issue, point_at):
    with Relay(dot_takes=1.5) as relay:
        point_at(relay)
        for _time in range(3):
            again()
        assert sorted(to for to, _body in relay.accepted) == sorted(f"posta@{name}.example" for name in FIRMS)
    assert set(issue.deliveries.values_list("state", flat=True)) == {"sent"}


def test_with_the_patience_of_every_other_answer_the_same_relay_would_leave_them_unknown(issue, point_at, settings):
    """The control: what the portal did before."""
    settings.EMAIL_DOT_TIMEOUT = 1
    with Relay(dot_takes=1.5) as relay:
        point_at(relay)
        mailing.send_due()
    assert issue.deliveries.filter(losses=1).exists()


def test_lost_for_the_third_time_a_mail_is_held_and_staff_hear_of_it_once(cast, point_at, settings):
    many(1)
    with Relay(hangs_at="drop") as relay:
        point_at(relay)
        for _time in range(5):
            again()
        bodies = relay.commands.count("DATA")
    row = Delivery.objects.get(address="chi-00@esempio.example")
    assert (row.state, row.losses, row.attempts) == ("uncertain", 3, 3)
    assert bodies <= 3 + 3, "three of this mail; the rest is the word to staff"
    assert to_staff(settings) == [f"held-back:{timezone.localdate().isoformat()}"]
    mailing.settle_deliveries(Delivery.objects.filter(pk=row.pk), is_sent=False)
    row.refresh_from_db()
    assert (row.state, row.losses) == ("retry", 0)


def test_a_held_account_mail_keeps_no_link_and_is_not_sent_again(cast, point_at):
    mailing.send_account_mail("a@esempio.example", "Nuova password", "link segreto", "<p>link segreto</p>")
    with Relay(hangs_at="drop") as relay:
        point_at(relay)
        for _time in range(3):
            again()
    row = Delivery.objects.get(purpose="account")
    assert (row.state, row.text, row.html) == ("uncertain", "", "")
    assert mailing.settle_deliveries(Delivery.objects.filter(pk=row.pk), is_sent=False) == 0


# A relay that refuses us ----------------------------------------------------------------------------------------------
def test_a_relay_that_refuses_us_condemns_nobody_and_pulls_the_brake(cast, point_at, settings):
    many(31)
    with Relay({"RCPT TO": REFUSAL}) as relay:
        point_at(relay)
        assert mailing.send_due() == 0
        tried = sum(command.startswith("RCPT") for command in relay.commands)
        assert again() == 0
    rows = Delivery.objects.filter(address__startswith="chi-")
    assert set(rows.values_list("state", flat=True)) <= {"retry", "pending"}
    assert not any(mailing.is_suppressed(row.address) for row in rows)
    brake = Brake.objects.get()
    assert brake.is_pulled and "Client host rejected" in brake.said
    assert tried <= Brake.FEWEST + 1, "one more envelope may be on its way"
    assert to_staff(settings) == [f"brake:{brake.pk}"]


def test_released_by_staff_with_a_reason_all_of_it_leaves_once_and_staff_hear_the_all_clear(
    cast, client, point_at, settings
):
    many(12)
    with Relay({"RCPT TO": REFUSAL}) as relay:
        point_at(relay)
        mailing.send_due()
    brake = Brake.objects.get()
    with Relay() as relay:
        point_at(relay)
        assert again() == 1, "the word to staff: what somebody waits for is still tried"
        client.force_login(cast.people["desk"])
        assert client.post(reverse("admin:news_brake_decide", args=[brake.pk]), {"note": "x"}).status_code == 403
        client.force_login(cast.people["manager"])
        page = client.get(reverse("admin:news_brake_change", args=[brake.pk])).content.decode()
        assert "Client host rejected" in page and reverse("admin:news_brake_decide", args=[brake.pk]) in page
        empty = client.post(reverse("admin:news_brake_decide", args=[brake.pk]), {"note": " "})
        assert empty.context["form"].errors["note"]
        client.post(reverse("admin:news_brake_decide", args=[brake.pk]), {"note": "il relay ci ammette di nuovo"})
        assert mailing.send_due() == 13
        assert client.post(reverse("admin:news_brake_decide", args=[brake.pk]), {"note": "x"}).status_code == 403
    brake.refresh_from_db()
    assert (brake.released_by, brake.note) == (cast.people["manager"], "il relay ci ammette di nuovo")
    assert to_staff(settings) == [f"brake:{brake.pk}", f"brake-released:{brake.pk}"]
    copies = [to for to, _body in relay.accepted if to.startswith("chi-")]
    assert sorted(copies) == sorted(set(copies)) and len(copies) == 12


def test_under_a_brake_a_reset_still_leaves(cast, point_at):
    Brake.objects.create(pulled_at=timezone.now())
    many(2)
    mailing.send_account_mail("a@esempio.example", "Nuova password", "link", "")
    with Relay() as relay:
        point_at(relay)
        mailing.send_due()
    assert "a@esempio.example" in [to for to, _body in relay.accepted]
    assert not any(to.startswith("chi-") for to, _body in relay.accepted)


def test_a_few_refusals_among_many_that_are_taken_pull_nothing(cast, point_at):
    many(40)
    with Relay({f"RCPT TO:<chi-{number:02}": REFUSAL for number in range(0, 40, 5)}) as relay:
        point_at(relay)
        assert mailing.send_due() == 32
    assert not Brake.objects.pulled().exists()
    assert Delivery.objects.filter(state="retry", reason="policy").count() == 8


def test_old_refusals_are_forgotten(cast):
    for _time in range(Brake.FEWEST - 1):
        assert not Brake.count_refused("554 no")
    Brake.objects.update(counted_from=timezone.now() - Brake.WINDOW - timedelta(seconds=1))
    assert not Brake.count_refused("554 no")
    assert Brake.objects.get().refused == 1


def test_greylisting_pauses_no_campaign_and_loses_nobody(issue, point_at, monkeypatch):
    monkeypatch.setattr(sender, "TOO_MANY_ERRORS", 1)
    with Relay({"RCPT TO": "450 4.2.0 Greylisted, see you in five minutes"}) as relay:
        point_at(relay)
        mailing.send_due()
    issue.refresh_from_db()
    assert (issue.state, set(issue.deliveries.values_list("state", flat=True))) == ("sending", {"retry"})
    with Relay() as relay:
        point_at(relay)
        assert again() == 4


def test_the_second_pause_is_told_as_well(issue, point_at, monkeypatch, settings):
    monkeypatch.setattr(sender, "TOO_MANY_ERRORS", 0)
    with Relay({"RCPT TO:<posta@": "554 5.5.0 not today"}) as relay:
        point_at(relay)
        for _time in range(2):
            mailing.send_due()
            issue.refresh_from_db()
            assert issue.state == "paused"
            mailing.resume_campaign(issue)
    assert len({each for each in to_staff(settings) if each.startswith("paused:")}) == 2


# Counted as told only when sent ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [("554 5.5.0 no", "failed", 0), ("450 4.2.1 later", "retry", 1), ("250 ok", "sent", 1)],
)
def test_what_a_failed_digest_held_comes_again_in_the_next(cast, point_at, answer, state, told):
    mailing.queue_mail(cast.subscription, "digest:1", "Prova", "Testo", "", told=[("match", 7)])
    with Relay({"RCPT TO": answer} if not answer.startswith("250") else {}) as relay:
        point_at(relay)
        mailing.send_due()
    assert Delivery.objects.get().state == state
    assert Told.objects.count() == told


def test_what_was_skipped_is_untold_whoever_skips_it(cast):
    mailing.queue_mail(cast.subscription, "digest:1", "Prova", "Testo", "", told=[("match", 7)])
    mailing.suppress_address(cast.subscription.email, "bounce")
    assert (Delivery.objects.get().state, Told.objects.count()) == ("skipped", 0)


# The urgent lane ------------------------------------------------------------------------------------------------------
def test_a_batch_is_cut_by_time_so_that_a_reset_overtakes_it(cast, point_at, monkeypatch):
    monkeypatch.setattr(sender, "SLICE", 0.3)
    many(8, lane=mailing.Lane.BULK)
    with Relay(dot_takes=0.2) as relay:
        point_at(relay)
        held = sender._claim_next(dict.fromkeys(mailing.Lane.values, 0))
        held.send()
        assert 0 < len(held.accepted) < 8
        mailing.send_account_mail("a@esempio.example", "Nuova password", "link", "")
        assert mailing.send_due() == 9 - len(held.accepted)
        order = [to for to, _body in relay.accepted]
    assert order[len(held.accepted)] == "a@esempio.example"
    assert Delivery.objects.filter(state="sent").count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_reset_leaves_beside_a_sender_that_stands_before_a_slow_relay(cast, point_at):
    """The bulk waits for an answer after its dot; whoever waits at the screen has a counter of their own."""
    many(1, lane=mailing.Lane.BULK)
    with Relay(hangs_at="dot") as slow, Relay() as relay:
        point_at(slow)
        bulk = threading.Thread(target=_send_and_close)
        bulk.start()
        while "DATA" not in slow.commands:
            time.sleep(0.05)
        point_at(relay)
        mailing.send_account_mail("a@esempio.example", "Nuova password", "link", "")
        began = time.monotonic()
        assert mailing.send_due() == 0, "the one place is taken"
        assert mailing.send_urgent() == 1
        assert time.monotonic() - began < 10
        slow.is_over.set()
        bulk.join()


def _send_and_close():
    from django.db import connection

    mailing.send_due()
    connection.close()


def test_a_slow_pace_makes_way_for_whoever_waits_at_the_screen(cast, point_at, settings):
    settings.MAIL_PER_MINUTE = 6
    many(3, lane=mailing.Lane.BULK)
    with Relay() as relay:
        point_at(relay)
        held = sender._claim_next(dict.fromkeys(mailing.Lane.values, 0))
        mailing.send_account_mail("a@esempio.example", "Nuova password", "link", "")
        began = time.monotonic()
        held.send()
        assert mailing.send_urgent() == 1
        assert time.monotonic() - began < 10
    assert len(held.accepted) == 1, "the second would have waited ten seconds, and did not"


# Small things with large consequences ---------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", ["252 2.1.5 cannot verify, but will take it", "251 2.1.5 forwarded"])
def test_an_addressee_taken_with_a_reservation_gets_the_whole_mail(issue, point_at, answer):
    with Relay({"RCPT TO": answer}) as relay:
        point_at(relay)
        assert mailing.send_due() == 4
    assert all(b"Subject: Numero" in body for _to, body in relay.accepted)


def test_no_mail_is_ever_ended_empty_where_its_recipient_was_taken(issue, point_at):
    """A server that refuses the sender and yet asks for the body: hang up, nothing arrives."""
    with Relay({"MAIL FROM": "553 5.7.1 not you"}, waits_for_nobody=True) as relay:
        point_at(relay)
        mailing.send_due()
    assert relay.accepted == []
    assert set(issue.deliveries.values_list("state", flat=True)) <= {"retry", "pending"}


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "554 5.5.0 no"])
def test_a_refused_account_mail_keeps_no_link(cast, point_at, answer):
    mailing.send_account_mail("a@esempio.example", "Nuova password", "link segreto", "<p>link segreto</p>")
    with Relay({"RCPT TO": answer}) as relay:
        point_at(relay)
        mailing.send_due()
    row = Delivery.objects.get(purpose="account")
    assert (row.state, row.text, row.html) == ("failed", "", "")


def test_an_account_mail_that_is_tried_again_still_has_its_link(cast, point_at):
    mailing.send_account_mail("a@esempio.example", "Nuova password", "link segreto", "")
    with Relay({"RCPT TO": "450 4.2.1 later"}) as relay:
        point_at(relay)
        mailing.send_due()
    assert Delivery.objects.get().text == "link segreto"


def test_what_a_batch_gives_back_to_a_campaign_that_was_called_off_does_not_wait_for_ever(issue, point_at):
    held = sender.claim(mailing.Lane.BULK)
    mailing.cancel_campaign(issue)
    held._close()
    assert issue.deliveries.filter(state="pending").count() == 4
    with Relay() as relay:
        point_at(relay)
        mailing.send_due()
    assert set(issue.deliveries.values_list("state", "reason")) == {("skipped", "cancelled")}


def test_uncertain_mails_of_a_campaign_that_was_called_off_are_not_sent_again(issue):
    issue.deliveries.update(state="uncertain")
    mailing.cancel_campaign(issue)
    assert mailing.settle_uncertain(issue, is_sent=False) == 4
    assert set(issue.deliveries.values_list("state", flat=True)) == {"skipped"}
