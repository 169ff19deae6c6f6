"""Only a report is a bounce: holidays, delays and people are not judged by their words."""

import pytest

from news.delivery import mail_compiler, mailing, returned_mail
from news.models import Delivery, SetAside
from news.parsers import bounces
from tests.news.parsers.test_bounces import DSN, returned

GOSSIP = "L'ufficio di {other} ha cambiato sede: user unknown, the old address does not exist and has moved.\n"


@pytest.fixture
def delivery(cast, settings):
    settings.MAIL_BOUNCES_TO = "rimbalzi@gate40.example"
    mailing.queue_mail(cast.subscription, "prova", "Prova", "Testo", "<p>Testo</p>")
    Delivery.objects.update(state="sent")
    return Delivery.objects.get()


def answered(delivery, *headers, sender=None, subject="Re: Prova", body=None):
    lines = [
        f"From: {sender or 'Ada <' + delivery.address + '>'}",
        f"To: {mail_compiler.return_path(delivery)}",
        f"Subject: {subject}",
        *headers,
    ]
    return ("\n".join(lines) + "\n\n" + (body or GOSSIP).format(other=delivery.address)).encode()


HOLIDAYS = [
    ["Auto-Submitted: auto-replied"],
    ["Auto-Submitted: Auto-Replied (vacation)"],
    ["Auto-Submitted: AUTO-GENERATED"],
    ["Auto-Submitted: auto-notified"],
    ["X-Autoreply: yes"],
    ["X-Autorespond: Prova"],
    ["Precedence: auto_reply"],
    ["PRECEDENCE: Auto_Reply"],
    ["X-Auto-Response-Suppress: All"],
    ["X-Auto-Response-Suppress: OOF", "Return-Path: <>"],
]


@pytest.mark.parametrize("headers", HOLIDAYS, ids=lambda headers: headers[0])
def test_an_answering_machine_is_no_bounce_and_condemns_nobody(delivery, headers):
    for sender in (None, "Bruno <bruno@altra.example>", "postmaster@altra.example"):
        raw = answered(delivery, *headers, sender=sender)
        if sender and sender.startswith("postmaster") and headers[0].startswith("Auto-Submitted"):
            continue  # a mail system's own notice may say that much of itself
        assert bounces.read(raw).complaints == []
        assert returned_mail.take_returned(raw) == "answer"
    assert not mailing.is_suppressed(delivery.address)
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(
    "subject", ["Automatic reply: Prova", "Fuori ufficio: Prova", "Risposta automatica", "Assente"]
)
def test_an_answering_machine_that_says_so_in_its_subject_alone_is_none_either(delivery, subject):
    raw = answered(delivery, "Return-Path: <>", subject=subject)
    assert (returned_mail.take_returned(raw), mailing.is_suppressed(delivery.address)) == ("answer", False)


def test_what_a_person_writes_is_not_searched_for_words_but_put_before_staff(delivery):
    raw = answered(delivery, subject="=?utf-8?q?Re=3A_Novit=C3=A0?=")
    assert [returned_mail.take_returned(raw) for _twice in range(2)] == ["letter", "letter"]
    assert not mailing.is_suppressed(delivery.address)
    aside = SetAside.objects.get()
    assert (aside.why, aside.subject, delivery.address in aside.sender) == ("letter", "Re: Novità", True)


def test_the_same_words_from_a_mail_system_do_count(delivery):
    """The control: it is the sender that makes the difference."""
    raw = answered(delivery, sender="Mail Delivery Subsystem <MAILER-DAEMON@relay.example>", subject="Returned mail")
    assert returned_mail.take_returned(raw) == "permanent"
    assert mailing.is_suppressed(delivery.address)


def test_a_notice_in_words_about_another_address_condemns_nobody(delivery):
    raw = answered(
        delivery,
        sender="MAILER-DAEMON@relay.example",
        subject="failure notice",
        body="<altri@altrove.example>:\n550 5.1.1 user unknown\n",
    )
    assert returned_mail.take_returned(raw) == "unknown"
    assert not mailing.is_suppressed(delivery.address) and not mailing.is_suppressed("altri@altrove.example")


def test_a_report_about_the_address_that_an_alias_led_to_does_count(delivery):
    raw = returned(delivery, "550 5.1.1 user unknown").replace(
        f"Final-Recipient: rfc822; {delivery.address}".encode(), b"Final-Recipient: rfc822; vera@dentro.example"
    )
    assert returned_mail.take_returned(raw) == "permanent"
    assert mailing.is_suppressed(delivery.address)


DELAYS = [
    "Your message has been delayed. You do not need to send it again.",
    "THIS IS A WARNING MESSAGE ONLY. Will keep trying for five days.",
    "Il messaggio non è stato ancora consegnato: continuerà a provare per cinque giorni.",
]


def test_a_delay_counts_for_nothing_on_however_many_days(cast, time_machine, settings):
    settings.MAIL_BOUNCES_TO = "rimbalzi@gate40.example"
    for day in range(1, 5):
        time_machine.move_to(f"2026-03-1{day}T10:00:00Z")
        mailing.queue_mail(cast.subscription, f"prova-{day}", "Prova", "Testo", "")
        late = Delivery.objects.get(occasion=f"prova-{day}")
        raw = returned(late, "451 4.4.1 timed out", "4.4.1").replace(b"Action: failed", b"Action: Delayed")
        assert returned_mail.take_returned(raw) == "delay"
        for words in DELAYS:
            body = f"{late.address}\n451 4.4.1 timed out\n{words}\n"
            notice = answered(late, sender="MAILER-DAEMON@relay.example", subject="Warning", body=body)
            assert returned_mail.take_returned(notice) == "delay"
    assert not mailing.is_suppressed(cast.subscription.email)
    assert not Delivery.objects.filter(bounced_at__isnull=False).exists()


