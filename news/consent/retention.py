"""How long things are kept: each period is a setting, each job may run twice, all of them run at night."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone

from ..models import Batch, Consent, Delivery, SetAside, Subscription, Told

logger = logging.getLogger(__name__)


def apply_retention(now=None) -> dict[str, int]:
    """Forget what has been kept for its time. Says how many rows of each kind went."""
    now = now or timezone.now()
    gone = {
        "unconfirmed": forget_unconfirmed(now - timedelta(days=settings.KEEP_UNCONFIRMED_DAYS)),
        "ended": forget_ended(now - timedelta(days=settings.KEEP_ENDED_DAYS)),
        "set_aside": SetAside.objects.filter(
            arrived_at__lt=now - timedelta(days=settings.KEEP_SET_ASIDE_DAYS)
        ).delete()[0],
        "deliveries": count_deliveries(now - timedelta(days=settings.KEEP_DELIVERIES_DAYS)),
        "log": LogEntry.objects.filter(action_time__lt=now - timedelta(days=settings.KEEP_LOG_DAYS)).delete()[0],
    }
    call_command("clearsessions")
    logger.info("retention: %s", ", ".join(f"{name} {count}" for name, count in gone.items()))
    return gone


def forget_unconfirmed(before) -> int:
    """Whoever was asked and did not answer: the link that they have is dead by then."""
    asked_since = Consent.objects.filter(subscription_id=OuterRef("pk"), at__gte=before).wishes()
    silent = Subscription.objects.filter(~Exists(asked_since), confirmed_at=None, created_at__lt=before)
    gone = _delete(silent)
    forget_strangers(before)
    return gone


def forget_strangers(before) -> int:
    """The lines of addresses that never answered: typed by whoever, proof of nothing. Says how many lines went."""
    answered = Consent.objects.exclude(act__in=[Consent.Act.ASKED, Consent.Act.ENTERED]).values("email")
    young, known = (
        Consent.objects.filter(at__gte=before).values("email"),
        Subscription.objects.annotate(low=Lower("email")).values("low"),
    )
    strangers = Consent.objects.exclude(email__in=answered).exclude(email__in=young).exclude(email__in=known)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL gate40.forgets_strangers = 'on'")  # the database lets only such lines go
        gone = strangers.delete()[0]
        cursor.execute("SET LOCAL gate40.forgets_strangers = 'off'")
    return gone


def forget_ended(before) -> int:
    """Whoever left long ago. The ledger keeps that they asked, and that they left."""
    return _delete(Subscription.objects.filter(ended_at__lt=before))


def _delete(subscriptions):
    return subscriptions.delete()[1].get(Subscription._meta.label, 0)


OF_OLD = (
    "SELECT id FROM news_delivery WHERE queued_at < %s AND state NOT IN ('pending', 'retry', 'claimed', 'uncertain')"
)
COUNT = """
WITH gone AS (
    DELETE FROM news_delivery WHERE id IN ({old})
    RETURNING campaign_id, purpose, state, bounced_at IS NOT NULL AS is_bounced,
              date_trunc('month', queued_at)::date AS month
), counted AS (
    INSERT INTO news_deliverycount AS kept (campaign_id, purpose, state, is_bounced, month, count)
    SELECT campaign_id, purpose, state, is_bounced, month, count(*) FROM gone GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT ON CONSTRAINT one_count_for_each_outcome DO UPDATE SET count = kept.count + excluded.count
)
SELECT count(*) FROM gone
"""


@transaction.atomic
def count_deliveries(before) -> int:
    """Of old deliveries only numbers stay: a campaign's account goes on adding up, nobody's address is in it."""
    Told.objects.filter(delivery__in=Delivery.objects.filter(queued_at__lt=before)).delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(old=OF_OLD), [before])
        gone = cursor.fetchone()[0]
    Batch.objects.filter(closed_at__lt=before, deliveries=None).delete()
    return gone
