"""What is new in the searches that somebody saved: a part of the weekly digest, never a mail of its own."""

from dataclasses import dataclass

from matchmaking import following
from matchmaking.models import SavedSearch

MOST = 5  # of each search


@dataclass(frozen=True)
class Found:
    """A saved search and what is new in it."""

    search: SavedSearch
    opportunities: list


def new_for(subscription, fresh) -> list[Found]:
    """The searches of the digest's addressee whose switch is on, with what they find among the `fresh` opportunities.

    What one search has shown the next does not repeat; a search with nothing new is not named.
    """
    kept = SavedSearch.objects.mailed().filter(
        user__email__iexact=subscription.email, organization=subscription.organization
    )
    seen, found = set(), []
    for search in kept:
        new = following.found_by(search).filter(pk__in=fresh, published_at__gt=search.created_at).exclude(pk__in=seen)
        if opportunities := list(new[:MOST]):
            seen.update(each.pk for each in opportunities)
            found.append(Found(search, opportunities))
    return found


def told_by(found, already) -> set[int]:
    """The opportunities that the searches tell, without those that the digest tells elsewhere."""
    elsewhere = {ranked.opportunity.pk for ranked in already}
    return {each.pk for one in found for each in one.opportunities} - elsewhere
