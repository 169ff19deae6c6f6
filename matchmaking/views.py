"""Pages about who completes whom and what can be browsed."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render

from members.guards import current_organization, public, representative_required, signed_in
from members.models import Organization

from . import matching, ranking, text_fit
from .explaining import explain, reasons
from .forms import OpportunitySearchForm, TextSearchForm
from .models import Match, Opportunity

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


@public("opportunities")
def opportunities(request):
    form = OpportunitySearchForm(request.GET)
    organization = current_organization(request)
    ranked = ranking.rank(form.found(), organization)
    page = Paginator(ranked, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "matchmaking/opportunities.html", {"form": form, "ranked": page, "organization": organization}
    )


@public("opportunity")
def opportunity(request, slug):
    visible = Opportunity.objects.visible_to(request.user).with_requirements()
    found = get_object_or_404(visible, slug=slug)
    organization = current_organization(request)
    context = {"opportunity": found, "organization": organization}
    if organization:
        score = ranking.fit(found, ranking.as_profile(organization), matching.taxonomy())
        context |= {"score": score.points / 100, "lines": reasons(score)}
    return render(request, "matchmaking/opportunity.html", context)


@signed_in("text.search")
def text_search(request):
    form = TextSearchForm(request.GET if "testo" in request.GET else None)
    context = {"form": form}
    if form.is_valid():
        text = form.cleaned_data["testo"]
        context |= {"competences": text_fit.suggest_competences(text), "found": text_fit.rank(text)}
    return render(request, "matchmaking/text_search.html", context)
