"""Searches of opportunities kept under a name: what the form was asked, as it stands in an address."""

from django.http import QueryDict

from ..models import Opportunity, SavedSearch
from .forms import OpportunitySearchForm


def save_search(user, organization, query) -> SavedSearch | None:
    """Keep the filters of an address; only those that mean something. None when nothing is left of them."""
    form = OpportunitySearchForm(QueryDict(query), organization=organization)
    if not form.is_valid() or not form.query:
        return None
    search, _is_new = SavedSearch.objects.get_or_create(
        user=user, organization=organization, query=form.query[:500], defaults={"name": name_of(form)}
    )
    return search


def name_of(form) -> str:
    """What a search looks for, in words: "Bando · laser · Metrologia"."""
    choices = {name: dict(getattr(field, "choices", ())) for name, field in form.fields.items()}
    said = [
        str(choices[name].get(value, value)).strip()
        for name, value in form.cleaned_data.items()
        if value and name != "exact"
    ]
    return " · ".join(said)[:120]


def found_by(search, since=None):
    """The open opportunities that a saved search finds, those published after a moment if it is given."""
    form = OpportunitySearchForm(QueryDict(search.query), organization=search.organization, is_exact=True)
    chosen = form.chosen()
    found = Opportunity.objects.open()
    if chosen is not None:
        found = found.filter(pk__in=chosen)
    return found.filter(published_at__gt=since) if since else found
