"""The one door through which mail leaves the portal.

PostgreSQL is the truth: a `Delivery` row is claimed before it is handed over, so two workers never take the same one,
and a row that a killed worker held is freed by the next sweep. Celery only rings the bell.
"""

import logging
import smtplib
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Delivery, Subscription, Told

logger = logging.getLogger(__name__)

BATCH = 100
HELD_TOO_LONG = timedelta(minutes=10)
RETRY_AFTER = [timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8)]
State = Delivery.State


def queue(subscription, occasion, subject, text, html, told=()) -> bool:
    """Queue one mail and note what it tells, in one transaction. Asked twice for an occasion, it queues one mail.

    `told` gives (kind, object id). Says whether the mail was queued now.
    """
    with transaction.atomic():
        delivery, is_new = Delivery.objects.get_or_create(
            subscription=subscription,
            occasion=occasion,
            defaults={"subject": one_line(subject), "text": text, "html": html},
        )
        if is_new:
            Told.objects.bulk_create(
                Told(delivery=delivery, subscription=subscription, kind=kind, object_id=key) for kind, key in told
            )
    return is_new


def note_nothing_new(subscription, occasion) -> None:
    """Remember that on this occasion there was nothing to say, so that nobody looks again before the next one."""
    Delivery.objects.get_or_create(subscription=subscription, occasion=occasion, defaults={"state": State.EMPTY})
    logger.info("%s, organization %s: nothing new", occasion, subscription.organization_id)


def send_due() -> int:
    """Send what waits, batch after batch. Says how many mails were handed to the server."""
    free_abandoned()
    sent = 0
    while batch := claim():
        with get_connection() as connection:
            sent += sum(_send(delivery, connection) for delivery in batch)
    return sent


def claim(limit=BATCH) -> list[Delivery]:
    """Take up to `limit` waiting rows. Two workers that ask at once get different rows."""
    with transaction.atomic():
        waiting = Delivery.objects.due().order_by("id").select_for_update(skip_locked=True)[:limit]
        taken = list(waiting.values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=taken).update(state=State.CLAIMED, claimed_at=timezone.now())
    return list(Delivery.objects.filter(pk__in=taken).select_related("subscription").order_by("pk"))


def free_abandoned() -> int:
    """Give back the rows of workers that died. One that was being handed over may arrive twice, never not at all."""
    abandoned = Delivery.objects.filter(
        state__in=[State.CLAIMED, State.HANDED], claimed_at__lt=timezone.now() - HELD_TOO_LONG
    )
    return abandoned.update(state=State.QUEUED)


def _send(delivery, connection) -> bool:
    if not _hand_over(delivery):
        return False
    try:
        connection.send_messages([_message(delivery)])
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a header that cannot be is a ValueError
        _put_off(delivery, error)
        return False
    Delivery.objects.filter(pk=delivery.pk).update(state=State.SENT, sent_at=timezone.now(), error="")
    return True


def _hand_over(delivery) -> bool:
    """The last look before the mail leaves: still ours, and still wanted."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.CLAIMED)
    wanted = mine.filter(subscription__in=Subscription.objects.active())
    if wanted.update(state=State.HANDED, attempts=F("attempts") + 1):
        return True
    mine.update(state=State.SKIPPED)
    return False


def _put_off(delivery, error) -> None:
    """Try again later, unless the server refused for good or patience is over."""
    logger.warning("delivery %s: %s", delivery.pk, error)
    is_final = isinstance(error, ValueError) or _code(error) >= 500 or delivery.attempts >= len(RETRY_AFTER)
    later = RETRY_AFTER[min(delivery.attempts, len(RETRY_AFTER) - 1)]
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.FAILED if is_final else State.QUEUED,
        not_before=timezone.now() + later,
        error=one_line(error)[:300],
    )


def _code(error) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return getattr(error, "smtp_code", 0)


def _message(delivery) -> EmailMultiAlternatives:
    subscription = delivery.subscription
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=delivery.subject,
        body=delivery.text,
        to=[subscription.email],
        headers={
            "Message-ID": f"<{delivery.token}@{domain}>",  # a repeat can be recognised as one
            "List-Id": f"{subscription.get_purpose_display()} <{subscription.purpose}.{domain}>",
            "List-Unsubscribe": f"<{subscription.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
        },
    )
    message.attach_alternative(delivery.html, "text/html")
    return message


def send_service_mail(message) -> None:
    """Send at once a mail that its addressee is waiting for: a confirmation, a new password."""
    message.send()


def one_line(text) -> str:
    """Text without control characters, for a subject: whatever a title holds, it cannot forge a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
