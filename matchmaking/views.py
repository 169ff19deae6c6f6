"""The page about who completes whom; those about opportunities stand in `pages`."""

from django.core.paginator import Paginator
from django.shortcuts import render

from members.guards import representative_required
from members.models import Organization

from .explaining import explain
from .models import Match

PER_PAGE = 20


@representative_required("partners")
def partners(request, organization):
    found = Match.objects.for_seeker(organization).with_partners().best_first()
    matches = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    explain(matches.object_list)
    fallback = [] if matches.paginator.count else neighbours(organization)
    return render(
        request, "matchmaking/partners.html", {"organization": organization, "matches": matches, "fallback": fallback}
    )


def neighbours(organization, most=6):
    """Published organizations of the same province: what can be said when no competences are declared."""
    published = Organization.objects.published().exclude(pk=organization.pk).with_places()
    nearby = published.in_province(organization.province.pk) if organization.province else published
    return list(nearby.prefetch_related("offers__competence")[:most])
