"""One text for many: frozen, counted, paused, resumed, and it always adds up."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from news.delivery import mailing, sender
from news.models import Batch, Campaign, Delivery, Progress, Subscription
from tests.cast import subscription
from tests.news.smtp import smtp_server

TEXT = "Gentile {{ organization }},\n\nnovità.\n\nPer non riceverla più: {{ unsubscribe_url }}\n"
HTML = '<p>Gentile {{ organization }}</p><p><a href="{{ preferences_url }}">Preferenze</a></p>' + "<p>lungo</p>" * 50


@pytest.fixture
def mailbox(settings):
    with smtp_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def readers(cast):
    """Three readers, one who has not confirmed, and one address that stands there twice."""
    for name in ("alfa", "beta", "gamma"):
        subscription(cast[name], purpose="newsletter")
    subscription(cast["delta"], purpose="newsletter", confirmed_at=None)
    subscription(cast["bozza"], purpose="newsletter", email="POSTA@alfa.example")
    return Subscription.objects.filter(purpose="newsletter")


def campaign(**fields):
    fields = {"occasion": "numero-1", "subject": "Numero 1", "text": TEXT, "html": HTML, **fields}
    return Campaign.objects.create(**fields)


def counted(issue):
    sums = mailing.accounting(issue)
    assert sums["is_balanced"]
    return {name: sums[name] for name in ("sent", "failed", "skipped", "uncertain", "pending", "retry") if sums[name]}


def test_every_active_address_gets_one_row_and_starting_twice_adds_nothing(readers):
    issue = campaign()
    assert [mailing.start_campaign(issue, readers), mailing.start_campaign(issue, readers)] == [3, 3]
    assert counted(issue) == {"pending": 3}


def test_each_reads_their_own_name_and_links_in_the_same_text(readers, mailbox, cast):
    cast[
        "beta"
    ].name = "Officine & Figli <Società> già «D'Amico» d'oltre confine, con un nome che non finisce più {{ x }}"
    cast["beta"].save()
    issue = campaign()
    mailing.start_campaign(issue, readers)
    assert mailing.send_due() == 3
    message = next(message for message in mailbox.messages if message["To"] == "posta@beta.example")
    one = readers.get(organization=cast["beta"])
    text, html = (message.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert text.replace("\r\n", "\n") == TEXT.replace("{{ organization }}", cast["beta"].name).replace(
        "{{ unsubscribe_url }}", one.unsubscribe_url
    )
    assert "Officine &amp; Figli &lt;Società&gt;" in html
    assert f'href="{one.preferences_url}"' in html
    assert message["List-Unsubscribe"] == f"<{one.unsubscribe_url}>"
    issue.refresh_from_db()
    assert (issue.state, counted(issue)) == ("sent", {"sent": 3})


def test_no_line_of_a_body_is_longer_than_quoted_printable_allows(readers, mailbox, cast):
    cast["alfa"].name = "à" * 150
    cast["alfa"].save()
    mailing.start_campaign(campaign(subject="{{ organization }}: " + "è" * 150), readers)
    held = sender.claim(2, limit=1)
    [(_delivery, letter)] = held._letters()
    headers, _, bodies = letter.raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in bodies.split(b"\r\n")) <= 76
    assert max(len(line) for line in headers.split(b"\r\n")) <= 998
    assert b"\n" not in letter.raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("broken", ["{{ nome }}", "{{ organization", "organization }}", "{{}}"])
def test_a_broken_field_is_refused_before_anything_is_written(readers, broken):
    issue = campaign(text=f"Testo {broken}")
    with pytest.raises(ValidationError):
        mailing.start_campaign(issue, readers)
    issue.refresh_from_db()
    assert (issue.state, Delivery.objects.count()) == ("draft", 0)


def test_a_paused_campaign_is_silent_and_a_resumed_one_goes_on(readers, mailbox):
    issue = campaign()
    mailing.start_campaign(issue, readers)
    assert mailing.pause_campaign(issue)
    assert mailing.send_due() == 0
    assert mailing.resume_campaign(issue)
    assert mailing.send_due() == 3


def test_a_pause_stops_a_batch_that_is_already_in_hand(readers, mailbox):
    issue = campaign()
    mailing.start_campaign(issue, readers)
    held = sender.claim(2)
    mailing.pause_campaign(issue)
    with pytest.raises(sender.Halt):
        held.send()
    assert (mailbox.messages, counted(issue)) == ([], {"pending": 3})


def test_a_cancelled_campaign_adds_up_and_stays_cancelled(readers, mailbox):
    issue = campaign()
    mailing.start_campaign(issue, readers)
    assert mailing.cancel_campaign(issue)
    assert not mailing.resume_campaign(issue)
    assert mailing.send_due() == 0
    assert counted(issue) == {"skipped": 3}


def test_whoever_leaves_after_the_claim_hears_nothing(readers, mailbox, cast):
    issue = campaign()
    mailing.start_campaign(issue, readers)
    held = sender.claim(2)
    readers.get(organization=cast["beta"]).stop()
    assert held.send() == 2
    assert "posta@beta.example" not in [message["To"] for message in mailbox.messages]
    assert counted(issue) == {"sent": 2, "skipped": 1}


def test_too_many_errors_in_a_row_pause_the_campaign_and_tell_staff_once(readers, mailbox, cast, monkeypatch, settings):
    monkeypatch.setattr(sender, "TOO_MANY_ERRORS", 1)
    issue = campaign()
    mailing.start_campaign(issue, readers)
    mailbox.refuse = {f"posta@{name}.example": "554 5.5.0 not today" for name in ("alfa", "beta", "gamma")}
    for _time in range(2):
        mailing.send_due()
    issue.refresh_from_db()
    assert (issue.state, counted(issue)) == ("paused", {"failed": 2, "pending": 1})
    assert [message["To"] for message in mailbox.messages] == [settings.PORTAL["contact_email"]]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("resend", {"sent": 1, "retry": 1, "pending": 1}), ("hold", {"sent": 1, "uncertain": 1, "pending": 1})],
)
def test_what_a_dead_worker_held_is_settled_by_its_cursor(readers, policy, expected):
    issue = campaign(on_uncertain=policy)
    mailing.start_campaign(issue, readers)
    held = sender.claim(2)
    Progress.objects.update(cursor=held.deliveries[1].pk)
    connection.cursor().execute("SELECT pg_advisory_unlock_all()")  # as the death of its session does
    assert mailing.recover() == 2
    assert mailing.recover() == 0
    assert counted(issue) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("resend", {"sent": 1, "retry": 1, "pending": 1}), ("hold", {"sent": 1, "uncertain": 1, "pending": 1})],
)
def test_when_postgresql_and_the_worker_both_died_only_the_window_is_uncertain(readers, policy, expected, monkeypatch):
    issue = campaign(on_uncertain=policy)
    mailing.start_campaign(issue, readers)
    held = sender.claim(2)
    Progress.objects.all().delete()  # what a crash of PostgreSQL does to an unlogged table
    Batch.objects.update(window_from=held.deliveries[1].pk, window_to=held.deliveries[1].pk)
    connection.cursor().execute("SELECT pg_advisory_unlock_all()")
    assert mailing.recover() == 0, "the worker may still be alive, and knows better"
    assert mailing.recover() == 0
    monkeypatch.setattr(sender, "GRACE", timedelta(0))
    assert mailing.recover() == 2
    assert counted(issue) == expected


def test_a_worker_that_survives_a_crash_of_postgresql_says_itself_what_it_has_handed_over(readers, mailbox):
    issue = campaign()
    mailing.start_campaign(issue, readers)
    held = sender.claim(2)
    letters = held._letters()
    held._hand_over(*next(letters), None)
    Progress.objects.all().delete()
    with pytest.raises(sender.Halt):
        held._hand_over(*next(letters), None)
    held._hang_up()
    held._close()
    assert (len(mailbox.messages), counted(issue)) == (1, {"sent": 1, "pending": 2})


@pytest.mark.parametrize(("policy", "sizes"), [("resend", [1, 2, 2]), ("hold", [1, 1, 1])])
def test_the_window_is_on_the_disk_before_its_first_mail_leaves(readers, settings, monkeypatch, policy, sizes):
    """A slow disk makes it wide, up to what the setting allows; when nobody may hear twice it is one mail."""
    settings.MAIL_WINDOW = 2
    mailing.start_campaign(campaign(on_uncertain=policy), readers)
    held = sender.claim(2)
    held.window.cost = 1_000_000
    keys = [row.pk for row in held.deliveries]
    for row, size in zip(held.deliveries, sizes, strict=True):
        assert held._may_leave(row)
        first, last = Batch.objects.values_list("window_from", "window_to").get()
        assert first <= row.pk <= last and keys.index(last) - keys.index(first) + 1 == size


def test_with_a_slow_relay_the_window_is_one_mail():
    window = sender.Window(most=25)
    for cost, pause, size in ((0.003, 0.0007, 25), (0.003, 0.01, 3), (0.003, 0.1, 1)):
        window.cost, window.size, window.opened_at = cost, 1, sender.time.monotonic() - pause
        window.begin()
        assert abs(window.size - size) <= (0 if size in (1, 25) else 2)


def test_staff_settle_what_was_held_back(readers, mailbox):
    issue = campaign(on_uncertain="hold")
    mailing.start_campaign(issue, readers)
    issue.deliveries.update(state="uncertain")
    assert mailing.settle_uncertain(issue, is_sent=False) == 3
    assert mailing.send_due() == 3
    assert counted(issue) == {"sent": 3}
