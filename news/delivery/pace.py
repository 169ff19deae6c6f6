"""How fast mail may leave: per minute for everybody, and per minute to one domain.

One row holds the moment from which the next mail may leave (the generic cell rate algorithm), so all workers together
keep the pace. Celery's own rate limit counts per worker.
"""

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ..models import Delivery

TAKE = """
INSERT INTO news_pace AS pace (domain, next_free_at) VALUES (%(domain)s, clock_timestamp() + %(step)s)
ON CONFLICT (domain) DO UPDATE SET next_free_at = greatest(pace.next_free_at, clock_timestamp()) + %(step)s
RETURNING next_free_at - %(step)s
"""
SOON = timedelta(seconds=1)
LONGEST_NAP = 2  # seconds, then it is looked whether somebody waits at the screen


def is_set() -> bool:
    return bool(settings.MAIL_PER_MINUTE)


def wait(makes_way=lambda: False) -> bool:
    """Return when the next mail may leave. Says no when meanwhile somebody had to be let past: the turn is spent."""
    delay = (take_turn("", settings.MAIL_PER_MINUTE) - timezone.now()).total_seconds() if is_set() else 0
    while delay > 0:
        if delay > LONGEST_NAP and makes_way():
            return False
        time.sleep(min(delay, LONGEST_NAP))
        delay -= LONGEST_NAP
    return True


def pass_by() -> None:
    """Take a turn without waiting for it: whoever comes next waits longer."""
    if is_set():
        take_turn("", settings.MAIL_PER_MINUTE)


def is_its_turn(delivery) -> bool:
    """Whether it may leave to its domain now; if not, it goes back to wait with a turn of its own."""
    if not settings.MAIL_PER_MINUTE_PER_DOMAIN or delivery.has_turn:
        return True
    turn = take_turn(delivery.address.rpartition("@")[2].lower(), settings.MAIL_PER_MINUTE_PER_DOMAIN)
    if turn <= timezone.now() + SOON:
        return True
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.CLAIMED)
    mine.update(state=Delivery.State.PENDING, batch=None, not_before=turn, has_turn=True)
    return False


def take_turn(domain, per_minute):
    """The next free moment, taken: nobody else gets it."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"domain": domain, "step": timedelta(minutes=1) / per_minute})
        return cursor.fetchone()[0]
