"""Keeping matches true: whoever changes gets a fresh row and column, and everything is remade every night.

Matches are derived data. A refresh happens in one transaction, behind a lock that lets one computation in at a time:
readers see the old matches or the new ones, never a mixture; a refresh that dies half-way leaves the old ones whole.
"""

from collections import defaultdict

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from members.models import Competence, Complement, Need, Offer, Organization

from . import scoring
from .models import Freshness, Match

LOCK = 4040  # of PostgreSQL's advisory locks, this one is matching's


def taxonomy() -> scoring.Taxonomy:
    """The stored taxonomy with the editorial complements, as the scorer wants it."""
    rows = Competence.objects.order_by("code").values_list("code", "parent__code", "name_it")
    facet = Competence.APPLICATION_FIELDS
    complements = Complement.objects.values_list("giver__code", "taker__code", "weight", "reason", "author")
    return scoring.Taxonomy.build(
        [(code, parent, name, code == facet) for code, parent, name in rows], list(complements)
    )


def names() -> dict[str, str]:
    """Code → name of every competence, in the language of the reader."""
    return {competence.code: competence.name for competence in Competence.objects.all()}


def profiles(organizations=None) -> list[scoring.Profile]:
    """The published organizations (or the given ones) as the scorer sees them, in three queries however many."""
    organizations = list((organizations or Organization.objects.published()).with_places())
    offers, needs = defaultdict(list), defaultdict(list)
    for key, *values in Offer.objects.filter(organization__in=organizations).values_list(
        "organization_id", "competence__code", "level", "trl", "is_declared"
    ):
        offers[key].append(scoring.Offer(*values))
    for key, *values in Need.objects.filter(organization__in=organizations).values_list(
        "organization_id", "competence__code", "priority", "trl", "is_blind"
    ):
        needs[key].append(scoring.Need(*values))
    today = timezone.localdate()
    return [
        scoring.Profile(
            id=organization.pk,
            kind=organization.kind,
            offers=offers[organization.pk],
            needs=needs[organization.pk],
            place=_place(organization),
            reviewed_days_ago=max(0, (today - organization.reviewed_on).days),
        )
        for organization in organizations
    ]


def _place(organization):
    """Coordinates of the province's chief town: two organizations of one province are 0 km apart."""
    province = organization.province
    if province is None or province.latitude is None:
        return None
    return province.latitude, province.longitude


def refresh(organization_id: int) -> int:
    """Recompute the matches of one organization, as seeker and as partner. Says how many there are now."""
    with transaction.atomic():
        _one_at_a_time()
        as_of = _profile_moment(organization_id)
        everybody = profiles()
        mine = [profile for profile in everybody if profile.id == organization_id]
        known = taxonomy()
        scores = [
            scoring.score(seeker, partner, known)
            for me in mine
            for other in everybody
            if other is not me
            for seeker, partner in ((me, other), (other, me))
        ]
        kept = _store(scores, Match.objects.filter(Q(seeker=organization_id) | Q(partner=organization_id)))
        _remember({organization_id: as_of} if as_of else {})
    return kept


def rebuild() -> int:
    """Recompute every match. Says how many there are now."""
    with transaction.atomic():
        _one_at_a_time()
        moments = dict(Organization.objects.published().values_list("pk", "updated_at"))
        everybody, known = profiles(), taxonomy()
        scores = [
            scoring.score(seeker, partner, known)
            for seeker in everybody
            for partner in everybody
            if seeker is not partner
        ]
        kept = _store(scores, Match.objects.all())
        _remember(moments)
    return kept


def refresh_stale() -> int:
    """Refresh whoever changed since the last computation: what a lost message left behind. Says how many there were."""
    behind = Q(freshness=None) | Q(freshness__profile_as_of__lt=F("updated_at"))
    stale = Organization.objects.published().filter(behind) | Organization.objects.filter(
        ~Q(status=Organization.Status.PUBLISHED), Q(matches__isnull=False) | Q(matched_by__isnull=False)
    )
    found = list(stale.values_list("pk", flat=True).distinct())
    if len(found) > 20:
        rebuild()
    else:
        for organization_id in found:
            refresh(organization_id)
    return len(found)


def _one_at_a_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _profile_moment(organization_id):
    return Organization.objects.filter(pk=organization_id).values_list("updated_at", flat=True).first()


def _store(scores, replaced) -> int:
    """Write the positive scores over the `replaced` matches. A match that lasts keeps the moment it was found."""
    now = timezone.now()
    matches = [
        Match(
            seeker_id=score.seeker,
            partner_id=score.partner,
            points=score.points,
            detail=score.as_dict(),
            updated_at=now,
        )
        for score in scores
        if score.points > 0
    ]
    pairs = {(match.seeker_id, match.partner_id) for match in matches}
    gone = [pk for pk, *pair in replaced.values_list("pk", "seeker_id", "partner_id") if tuple(pair) not in pairs]
    Match.objects.filter(pk__in=gone).delete()
    Match.objects.bulk_create(
        matches,
        update_conflicts=True,
        unique_fields=["seeker", "partner"],
        update_fields=["points", "detail", "updated_at"],
        batch_size=2000,
    )
    return len(matches)


def _remember(moments):
    Freshness.objects.bulk_create(
        [Freshness(organization_id=pk, profile_as_of=moment) for pk, moment in moments.items()],
        update_conflicts=True,
        unique_fields=["organization"],
        update_fields=["profile_as_of"],
    )
