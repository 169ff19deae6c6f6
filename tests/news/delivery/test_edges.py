"""At the edge: a server that refuses in the middle, hangs, or must be trusted; a pace; a mailbox of returned mail."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from news.delivery import mailing, pace, returned_mail, sender
from news.models import Campaign, Delivery, Pace, Subscription
from tests.cast import subscription
from tests.news.edges import Mailbox, Relay, certificate
from tests.news.parsers.test_bounces import returned
from tests.news.smtp import smtp_server

FIRMS = ("alfa", "beta", "gamma")


@pytest.fixture
def issue(cast):
    for name in FIRMS:
        subscription(cast[name], purpose="newsletter")
    issue = Campaign.objects.create(occasion="numero", subject="Numero", text="Testo", html="<p>Testo</p>")
    mailing.start_campaign(issue, Subscription.objects.newsletters())
    return issue


@pytest.fixture
def point_at(settings):
    def point(server):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = settings.EMAIL_DOT_TIMEOUT = 1
        return server

    return point


def states(issue):
    return dict(issue.deliveries.values_list("subscription__organization__slug", "state"))


# Refused in the middle of a pipeline ----------------------------------------------------------------------------------
@pytest.mark.parametrize("waits_for_nobody", [False, True])
@pytest.mark.parametrize("refused", FIRMS)
def test_a_recipient_refused_in_the_middle_of_a_pipeline_costs_nobody_else_their_mail(
    issue, point_at, refused, waits_for_nobody
):
    """Its envelope was announced while another body was on its way, and the answers come in order."""
    others = {f"posta@{name}.example" for name in FIRMS if name != refused}
    refusal = {f"RCPT TO:<posta@{refused}": "550 5.1.1 no such user"}
    with Relay(refusal, waits_for_nobody=waits_for_nobody) as relay:
        point_at(relay)
        assert mailing.send_due() == 2
    assert [recipient for recipient, _body in relay.accepted] == sorted(others)
    assert states(issue) == {name: "failed" if name == refused else "sent" for name in FIRMS}
    assert (relay.connections - 1, mailing.is_suppressed(f"posta@{refused}.example")) == (1, True)


@pytest.mark.parametrize("waits_for_nobody", [False, True])
def test_when_every_recipient_is_refused_nothing_is_accepted_and_all_are_told_apart(issue, point_at, waits_for_nobody):
    refusals = {"posta@alfa": "550 5.1.1 gone", "posta@beta": "450 4.2.1 later", "posta@gamma": "550 5.7.1 policy"}
    with Relay(refusals, waits_for_nobody=waits_for_nobody) as relay:
        point_at(relay)
        assert mailing.send_due() == 0
    assert relay.accepted == []
    assert states(issue) == {"alfa": "failed", "beta": "retry", "gamma": "retry"}
    assert set(issue.deliveries.values_list("reason", flat=True)) == {"permanent", "temporary", "policy"}


def test_a_sender_refused_in_the_pipeline_is_our_fault_and_blames_no_address(issue, point_at):
    with Relay({"MAIL FROM": "553 5.7.1 not yours"}) as relay:
        point_at(relay)
        assert mailing.send_due() == 0
    assert set(states(issue).values()) == {"retry"}
    assert not any(mailing.is_suppressed(f"posta@{name}.example") for name in FIRMS)


def test_each_body_goes_to_the_recipient_it_was_written_for(issue, point_at):
    with Relay({"RCPT TO:<posta@beta": "450 4.2.1 later"}) as relay:
        point_at(relay)
        mailing.send_due()
    for recipient, body in relay.accepted:
        assert f"To: {recipient}".encode() in body


# A server that hangs --------------------------------------------------------------------------------------------------
def test_a_server_that_never_greets_loses_nothing_and_holds_nobody_up(issue, point_at):
    with Relay(hangs_at="greeting") as relay:
        point_at(relay)
        assert mailing.send_due() == 0
    assert set(states(issue).values()) == {"pending"}
    assert "timed out" in issue.deliveries.first().error


@pytest.mark.parametrize(("policy", "state"), [("resend", "retry"), ("hold", "uncertain")])
def test_a_server_that_hangs_after_the_dot_leaves_one_mail_uncertain_and_no_other(issue, point_at, policy, state):
    Campaign.objects.update(on_uncertain=policy)
    with Relay(hangs_at="dot") as relay:
        point_at(relay)
        held = sender.claim(2)
        letters = held._letters()
        held._hand_over(*next(letters), None)
        held._hang_up()
        held._close()
    assert sorted(states(issue).values()) == sorted([state, "pending", "pending"])
    assert "timed out" in issue.deliveries.get(state=state).error


# TLS ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def tls(tmp_path):
    return certificate(tmp_path)


def test_with_starttls_the_whole_conversation_is_encrypted(issue, settings, tls, monkeypatch):
    public, context = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    settings.EMAIL_USE_TLS = True
    with smtp_server(settings, tls_context=context, require_starttls=True) as mailbox:
        assert mailing.send_due() == 3
    assert len(mailbox.messages) == 3


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(issue, settings, tls):
    settings.EMAIL_USE_TLS = True
    with smtp_server(settings, tls_context=tls[1], require_starttls=True) as mailbox:
        assert mailing.send_due() == 0
    assert (mailbox.messages, set(states(issue).values())) == ([], {"pending"})
    assert "CERTIFICATE_VERIFY_FAILED" in issue.deliveries.first().error


def test_a_server_that_cannot_encrypt_gets_no_mail_when_encryption_is_asked(issue, settings):
    settings.EMAIL_USE_TLS = True
    with smtp_server(settings) as mailbox:
        assert mailing.send_due() == 0
    assert (mailbox.messages, set(states(issue).values())) == ([], {"pending"})


# A pace ---------------------------------------------------------------------------------------------------------------
def test_mails_leave_at_the_pace_that_is_set(issue, settings, monkeypatch):
    settings.MAIL_PER_MINUTE = 30
    began, pauses = timezone.now(), []
    monkeypatch.setattr(pace.time, "sleep", pauses.append)
    with smtp_server(settings):
        assert mailing.send_due() == 3
    assert Pace.objects.get(domain="").next_free_at >= began + timedelta(seconds=6)
    assert len(pauses) >= 1 and max(pauses) <= 4


def test_all_workers_share_one_pace(db):
    turns = [pace.take_turn("", 60) for _time in range(5)]
    assert turns == sorted(turns)
    assert {later - sooner for sooner, later in zip(turns, turns[1:], strict=False)} == {timedelta(seconds=1)}


def test_a_domain_has_a_pace_of_its_own_and_holds_up_no_other(cast, settings):
    settings.MAIL_PER_MINUTE_PER_DOMAIN = 2
    for name in ("uno", "due", "tre"):
        mailing.queue_mail(f"{name}@stessa.example", "avviso", "Prova", "Testo", "")
    mailing.queue_mail("quattro@altra.example", "avviso", "Prova", "Testo", "")
    with smtp_server(settings) as mailbox:
        assert mailing.send_due() == 2
        waiting = Delivery.objects.filter(state="pending").order_by("not_before")
        assert [row.address for row in waiting] == ["due@stessa.example", "tre@stessa.example"]
        first, second = (row.not_before for row in waiting)
        assert second - first == timedelta(seconds=30)
        Delivery.objects.update(not_before=timezone.now())
        assert mailing.send_due() == 2, "their turn was given once and is not taken again"
    assert [str(message["To"]) for message in mailbox.messages][:2] == ["uno@stessa.example", "quattro@altra.example"]


# The mailbox of returned mail -----------------------------------------------------------------------------------------
@pytest.fixture
def bounced(issue, tls, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    Delivery.objects.update(state="sent")
    messages = [
        returned(issue.deliveries.get(address="posta@alfa.example"), "no such user").replace(b"\n", b"\r\n"),
        b"Subject: saluti\r\n\r\nBuone feste.\r\n",
        returned(issue.deliveries.get(address="posta@beta.example"), "mailbox full", "5.2.2").replace(b"\n", b"\r\n"),
    ]
    with Mailbox(messages, "segreta", tls[1]) as mailbox:
        at = {"HOST": "127.0.0.1", "PORT": mailbox.port, "USER": "rimbalzi", "NAME": "INBOX"}
        settings.MAIL_BOUNCES_IMAP = {**at, "PASSWORD": "segreta"}
        yield mailbox


def test_returned_mail_is_read_from_the_mailbox_once(bounced, issue):
    assert returned_mail.read_mailbox() == {"permanent": 1, "unknown": 1, "full": 1}
    assert bounced.seen == {1, 2, 3}
    assert returned_mail.read_mailbox() == {}
    reasons = dict(issue.deliveries.values_list("address", "reason"))
    assert (reasons["posta@alfa.example"], reasons["posta@beta.example"]) == ("permanent", "full")
    assert mailing.is_suppressed("posta@alfa.example") and not mailing.is_suppressed("posta@beta.example")


def test_a_message_is_marked_as_read_only_when_it_has_been_taken(bounced, monkeypatch):
    monkeypatch.setattr(returned_mail, "take_returned", lambda raw: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        returned_mail.read_mailbox()
    assert bounced.seen == set()


def test_a_wrong_password_is_told_in_a_line(bounced, settings):
    settings.MAIL_BOUNCES_IMAP = {**settings.MAIL_BOUNCES_IMAP, "PASSWORD": "sbagliata"}
    with pytest.raises(CommandError):
        call_command("read_bounces", "--imap", stdout=StringIO())


def test_without_a_mailbox_there_is_nothing_to_read(db, settings):
    settings.MAIL_BOUNCES_IMAP = None
    assert returned_mail.read_mailbox() == {}
