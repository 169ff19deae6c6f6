"""The clock of the requests: a reminder after five working days, the broker after ten, the end on the last day.

Each happens once, whoever rings and however often: the moment is written by a conditional UPDATE.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.quiet_hours import QUESTIONS_FROM, is_too_early

from ..algorithms import working_days
from ..models import CollaborationRequest, Invitation
from ..signals import announce, invitation_escalated, invitation_reminded
from .requests import close_request
from .transitions import What, hold_request, note_step

REMINDER, BROKER = 5, 10  # working days


def run_the_clock(now=None) -> dict[str, int]:
    """All that is due at this moment. Says how many of each."""
    now = timezone.localtime(now or timezone.now())
    ended = sum(close_request(each, None) for each in CollaborationRequest.objects.past_closing(now.date()))
    if is_too_early(now, QUESTIONS_FROM):
        return {"ended": ended, "reminded": 0, "escalated": 0}
    return {"ended": ended, "reminded": remind_invited(now), "escalated": escalate_late(now)}


def remind_invited(now) -> int:
    reminder = ("reminded_at", What.REMINDED, invitation_reminded)
    return sum(_mark(each, now, *reminder) for each in _due("reminded_at", REMINDER, now))


def escalate_late(now) -> int:
    broker = ("escalated_at", What.ESCALATED, invitation_escalated)
    return sum(_mark(each, now, *broker) for each in _due("escalated_at", BROKER, now))


def _due(moment, days, now):
    """The unanswered ones whose `days` working days are over and that have not had this moment."""
    early = now - timedelta(days=days)
    found = Invitation.objects.answerable().filter(**{f"{moment}__isnull": True}, sent_at__lte=early)
    today = timezone.localdate(now)
    return [each for each in found if working_days.between(timezone.localdate(each.sent_at), today) >= days]


@transaction.atomic
def _mark(invitation, now, moment, what, signal) -> bool:
    hold_request(invitation.request_id)
    row = Invitation.objects.answerable().filter(pk=invitation.pk, **{f"{moment}__isnull": True})
    if not row.update(**{moment: now}):
        return False
    note_step(invitation.request_id, None, invitation=invitation, what=what)
    announce(signal, Invitation, invitation_id=invitation.pk)
    return True
