"""Security events: a JSON line in the log and a row for the staff, with the id of the request that made them.

Whoever notes one says what happened and to what, in words of the portal: never what somebody typed.
"""

import json
import logging
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from ..models import SecurityEvent
from ..rules.texts import readable

log = logging.getLogger("gate40.security")  # JSON alone
trouble = logging.getLogger(__name__)
KEPT_DAYS = 90
Kind = SecurityEvent.Kind


@dataclass
class Asking:
    """The request that is being answered."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    address: str | None = None
    user: object = None  # known once the request has reached its page


asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


def note_event(kind, user=None, about: str = "", is_kept: bool = True) -> None:
    """The line first: it is there even if the database is not. A row that cannot be written stops nobody; what is not
    kept leaves only its line."""
    request = asking.get() or Asking(id="")
    known = user if user is not None and user.pk else None
    about = readable(about)[:300]
    line = {"event": str(kind), "at": timezone.now().isoformat(), "request": request.id}
    log.info(json.dumps({**line, "user": known and known.pk, "address": request.address, "about": about}))
    if not is_kept:
        return
    try:
        with transaction.atomic():
            SecurityEvent.objects.create(
                kind=kind, user=known, request_id=request.id, address=request.address, about=about
            )
    except DatabaseError:
        trouble.exception("the event was not stored")


def forget_events(now=None) -> int:
    """Delete what is older than its time. How many."""
    before = (now or timezone.now()) - timedelta(days=KEPT_DAYS)
    return SecurityEvent.objects.filter(at__lt=before).delete()[0]
