"""Reminders before the deadline of what somebody follows, on the days of `Bookmark.REMINDED_BEFORE`.

Whoever has asked for a digest of "deadlines only" reads them there, all of a day in one mail.
"""

from datetime import timedelta

from django.utils import timezone

from matchmaking.models import Bookmark
from members.quiet_hours import NEWS_FROM, is_too_early

from ..models import Subscription
from . import notices

GRACE = 2  # days: a portal that stood still catches up, and does not remind of the day before yesterday's reminder


def compose_due_reminders(now=None) -> int:
    """Queue the reminders of today. Says how many mails; asked again, it adds none."""
    now = timezone.localtime(now or timezone.now())
    return 0 if is_too_early(now, NEWS_FROM) else compose(now.date())


def compose(today) -> int:
    """As `compose_due_reminders`, at any hour."""
    elsewhere = _read_in_digests()
    return sum(
        _remind(bookmark, days, today)
        for days in Bookmark.REMINDED_BEFORE
        for bookmark in due_bookmarks(days, today)
        if (bookmark.user.email.lower(), bookmark.organization_id) not in elsewhere
    )


def _read_in_digests():
    """(address, organization) of those to whom a digest tells the deadlines."""
    readers = Subscription.objects.active().digests().of_home().filter(frequency=Subscription.Frequency.DEADLINES)
    return {(email.lower(), organization) for email, organization in readers.values_list("email", "organization")}


def due_bookmarks(days, today):
    """The bookmarks to remind of a deadline `days` ahead, or up to GRACE days less, made before that day."""
    closing = Bookmark.objects.standing().closing_between(
        today + timedelta(days=days - GRACE), today + timedelta(days=days)
    )
    found = closing.select_related("user", "organization", "opportunity").defer("opportunity__search")
    return [each for each in found if _was_there(each, days)]


def _was_there(bookmark, days):
    """Whoever began to follow it afterwards has just read the deadline."""
    remind_on = bookmark.opportunity.deadline - timedelta(days=days)
    return timezone.localdate(bookmark.created_at) <= remind_on


def _remind(bookmark, days, today) -> bool:
    opportunity = bookmark.opportunity
    occasion = f"reminder:{opportunity.pk}:{opportunity.deadline.isoformat()}:{days}"
    context = {"opportunity": opportunity, "left": (opportunity.deadline - today).days}
    return notices.send_notice(bookmark.user, bookmark.organization, occasion, "reminder", context)
