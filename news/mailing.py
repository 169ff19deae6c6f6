"""The one door through which mail leaves the portal.

PostgreSQL is the truth: a `Delivery` row is queue, ledger and archive. It is claimed before it is handed over, so two
workers never take the same one, and what a killed worker held is freed by the next sweep. Celery only rings the bell.
"""

import logging
import secrets

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from . import sending
from .models import Campaign, Delivery, Subscription, Suppression, Told
from .models.suppressions import key_of

logger = logging.getLogger(__name__)

Lane, Purpose, Reason, State = Delivery.Lane, Delivery.Purpose, Delivery.Reason, Delivery.State
Phase = Campaign.State

send_due = sending.send_due
recover = sending.recover


# One mail -------------------------------------------------------------------------------------------------------------
def queue(addressee, occasion, subject, text, html, told=(), **fields) -> bool:
    """Queue one mail and note what it tells, in one transaction. Asked twice for an occasion, it queues one mail.

    `addressee` is a Subscription, or an address for a notice that needs none. `told` gives (kind, object id); `fields`
    are further fields of the Delivery (purpose, lane, not_before, reply_to). Says whether the mail was queued now.
    """
    whom, content = _whom(addressee)
    content |= {"subject": one_line(subject)[:200], "text": text, "html": html, **fields}
    with transaction.atomic():
        delivery, is_new = Delivery.objects.get_or_create(**whom, occasion=occasion, defaults=content)
        if is_new and told:
            Told.objects.bulk_create(
                Told(delivery=delivery, subscription=addressee, kind=kind, object_id=key) for kind, key in told
            )
    return is_new


def note_nothing_new(subscription, occasion) -> None:
    """Remember that on this occasion there was nothing to say, so that nobody looks again before the next one."""
    whom, content = _whom(subscription)
    Delivery.objects.get_or_create(**whom, occasion=occasion, defaults={"state": State.EMPTY, **content})
    logger.info("%s, organization %s: nothing new", occasion, subscription.organization_id)


def send_service_mail(message) -> None:
    """Queue an account mail (an EmailMultiAlternatives of allauth) ahead of everything else, and ring at once."""
    html = next((content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
    for address in message.to:
        occasion = f"account:{secrets.token_urlsafe(16)}"
        queue(address, occasion, message.subject, message.body, html, purpose=Purpose.ACCOUNT, lane=Lane.URGENT)
    ring()


def _whom(addressee) -> tuple[dict, dict]:
    """What finds the delivery, and what else it takes from its addressee."""
    if isinstance(addressee, Subscription):
        lane = Lane.BULK if addressee.purpose == Purpose.DIGEST else Lane.NOTICE
        return {"subscription": addressee}, {
            "address": addressee.email,
            "purpose": addressee.purpose,
            "lane": lane,
        }
    whom = {"subscription": None, "campaign": None, "address__iexact": addressee}
    return whom, {"address": addressee, "purpose": Purpose.SERVICE}


# One text for many ----------------------------------------------------------------------------------------------------
EXPAND = """
INSERT INTO news_delivery (campaign_id, subscription_id, address, purpose, occasion, lane, state, token, attempts,
                           queued_at, not_before, subject, text, html, reply_to, reason, error)
SELECT %s, s.id, s.email, %s, %s, %s, 'pending', gen_random_uuid(), 0, now(), now(), '', '', '', '', '', ''
FROM news_subscription AS s WHERE s.id IN ({chosen}) ORDER BY s.id
ON CONFLICT DO NOTHING
"""


def start(campaign, subscriptions) -> int:
    """Freeze the campaign and give every active subscription of `subscriptions` its row. Says how many there are.

    Started twice, nothing happens; an address that stands there twice gets one mail.
    """
    with transaction.atomic():
        is_ours = _move(campaign, [Phase.DRAFT], Phase.SENDING, started_at=timezone.now())
        if is_ours:
            campaign.expanded = expand(campaign, subscriptions)
            campaign.save(update_fields=["expanded"])
            transaction.on_commit(ring, robust=True)
    return campaign.expanded


def expand(campaign, subscriptions) -> int:
    """One INSERT … SELECT: the rows of a campaign, for the active ones of a queryset of subscriptions."""
    chosen, parameters = subscriptions.active().order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        head = [campaign.pk, campaign.purpose, campaign.occasion, Lane.BULK]
        cursor.execute(EXPAND.format(chosen=chosen), [*head, *parameters])
        return cursor.rowcount


def pause(campaign, reason="") -> bool:
    """Nothing more leaves, within a moment. Says whether it was sending."""
    return _move(campaign, [Phase.SENDING], Phase.PAUSED, pause_reason=reason[:300])


def resume(campaign) -> bool:
    is_ours = _move(campaign, [Phase.PAUSED], Phase.SENDING, pause_reason="", errors_in_a_row=0)
    ring()
    return is_ours


def cancel(campaign) -> bool:
    """Whoever has not had it will not get it. What is being handed over in this moment still arrives."""
    with transaction.atomic():
        is_ours = _move(campaign, [Phase.SENDING, Phase.PAUSED], Phase.CANCELLED, ended_at=timezone.now())
        if is_ours:
            waiting = Delivery.objects.waiting().filter(campaign=campaign)
            waiting.update(state=State.SKIPPED, reason=Reason.CANCELLED)
    return is_ours


def _move(campaign, origins, target, **fields) -> bool:
    """One of two who press at once wins."""
    won = Campaign.objects.filter(pk=campaign.pk, state__in=origins).update(state=target, **fields)
    campaign.refresh_from_db()
    return bool(won)


def accounting(campaign) -> dict:
    """How many rows stand in each state; the states add up to `expanded`, or `is_balanced` says that they do not.

    `erased` are rows that went with a person who asked to be forgotten.
    """
    counted = dict(campaign.deliveries.values_list("state").annotate(count=Count("pk")).order_by())
    states = {state: counted.get(state, 0) for state in State.values if state != State.EMPTY}
    bounced = campaign.deliveries.filter(bounced_at__isnull=False).count()
    erased = campaign.expanded - sum(states.values())
    return {"expanded": campaign.expanded, **states, "erased": erased, "bounced": bounced, "is_balanced": erased >= 0}


# Whom we must not write to -------------------------------------------------------------------------------------------
def suppress(address, reason) -> None:
    """Nothing but account mails leaves for this address from now on, whoever imports it again."""
    with transaction.atomic():
        Suppression.objects.get_or_create(key=key_of(address), defaults={"reason": reason})
        held = [*Delivery.WAITING, State.CLAIMED]
        waiting = Delivery.objects.of_address(address).filter(state__in=held).exclude(purpose=Purpose.ACCOUNT)
        waiting.update(state=State.SKIPPED, reason=Reason.SUPPRESSED)


def is_suppressed(address) -> bool:
    return Suppression.objects.of(address).exists()


# The bell -------------------------------------------------------------------------------------------------------------
def ring() -> None:
    """Tell a worker that something waits. Unheard, it is found by the next tick."""
    from .tasks import send_due

    send_due.delay_on_commit()


def one_line(text) -> str:
    """Text without control characters, for a subject: whatever a title holds, it cannot forge a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
