"""Deadlines and events in people's own calendars, and calls for their feed readers."""

from datetime import timedelta

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core import signing
from django.db.models import F
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext, gettext_lazy
from icalendar import Calendar, Event

from members.models import User
from members.rules.texts import readable
from members.safety.feeds import ReadableRss

from ..models import Opportunity

SALT = "gate40.calendar"
DESCRIPTION = 2000  # characters of a text that a calendar shows


def calendar_token(user) -> str:
    """What makes a calendar address personal: signed, so that nobody can write another person's; numbered, so that its
    owner can have a new one and the old one opens no more."""
    signer = signing.Signer(key=settings.MAIL_LINK_KEY or None, salt=SALT)
    return signer.sign(f"{user.pk}-{user.calendar_number}").replace(":", ".")


def owner_of(token) -> User | None:
    """The person whose calendar it is; None for an address that we did not write, or that its owner took back."""
    try:
        signer = signing.Signer(key=settings.MAIL_LINK_KEY or None, salt=SALT)
        pk, number = signer.unsign(":".join(token.rsplit(".", 1))).split("-")
    except (signing.BadSignature, ValueError):
        return None
    return User.objects.filter(pk=pk, calendar_number=number, is_active=True).first()


def renew_calendar(user) -> None:
    """A new address; whoever holds the old one reads nothing any more."""
    User.objects.filter(pk=user.pk).update(calendar_number=F("calendar_number") + 1)


def calendar(opportunities) -> bytes:
    """The deadlines, and the events with their hours, as iCalendar (RFC 5545)."""
    book = Calendar()
    book.add("prodid", f"-//{settings.PORTAL['brand']}//IT")
    book.add("version", "2.0")
    book.add("x-wr-calname", settings.PORTAL["brand"])
    for opportunity in opportunities:
        if opportunity.starts_at:
            book.add_component(_event(opportunity))
        if opportunity.deadline:
            book.add_component(_deadline(opportunity))
    return book.to_ical()


def _entry(opportunity, what, title):
    entry = Event()
    entry.add("uid", f"{what}-{opportunity.pk}@{settings.PORTAL_BASE_URL.split('//')[-1]}")
    entry.add("dtstamp", opportunity.updated_at)
    entry.add("last-modified", opportunity.updated_at)
    entry.add("summary", readable(title))
    entry.add("url", settings.PORTAL_BASE_URL + opportunity.get_absolute_url())
    entry.add("description", readable(opportunity.text[:DESCRIPTION]))
    return entry


def _deadline(opportunity):
    """A whole day; an event's own deadline is that of its registrations."""
    entry = _entry(opportunity, "scadenza", gettext("Scadenza: %(title)s") % {"title": opportunity.title})
    entry.add("dtstart", opportunity.deadline)
    entry.add("dtend", opportunity.deadline + timedelta(days=1))
    entry.add("transp", "TRANSPARENT")
    return entry


def _event(opportunity):
    entry = _entry(opportunity, "evento", opportunity.title)
    entry.add("dtstart", opportunity.starts_at)
    entry.add("dtend", opportunity.ends_at or opportunity.starts_at + timedelta(hours=1))
    if opportunity.place:
        entry.add("location", readable(opportunity.place))
    return entry


class CallsFeed(Feed):
    """The latest calls, for feed readers."""

    feed_type = ReadableRss
    title = gettext_lazy("Bandi aperti")
    link = reverse_lazy("matchmaking:opportunities")
    description = gettext_lazy("I bandi pubblicati sul portale, dal più recente.")

    def items(self):
        return Opportunity.objects.open().of_kind(Opportunity.Kind.CALL).order_by("-published_at", "-pk")[:50]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.summary

    def item_pubdate(self, item):
        return item.published_at

    def item_guid(self, item):
        return settings.PORTAL_BASE_URL + reverse("matchmaking:opportunity", args=[item.slug])
