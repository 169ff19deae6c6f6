"""Pages about who is in the network."""

from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import render

from ..guards import acting_organization, public
from ..models import bring_offers
from ..safety.quotas import spend_quota
from .forms import DirectoryForm
from .search import mark_of
from .tasks import note_unmet_search

PER_PAGE = 20


@public("directory")
def directory(request):
    form = DirectoryForm(request.GET)
    if form.words:
        spend_quota("searches", request)
    paginator = Paginator(form.found().for_cards(), PER_PAGE)
    paginator.count = form.facets.total  # counted already, with the filters
    organizations = paginator.get_page(request.GET.get("page"))
    organizations.object_list = list(organizations)
    bring_offers(organizations.object_list)
    context = {"form": form, "organizations": organizations, "count": paginator.count}
    if form.unanswered and request.method == "GET":
        note_unmet(request, form.unanswered)
    return render(request, "members/directory.html", context)


def note_unmet(request, text):
    """Looking writes nothing: a worker does, and without a broker the page is shown all the same.

    A message says by its mark alone that a member asked; nobody's message has none.
    """
    asker = acting_organization(request)
    words = [text, mark_of(asker)] if asker else [text]
    transaction.on_commit(lambda: note_unmet_search.apply_async(words, retry=False), robust=True)
