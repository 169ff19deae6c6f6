"""The digest: what is new and fits one organization, as often as it asked, and only when there is something to say.

Composed for everybody who is due in a bounded number of queries: some once, some for every thousand digests, none for
a single one. Fit is computed for all of them at once by the matching engine; the reasons only for what is shown.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import Case, CharField, Exists, OuterRef, Value, When
from django.utils import timezone

from matchmaking.algorithms import scoring
from matchmaking.algorithms.engine import Engine
from matchmaking.matching import inputs
from matchmaking.matching.reasons import reasons
from matchmaking.models import Bookmark, Match, Opportunity
from matchmaking.opportunities import ranking
from members.models import Offer
from members.quiet_hours import NEWS_FROM, is_too_early

from ..delivery import mailing
from ..models import Announcement, Delivery, Subscription, Told
from ..notices import deadline_reminders
from . import saved_searches

logger = logging.getLogger(__name__)

MOST = 5  # of each kind
AT_ONCE = 1000  # digests composed and stored together
RECENT = timedelta(days=60)  # older announcements are no news to a new reader
LOCK = 4041  # of PostgreSQL's advisory locks, this one is the digests'
Frequency = Subscription.Frequency


@dataclass
class Digest:
    """What a digest says to one subscription: explained matches, ranked opportunities, announcements."""

    subscription: Subscription
    occasion: str = ""
    matches: list = field(default_factory=list)
    opportunities: list = field(default_factory=list)
    announcements: list = field(default_factory=list)
    searches: list = field(default_factory=list)
    reminders: dict = field(default_factory=dict)  # opportunity id → how many days before its deadline

    @property
    def is_empty(self) -> bool:
        return not (self.matches or self.opportunities or self.announcements or self.searches)

    @property
    def told(self) -> list[tuple[str, int]]:
        """What it tells, as (kind, object id)."""
        shown = [ranked.opportunity.pk for ranked in self.opportunities]
        return [
            *((Told.Kind.MATCH, match.partner_id) for match in self.matches),
            *((_reminder(self.reminders[pk]) if pk in self.reminders else Told.Kind.OPPORTUNITY, pk) for pk in shown),
            *((Told.Kind.ANNOUNCEMENT, announcement.pk) for announcement in self.announcements),
            *((Told.Kind.OPPORTUNITY, pk) for pk in saved_searches.told_by(self.searches, self.opportunities)),
        ]


# When -----------------------------------------------------------------------------------------------------------------
def occasions(now) -> dict[str, str]:
    """Frequency → the period that a digest of this moment belongs to, counted as in Italy: "digest:2026-W47"."""
    local = timezone.localtime(now)
    year, week, _day = local.isocalendar()
    return {
        Frequency.WEEKLY: f"digest:{year}-W{week:02d}",
        Frequency.MONTHLY: f"digest:{local:%Y-%m}",
        Frequency.DEADLINES: f"deadlines:{local:%Y-%m-%d}",
    }


def due_subscriptions(now):
    """The subscriptions for which nothing is decided yet in their period, each with `.period`."""
    periods = [When(frequency=often, then=Value(name)) for often, name in occasions(now).items()]
    digests = Subscription.objects.active().digests().exclude(frequency=Frequency.NEVER)
    published = digests.of_home()
    decided = Delivery.objects.filter(subscription=OuterRef("pk"), occasion=OuterRef("period"))
    with_period = published.annotate(period=Case(*periods, output_field=CharField()))
    return with_period.exclude(Exists(decided)).select_related("organization").order_by("pk")


def compose_due_digests(now=None) -> int:
    """Queue a digest for every organization that is due. Says how many mails.

    Asked twice in a period it adds nothing. Nothing new: no mail, and that is written down.
    """
    now = now or timezone.now()
    if is_too_early(now, NEWS_FROM):
        return 0
    return compose_digests(now)


def compose_digests(now) -> int:
    """As `compose_due_digests`, at any hour."""
    material, queued = None, 0
    while True:
        with transaction.atomic():
            _one_at_a_time()
            subscriptions = list(due_subscriptions(now).annotate(best=ArraySubquery(_best_matches()))[:AT_ONCE])
            if not subscriptions:
                return queued
            material = material or Material(now)
            queued += _store(digests_for(subscriptions, material))


def _one_at_a_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


# What -----------------------------------------------------------------------------------------------------------------
class Material:
    """What there is to tell to anybody: read once, however many digests are composed from it."""

    def __init__(self, now):
        self.today = timezone.localtime(now).date()
        self.taxonomy = inputs.taxonomy()
        self.opportunities = {one.pk: one for one in Opportunity.objects.open(self.today).with_requirements()}
        recent = Announcement.objects.published(now).filter(published_at__gte=now - RECENT)
        self.announcements = {one.pk: one for one in recent}
        self.asked = {pk: _asked(opportunity) for pk, opportunity in self.opportunities.items()}

    @cached_property
    def closing(self):
        """Organization id → {opportunity id: days}: what it follows and must be reminded of today."""
        found = defaultdict(dict)
        for days in Bookmark.REMINDED_BEFORE:  # the nearest last: it is the one to tell
            for bookmark in deadline_reminders.due_bookmarks(days, self.today):
                if bookmark.opportunity_id in self.opportunities:
                    found[bookmark.organization_id][bookmark.opportunity_id] = days
        return found

    def fits(self, profiles):
        """Organization id → [(opportunity id, points)], the best first, then the nearest deadline."""
        found, order = defaultdict(list), {pk: at for at, pk in enumerate(self.opportunities)}
        engine = Engine.build(profiles, self.taxonomy)
        for pk, needs in self.asked.items():
            for organization_id, points in engine.fit(needs, k=len(profiles)) if needs else ():
                found[organization_id].append((pk, points))
        for fitting in found.values():
            fitting.sort(key=lambda each: (-each[1], order[each[0]]))
        return found


def _asked(opportunity):
    return [scoring.Need(one.competence.code, one.weight) for one in opportunity.requirements.all()]


def _best_matches(subscription=None, organization=None):
    """Ids of the best matches that a subscription has not been told of; without one, for each of an outer query."""
    shown = Match.objects.filter(seeker=organization or OuterRef("organization")).current()
    whose = subscription.pk if subscription else OuterRef(OuterRef("pk"))
    told = Told.objects.filter(subscription=whose, kind=Told.Kind.MATCH, object_id=OuterRef("partner"))
    return shown.exclude(Exists(told)).best_first().values_list("pk", flat=True)[:MOST]


def digests_for(subscriptions, material) -> list[Digest]:
    """A digest for each subscription, which brings `.period` and `.best` (ids of matches). Reads only."""
    told = _told(subscriptions, material)
    matches = _matches(subscriptions, material)
    profiles = _profiles({subscription.organization for subscription in subscriptions})
    fits = material.fits(list(profiles.values()))
    kept = saved_searches.kept_by(subscriptions)
    digests = [
        _digest(one, material, matches, profiles[one.organization_id], fits[one.organization_id], told[one.pk])
        for one in subscriptions
    ]
    for digest in digests:
        if mine := kept.get(digest.subscription.pk):
            digest.searches = saved_searches.new_in(mine, _untold(material, told[digest.subscription.pk]))
    return digests


def _untold(material, told):
    """Ids of the open opportunities that an addressee has not been told of."""
    return [pk for pk in material.opportunities if (Told.Kind.OPPORTUNITY, pk) not in told]


def _digest(subscription, material, matches, profile, fitting, told):
    digest = Digest(subscription, subscription.period)
    if subscription.frequency == Frequency.DEADLINES:
        chosen = _closing(digest, material, told)
    else:
        chosen = [pk for pk, _points in fitting if (Told.Kind.OPPORTUNITY, pk) not in told][:MOST]
        digest.matches = [matches[pk] for pk in subscription.best if pk in matches]
        unheard = (one for pk, one in material.announcements.items() if (Told.Kind.ANNOUNCEMENT, pk) not in told)
        digest.announcements = list(unheard)[:MOST]
    digest.opportunities = [_explained(material.opportunities[pk], profile, material.taxonomy) for pk in chosen]
    return digest


def _closing(digest, material, told):
    """What the organization follows and whose time for a reminder has come, each once; the nearest deadline first."""
    closing = material.closing[digest.subscription.organization_id]
    digest.reminders = {pk: days for pk, days in closing.items() if (_reminder(days), pk) not in told}
    return sorted(digest.reminders, key=lambda pk: (material.opportunities[pk].deadline, pk))


def _reminder(days):
    return f"deadline-{days}"


def _explained(opportunity, profile, taxonomy):
    return ranking.RankedOpportunity(opportunity, ranking.fit(opportunity, profile, taxonomy))


def _told(subscriptions, material):
    """Subscription id → {(kind, object id)} among what could be told now."""
    told = defaultdict(set)
    rows = Told.objects.filter(subscription__in=[one.pk for one in subscriptions if one.pk]).exclude(
        kind=Told.Kind.MATCH
    )
    current = rows.filter(object_id__in=[*material.opportunities, *material.announcements])
    for subscription_id, *what in current.values_list("subscription_id", "kind", "object_id"):
        told[subscription_id].add(tuple(what))
    return told


def _matches(subscriptions, material):
    """Id → match, with its partner and its reasons in words."""
    wanted = {pk for subscription in subscriptions for pk in subscription.best}
    matches = Match.objects.with_partners().in_bulk(wanted)
    for match in matches.values():
        match.lines = reasons(match.reasons, material.taxonomy.names)
    return matches


def _profiles(organizations):
    """Organization id → its profile as the scorer sees it: only what it offers, for a call is everywhere."""
    offers = defaultdict(list)
    rows = Offer.objects.filter(organization__in=organizations)
    for key, *values in rows.values_list("organization_id", "competence__code", "level", "trl", "is_declared"):
        offers[key].append(scoring.Offer(*values))
    return {one.pk: scoring.Profile(one.pk, one.kind, tuple(offers[one.pk])) for one in organizations}


def digest_for(subscription, now) -> Digest:
    """What there is to tell one subscription now, whether or not it is due. Reads only."""
    subscription.period = occasions(now).get(subscription.frequency, "")
    subscription.best = list(_best_matches(subscription, subscription.organization))
    [digest] = digests_for([subscription], Material(now))
    return digest


# To the queue ---------------------------------------------------------------------------------------------------------
def _store(digests) -> int:
    """Two statements for them all: the deliveries, and what they tell. Says how many are mails."""
    deliveries = Delivery.objects.bulk_create(_delivery(digest) for digest in digests)
    Told.objects.bulk_create(
        Told(delivery=delivery, subscription=digest.subscription, kind=kind, object_id=key)
        for delivery, digest in zip(deliveries, digests, strict=True)
        for kind, key in digest.told
    )
    mails = sum(not digest.is_empty for digest in digests)
    logger.info("digests: %d queued, nothing new for %d", mails, len(digests) - mails)
    return mails


def _delivery(digest):
    subscription = digest.subscription
    delivery = Delivery(
        subscription=subscription,
        address=subscription.email,
        purpose=subscription.purpose,
        occasion=digest.occasion,
        lane=Delivery.Lane.BULK,
        state=Delivery.State.EMPTY,
    )
    if not digest.is_empty:
        delivery.state = Delivery.State.PENDING
        delivery.subject, delivery.text, delivery.html = render_digest(digest)
    return delivery


def render_digest(digest) -> tuple[str, str, str]:
    """Subject, plain text and HTML (css inlined) of a digest, in Italian."""
    context = {"digest": digest, "organization": digest.subscription.organization}
    subject, text, html = mailing.render_mail("digest", context)
    return mailing.one_line(subject)[:200], text, html


# To look at -----------------------------------------------------------------------------------------------------------
def preview_digest(organization, user, now) -> dict:
    """The digest that this person would get for the organization now, with what it leaves out already told to them."""
    own = Subscription.objects.of_address(user.email).digests().filter(organization=organization).first()
    subscription = own or Subscription(organization=organization, email=user.email)
    return {"organization": organization, "digest": digest_for(subscription, now), "subscription": own}
