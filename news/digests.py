"""The digest: what is new and fits this one firm, once a week, and only when there is something to say."""

import logging
from dataclasses import dataclass, field

from css_inline import inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from matchmaking import ranking
from matchmaking.explaining import explain
from matchmaking.models import Match, Opportunity

from . import mailing, searches
from .models import Announcement, Subscription, Told

logger = logging.getLogger(__name__)

MOST = 5  # of each kind
FIRST_HOUR = 7  # in Italy: nobody wants mail at night


@dataclass
class Digest:
    """What a digest says to one subscription: explained matches, ranked opportunities, announcements."""

    subscription: Subscription
    matches: list = field(default_factory=list)
    opportunities: list = field(default_factory=list)
    announcements: list = field(default_factory=list)
    searches: list = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.matches or self.opportunities or self.announcements or self.searches)

    @property
    def told(self) -> list[tuple[str, int]]:
        """What it tells, as (kind, object id)."""
        return [
            *((Told.Kind.MATCH, match.partner_id) for match in self.matches),
            *((Told.Kind.OPPORTUNITY, ranked.opportunity.pk) for ranked in self.opportunities),
            *((Told.Kind.ANNOUNCEMENT, announcement.pk) for announcement in self.announcements),
            *((Told.Kind.OPPORTUNITY, pk) for pk in searches.told_by(self.searches, self.opportunities)),
        ]


def occasion(now) -> str:
    """The week of a digest, counted as in Italy: "digest:2026-W47"."""
    year, week, _day = timezone.localtime(now).isocalendar()
    return f"digest:{year}-W{week:02d}"


def compose_due(now=None) -> int:
    """Queue this week's digest for every organization of the home province that has not had it. Says how many mails.

    Asked twice in a week it adds nothing. Nothing new: no mail, and that is written down.
    """
    now = now or timezone.now()
    if timezone.localtime(now).hour < FIRST_HOUR:
        return 0
    return compose(now)


def compose(now) -> int:
    """As `compose_due`, at any hour."""
    this_week = occasion(now)
    due = Subscription.objects.active().digests().of_province(settings.PORTAL["home_province"]).without(this_week)
    return sum(_queue(digest_for(subscription, now), this_week) for subscription in due.select_related("organization"))


def digest_for(subscription, now) -> Digest:
    """What there is to tell now. Reads only."""
    organization = subscription.organization
    matches = Match.objects.for_seeker(organization).with_partners().best_first()
    fresh = Opportunity.objects.open().exclude(pk__in=_told(subscription, "opportunity"))
    opportunities = ranking.best(organization, MOST, fresh.values_list("pk", flat=True))
    return Digest(
        subscription,
        matches=explain(list(matches.exclude(partner__in=_told(subscription, "match"))[:MOST])),
        opportunities=opportunities,
        announcements=list(
            Announcement.objects.published(now).exclude(pk__in=_told(subscription, "announcement"))[:MOST]
        ),
        searches=searches.new_for(subscription, fresh),
    )


def _told(subscription, kind):
    return Told.objects.filter(subscription=subscription, kind=kind).values("object_id")


def _queue(digest, this_week) -> bool:
    if digest.is_empty:
        mailing.note_nothing_new(digest.subscription, this_week)
        return False
    return mailing.queue(digest.subscription, this_week, *render(digest), told=digest.told)


def render(digest) -> tuple[str, str, str]:
    """Subject, plain text and HTML (css inlined) of a digest, in Italian."""
    context = {
        "digest": digest,
        "organization": digest.subscription.organization,
        "portal": settings.PORTAL,
        "base": settings.PORTAL_BASE_URL,
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject, text, html = (
            render_to_string(f"emails/digest.{part}", context) for part in ("subject.txt", "txt", "html")
        )
    return subject.strip(), text, inline(html)
