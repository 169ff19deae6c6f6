"""What is new in the searches that somebody saved: a part of the weekly digest, never a mail of its own."""

from dataclasses import dataclass

from matchmaking.models import SavedSearch
from matchmaking.opportunities.saved_searches import found_by

MOST = 5  # of each search


@dataclass(frozen=True)
class Found:
    """A saved search and what is new in it."""

    search: SavedSearch
    opportunities: list


def kept_by(subscriptions) -> dict[int, list[SavedSearch]]:
    """Subscription id → the searches of its addressee whose switch is on, in one query for them all."""
    whose = {(one.email.lower(), one.organization_id): one.pk for one in subscriptions}
    kept: dict[int, list[SavedSearch]] = {}
    searches = SavedSearch.objects.mailed().filter(organization__in={key for _email, key in whose})
    for search in searches.select_related("user", "organization"):
        if subscription := whose.get((search.user.email.lower(), search.organization_id)):
            kept.setdefault(subscription, []).append(search)
    return kept


def new_in(searches, fresh) -> list[Found]:
    """What the searches find among the `fresh` opportunities (ids).

    What one search has shown the next does not repeat; a search with nothing new is not named.
    """
    seen, found = set(), []
    for search in searches:
        new = found_by(search).filter(pk__in=fresh, published_at__gt=search.created_at).exclude(pk__in=seen)
        if opportunities := list(new[:MOST]):
            seen.update(each.pk for each in opportunities)
            found.append(Found(search, opportunities))
    return found


def told_by(found, already) -> set[int]:
    """The opportunities that the searches tell, without those that the digest tells elsewhere."""
    elsewhere = {ranked.opportunity.pk for ranked in already}
    return {each.pk for one in found for each in one.opportunities} - elsewhere
