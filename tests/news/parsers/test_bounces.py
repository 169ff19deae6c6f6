"""What comes back is understood, finds its delivery, and only a permanent error makes an address rest at once."""

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from news.delivery import mail_compiler, mailing, returned_mail
from news.models import Delivery
from news.parsers import bounces

DATA = os.environ.get("GATE40_DATA")
needs_corpus = pytest.mark.skipif(not DATA, reason="GATE40_DATA names no folder with corpora")
DSN = """\
From: MAILER-DAEMON@relay.example
To: {returned_to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

{words}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
To: {address}

--b--
"""


@pytest.fixture
def delivery(cast):
    mailing.queue_mail(cast.subscription, "prova", "Prova", "Testo", "<p>Testo</p>")
    Delivery.objects.update(state="sent")
    return Delivery.objects.get()


def returned(delivery, words, status="5.1.1", returned_to="portale@gate40.example", message_id=None):
    message_id = message_id or mail_compiler.message_id(delivery)
    fields = {"returned_to": returned_to, "words": words, "status": status, "message_id": message_id}
    return DSN.format(address=delivery.address, **fields).encode()


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("550 5.1.1 user unknown", "5.1.1", "permanent"),
        ("552 5.2.2 mailbox full", "5.2.2", "full"),
        ("550 5.7.1 blocked using a list, see http://list.example", "5.7.1", "policy"),
        ("451 4.3.0 try again later", "4.3.0", "temporary"),
        ("450 4.1.1 user unknown for now", "4.1.1", "temporary"),
    ],
)
def test_words_and_codes_become_a_reason(delivery, words, status, reason):
    assert returned_mail.take_returned(returned(delivery, words, status)) == reason
    delivery.refresh_from_db()
    assert (delivery.reason, delivery.bounced_at is not None) == (reason, True)
    assert mailing.is_suppressed(delivery.address) == (reason == "permanent")


def test_a_signed_return_address_finds_its_delivery_without_a_message_id(delivery, settings):
    settings.MAIL_BOUNCES_TO = "rimbalzi@gate40.example"
    address = mail_compiler.return_path(delivery)
    raw = returned(delivery, "550 5.1.1 user unknown", returned_to=address, message_id="<other@x.example>")
    assert returned_mail.take_returned(raw) == "permanent"


def test_a_forged_return_address_changes_nothing(delivery, settings):
    forged = bounces.verp("rimbalzi@gate40.example", delivery.pk, "another key")
    raw = returned(delivery, "550 5.1.1 user unknown", returned_to=forged, message_id="<other@x.example>")
    assert returned_mail.take_returned(raw) == "unknown"
    assert not mailing.is_suppressed(delivery.address)


def test_a_full_mailbox_rests_after_three_bad_days(cast, time_machine):
    for day in range(3):
        assert not mailing.is_suppressed(cast.subscription.email)
        time_machine.move_to(f"2026-03-1{day}T10:00:00Z")
        mailing.queue_mail(cast.subscription, f"prova-{day}", "Prova", "Testo", "")
        delivery = Delivery.objects.get(occasion=f"prova-{day}")
        for _twice in range(2):
            returned_mail.take_returned(returned(delivery, "552 5.2.2 mailbox full", "5.2.2"))
    assert mailing.is_suppressed(cast.subscription.email)


def test_a_certified_receipt_of_error_is_read_from_its_xml():
    xml = '<postacert errore="no-dest"><dati><consegna>chi@pec.example</consegna></dati></postacert>'
    raw = f"X-Ricevuta: errore-consegna\nContent-Type: application/xml; name=daticert.xml\n\n{xml}".encode()
    [complaint] = bounces.read(raw).complaints
    assert (complaint.address, complaint.reason, complaint.is_positive) == ("chi@pec.example", "permanent", False)


def test_a_certified_receipt_of_delivery_is_no_complaint():
    xml = '<postacert tipo="avvenuta-consegna"><dati><consegna>chi@pec.example</consegna></dati></postacert>'
    raw = f"X-Ricevuta: avvenuta-consegna\nContent-Type: application/xml\n\n{xml}".encode()
    assert [complaint.is_positive for complaint in bounces.read(raw).complaints] == [True]


def test_an_automatic_answer_is_no_bounce():
    raw = b"From: chi@esempio.example\nAuto-Submitted: auto-replied\nSubject: ferie\n\nNon ci sono: user unknown\n"
    assert bounces.read(raw).complaints == []


@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 999, b"Content-Type: multipart/report; boundary=\n\n--", b"\x00\n\n\x00"]
)
def test_rubbish_is_read_without_an_error(raw):
    assert isinstance(bounces.read(raw).complaints, list)


def test_the_command_reads_a_folder_and_says_what_it_found(delivery, tmp_path, capsys):
    (tmp_path / "one.eml").write_bytes(returned(delivery, "550 5.1.1 user unknown"))
    (tmp_path / "two.eml").write_bytes(b"nothing")
    call_command("read_bounces", str(tmp_path))
    assert capsys.readouterr().out.split("\n")[:2] == ["permanent: 1", "unknown: 1"]
    with pytest.raises(CommandError):
        call_command("read_bounces", str(tmp_path / "missing"))


def half_of(name):
    """A fixed split: from here on, mistakes are mended by looking at half 1 alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2


@needs_corpus
@pytest.mark.parametrize(("halves", "goal_found", "goal_right"), [({0, 1}, 0.978, 0.912), ({0}, 0.97, 0.91)])
def test_real_bounces_are_understood(halves, goal_found, goal_right):
    """An address is found, and permanent or not is right, as often as it ever was, in either half."""
    corpora = Path(DATA) / "corpora"
    labels = {
        row["file"]: row["recipients"]
        for row in map(json.loads, (corpora / "sisimai_labels.jsonl").read_text().splitlines())
    }
    found, right = [], []
    with tarfile.open(corpora / "sisimai_bounces.tar.gz") as archive:
        for member in archive:
            expected = labels.get(Path(member.name).name, [])
            if half_of(Path(member.name).name) not in halves:
                continue
            if not expected or all(row["reason"] in ("vacation", "delivered") for row in expected):
                continue
            complaints = bounces.read(archive.extractfile(member).read()).complaints
            found.append(bool(complaints))
            if complaints:
                right.append(any(row["hard"] for row in expected) == any(c.is_permanent for c in complaints))
    print(f"address found {sum(found)}/{len(found)}, permanent or not right {sum(right)}/{len(right)}")
    assert round(sum(found) / len(found), 3) >= goal_found
    assert round(sum(right) / len(right), 3) >= goal_right


@needs_corpus
@pytest.mark.parametrize(("name", "kind"), [("accettazione", True), ("consegna", False)])  # an error, whatever its name
def test_real_certified_receipts_are_told_apart(name, kind):
    report = bounces.read((Path(DATA) / "corpora/pec" / f"{name}.eml").read_bytes())
    assert report.kind == "pec"
    assert {complaint.is_positive for complaint in report.complaints} == {kind}
