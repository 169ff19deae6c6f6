"""What comes back by mail finds its delivery, and the address rests when the codes justify it.

Permanent, or reported as unwanted: at once. Full or temporary: after three on different days within thirty. Refused by
policy: never, it says something about us. A forged return address or an unknown Message-ID changes nothing.
"""

import imaplib
from collections import Counter
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models.functions import TruncDate
from django.utils import timezone

from ..models import Delivery, Suppression
from ..parsers import bounces
from .certificates import trusted

SOFT = {bounces.FULL, bounces.TEMPORARY}
PATIENCE, WINDOW = 3, timedelta(days=30)


def take_returned(raw: bytes) -> str:
    """Read one returned message and write down what it says. Answers with its reason, or "unknown"."""
    report = bounces.read(raw)
    delivery = _delivery_of(report)
    complaint = _complaint_about(report, delivery)
    if delivery is None or complaint is None:
        return "unknown"
    if complaint.is_positive:
        return "receipt"
    _note(delivery, complaint)
    _suspend_if_justified(delivery.address, complaint.reason)
    return complaint.reason


def _delivery_of(report):
    number = bounces.number_of(report.verp, settings.MAIL_LINK_KEY) if report.verp else None
    by_number = Delivery.objects.filter(pk=number).first() if number else None
    return by_number or Delivery.objects.filter(token__in=report.tokens).first()


def _complaint_about(report, delivery):
    """The complaint about its address; an alias may have been rewritten on the way, then the only one there is."""
    about = [c for c in report.complaints if delivery and c.address.lower() == delivery.address.lower()]
    return (about or report.complaints[:1] or [None])[0]


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
