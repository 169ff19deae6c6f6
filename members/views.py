"""Pages about who is in the network."""

from django.core.paginator import Paginator
from django.shortcuts import render

from .forms import DirectoryForm
from .guards import public

PER_PAGE = 20


@public("directory")
def directory(request):
    form = DirectoryForm(request.GET)
    found = form.found().with_places().prefetch_related("offers__competence")
    organizations = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "organizations": organizations, "count": organizations.paginator.count}
    return render(request, "members/directory.html", context)
