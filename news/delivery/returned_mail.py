"""What comes back by mail finds its delivery, and the address rests when the codes justify it.

Permanent, or reported as unwanted: at once. Full or temporary: after three on different days within thirty. Refused by
policy: never, it says something about us. A delay, an answering machine, a person who writes: nothing. A forged return
address or an unknown Message-ID changes nothing. What cannot be read, and what a person writes, is set aside for staff.
"""

import email
import email.policy
import hashlib
import imaplib
import logging
from collections import Counter
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import TruncDate
from django.utils import timezone

from ..models import Delivery, SetAside, Suppression
from ..parsers import bounces
from .certificates import trusted
from .mail_compiler import one_line

logger = logging.getLogger(__name__)

SOFT = {bounces.FULL, bounces.TEMPORARY}
PATIENCE, WINDOW = 3, timedelta(days=30)


def take_returned(raw: bytes) -> str:
    """Read one returned message and write down what it says. Answers with its reason, or "unknown".

    One that cannot be read is set aside and holds up no other; only when the database is away is it left for later.
    """
    try:
        with transaction.atomic():
            return _take(raw)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever somebody sends us: it must not come back for ever
        logger.exception("a returned message cannot be read")
        return _set_aside(raw, SetAside.Why.UNREADABLE, repr(error))


def _take(raw):
    report = bounces.read(raw)
    delivery = _delivery_of(report)
    if delivery and report.kind == "letter":
        return _set_aside(raw, SetAside.Why.LETTER)
    complaint = _complaint_about(report, delivery)
    if delivery is None or complaint is None:
        return "answer" if report.kind == "auto" else "unknown"
    if complaint.is_positive:
        return "receipt"
    if complaint.is_delay:
        return "delay"
    _note(delivery, complaint)
    _suspend_if_justified(delivery.address, complaint.reason)
    return complaint.reason


def _set_aside(raw, why, error=""):
    sender, subject = _sender_and_subject(raw)
    fields = {"why": why, "sender": sender[:254], "subject": subject[:200], "error": one_line(error)[:300]}
    SetAside.objects.get_or_create(
        digest=hashlib.sha256(raw).hexdigest(), defaults={**fields, "raw": raw[: SetAside.LONGEST]}
    )
    return str(why)


def _sender_and_subject(raw):
    """For the list of the staff; of what even this cannot be read from, the list shows blanks."""
    try:
        message = email.message_from_bytes(raw[: bounces.LONGEST], policy=email.policy.default)
        return one_line(message["From"] or ""), one_line(message["Subject"] or "")
    except Exception:  # the parser of the standard library raises almost anything on purposeful rubbish
        return "", ""


def _delivery_of(report):
    number = bounces.number_of(report.verp, settings.MAIL_LINK_KEY) if report.verp else None
    by_number = Delivery.objects.filter(pk=number).first() if number else None
    return by_number or Delivery.objects.filter(token__in=report.tokens).first()


def _complaint_about(report, delivery):
    """The complaint about its address; an alias may have been rewritten on the way, then the only one of a report.

    What comes from the addressee says nothing about the addressee, unless it has the form of a report.
    """
    if delivery is None or not report.is_standard and report.sender == delivery.address.lower():
        return None
    about = [c for c in report.complaints if c.address.lower() == delivery.address.lower()]
    others = report.complaints[:1] if report.is_standard else []
    return (about or others or [None])[0]


def _note(delivery, complaint):
    Delivery.objects.filter(pk=delivery.pk).update(
        bounced_at=timezone.now(),
        reason=complaint.reason,
        smtp_code=complaint.code or None,
        error=complaint.text[:300].replace("\x00", ""),
    )


def _suspend_if_justified(address, reason):
    if reason == bounces.FEEDBACK:
        Suppression.objects.add(address, Suppression.Reason.FEEDBACK)
    elif reason == bounces.PERMANENT or (reason in SOFT and _bad_days(address) >= PATIENCE):
        Suppression.objects.add(address, Suppression.Reason.BOUNCE)


def _bad_days(address):
    recent = Delivery.objects.of_address(address).filter(reason__in=SOFT, bounced_at__gt=timezone.now() - WINDOW)
    return recent.annotate(day=TruncDate("bounced_at")).values("day").distinct().count()


def read_mailbox() -> dict[str, int]:
    """Take the unread messages of the mailbox for returned mail, if there is one. Says how many of each reason."""
    return Counter(map(take_returned, from_imap())) if settings.MAIL_BOUNCES_IMAP else Counter()


# Where they come from -------------------------------------------------------------------------------------------------
def from_path(path):
    """The messages of a file, or of a folder (a maildir's `new` is one)."""
    path = Path(path)
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if not file.is_dir():
            yield file.read_bytes()


def from_imap():
    """The unread messages of the mailbox MAIL_BOUNCES_IMAP names; each is marked as read when it has been taken."""
    server = settings.MAIL_BOUNCES_IMAP
    port = server["PORT"] or imaplib.IMAP4_SSL_PORT
    with imaplib.IMAP4_SSL(server["HOST"], port, ssl_context=trusted(), timeout=30) as box:
        box.login(server["USER"], server["PASSWORD"])
        box.select(server["NAME"] or "INBOX")
        for number in box.search(None, "UNSEEN")[1][0].split():
            yield box.fetch(number, "(BODY.PEEK[])")[1][0][1]
            box.store(number, "+FLAGS", "\\Seen")