UNREADABLE = """\
From: posta-certificata@pec.example
Subject: ACCETTAZIONE: =?utf-8?q?novit=C3=A0?=
X-Ricevuta: accettazione
Content-Type: application/xml; name="daticert.xml"

<?xml version="1.0" encoding="{encoding}"?><postacert errore="nessuno"><dati/></postacert>
"""


@pytest.mark.parametrize("encoding", ["x-non-esiste", "utf-99", "base64"])
def test_what_cannot_be_read_is_set_aside_and_holds_up_no_other(delivery, tmp_path, encoding):
    raws = [UNREADABLE.format(encoding=encoding).encode(), returned(delivery, "550 5.1.1 user unknown")]
    assert [returned_mail.take_returned(raw) for raw in raws] == ["unreadable", "permanent"]
    aside = SetAside.objects.get()
    assert (aside.why, aside.subject) == ("unreadable", "ACCETTAZIONE: novità")
    assert aside.error and bytes(aside.raw) == raws[0]


def test_a_report_whose_boundary_is_broken_is_still_read(delivery):
    raw = returned(delivery, "550 5.1.1 user unknown").replace(b"boundary=b", b"boundary=altra")
    assert returned_mail.take_returned(raw) == "permanent"


def test_a_mail_that_comes_by_pec_from_a_person_is_no_receipt():
    raw = DSN.format(address="a@b.example", returned_to="x@y.example", words="ciao", status="5.1.1", message_id="<1@x>")
    raw = "X-Trasporto: posta-certificata\nFrom: ditta@pec.example\n\nUser unknown: a@b.example\n" if raw else raw
    assert bounces.read(raw.encode()).complaints == []


def test_our_mails_ask_machines_to_be_silent_and_people_to_write_to_the_office(delivery, settings):
    compiled = mail_compiler.compiled(delivery, delivery.purpose, False)
    raw = compiled.letter(delivery, {}).raw
    silence = next(line for line in raw.split(b"\r\n") if line.startswith(b"X-Auto-Response-Suppress: "))
    asked = set(silence.decode().partition(": ")[2].split(", "))
    assert {"OOF", "AutoReply"} <= asked and not {"All", "NDR"} & asked, "reports of failure stay welcome"
    assert f"\r\nReply-To: {settings.PORTAL['contact_email']}\r\n".encode() in raw
    settings.MAIL_REPLY_TO = "redazione@consorzio.example"
    assert b"\r\nReply-To: redazione@consorzio.example\r\n" in compiled.letter(delivery, {}).raw


# What relays answer ---------------------------------------------------------------------------------------------------
ABOUT_US = [
    (554, "5.7.1 <gate.example[203.0.113.9]>: Client host rejected: Access denied"),
    (450, "4.7.25 Client host rejected: cannot find your reverse hostname"),
    (554, "5.7.1 <noi@gate.example>: Sender address rejected: not logged in"),
    (550, "<noi@gate.example>: Sender address rejected: Domain not found"),
    (550, "5.1.8 Sender address rejected: Domain of sender does not exist"),
    (550, "5.7.1 <gate>: Helo command rejected: Host not found"),
    (504, "5.5.2 <gate>: Helo command rejected: need fully-qualified hostname"),
    (554, "5.7.1 <lei@ditta.example>: Relay access denied"),
    (550, "5.7.1 Relaying denied. Proper authentication required."),
    (550, "relay not permitted, user unknown here"),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (550, "Sender verify failed: no such user"),
    (550, "5.1.1 Sender verification failed: user unknown"),
    (550, "5.7.23 SPF validation failed"),
    (550, "5.7.26 Unauthenticated email from gate.example is not accepted: DMARC policy"),
    (550, "5.7.25 The IP address sending this message does not have a PTR record"),
    (530, "5.7.0 Authentication required"),
    (550, "5.4.5 Daily sending quota exceeded"),
    (452, "4.5.3 hourly message limit exceeded"),
    (554, "5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.example"),
]
GONE = [
    (550, "5.1.1 <lei@ditta.example>: Recipient address rejected: User unknown in virtual mailbox table"),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
    (501, "5.1.3 Bad recipient address syntax"),
    (550, "5.4.1 Recipient address rejected: Access denied [relay.example]"),
    (550, "No such user here"),
    (550, "<lei@ditta.example>: user unknown"),
]
SPARED = [  # the mail fails, or waits, and the address is not suspended
    (550, "5.7.1 <lei@ditta.example>: Recipient address rejected: policy"),
    (550, "5.1.2 Host unknown"),
    (550, "5.2.1 The mailbox is disabled"),
    (552, "5.2.2 mailbox full"),
    (450, "4.1.1 User unknown for now"),
    (554, "transaction failed"),
]


@pytest.mark.parametrize(("code", "text"), ABOUT_US, ids=lambda value: str(value)[:30])
def test_a_refusal_of_the_sender_says_nothing_about_the_addressee(code, text):
    assert not bounces.condemns_address(code, text)
    assert bounces.reason_of(code, text) == ("policy" if code >= 500 else "temporary")


@pytest.mark.parametrize(("code", "text"), GONE, ids=lambda value: str(value)[:30])
def test_an_address_that_is_gone_is_recognised(code, text):
    assert bounces.condemns_address(code, text)
    assert bounces.reason_of(code, text) == "permanent"


@pytest.mark.parametrize(("code", "text"), SPARED, ids=lambda value: str(value)[:30])
def test_whatever_leaves_a_doubt_suspends_nobody(code, text):
    assert not bounces.condemns_address(code, text)
