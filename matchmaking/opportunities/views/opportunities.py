"""Browsing opportunities: the list in the order in which they suit, and one at a time."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

from members.guards import current_organization, public, signed_in
from members.models import Organization

from ...algorithms import scoring
from ...consortia import cofinancing
from ...matching.candidates import fits
from ...matching.reasons import reasons
from ...models import Bookmark, Interest, Opportunity, Registration
from .. import admissibility, ranking
from ..forms import OpportunitySearchForm

PER_PAGE = 20


@public("opportunities")
def opportunities(request):
    organization = current_organization(request)
    form = OpportunitySearchForm(request.GET, organization=organization)
    ranked = ranking.Ranking(organization, form.chosen(), form.asked_verdict)
    page = Paginator(ranked, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "ranked": page, "organization": organization, "query": form.query}
    part = "matchmaking/includes/opportunity_list.html"
    response = render(request, part if request.htmx else "matchmaking/opportunities.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@public("opportunity")
def opportunity(request, slug):
    visible = Opportunity.objects.visible_to(request.user).with_requirements()
    found = get_object_or_404(visible.select_related("proposed_by", "application_field"), slug=slug)
    organization = current_organization(request)
    context = {"opportunity": found, "organization": organization, **mine(request.user, organization, found)}
    if organization:
        context |= suitability(found, organization)
        context |= rest(found, organization)
    if request.user.is_staff or context.get("is_ours"):
        context["history"] = found.history.select_related("by")
    return render(request, "matchmaking/opportunity.html", {**context, "reminder_days": Bookmark.reminder_days()})


def suitability(opportunity, organization):
    """The score with its reasons, and the verdict with its rules."""
    score = ranking.fit(opportunity, ranking.as_profile(organization), ranking.board().taxonomy)
    firm = admissibility.as_firm(organization)
    assessment = admissibility.assess(opportunity.kind, opportunity.eligibility_rules, firm)
    return {
        "score": score.points / 100,
        "lines": reasons(score, sentences=scoring.ASKED_OF_YOU),
        "verdict": assessment.verdict,
        "verdict_label": admissibility.VERDICTS[assessment.verdict],
        "sentences": admissibility.sentences(assessment),
    }


def rest(opportunity, organization):
    """For a firm, where a call pays half at most and says how much may be spent: who could cover the rest."""
    part = cofinancing.split(opportunity, int(opportunity.expense_max or opportunity.expense_min or 0))
    if part is None or organization.kind != Organization.Kind.FIRM:
        return {}
    return {"part": part, "financiers": cofinancing.financiers_for(part, [organization])}


def mine(user, organization, opportunity):
    """What the signed-in person already did with this opportunity."""
    if organization is None:
        return {}
    return {
        "is_ours": opportunity.proposed_by_id == organization.pk,
        "is_followed": Bookmark.objects.of(user).filter(opportunity=opportunity, organization=organization).exists(),
        "interest": Interest.objects.filter(opportunity=opportunity, organization=organization).first(),
        "registration": Registration.objects.standing().filter(event=opportunity, user=user).first(),
    }


@signed_in("opportunity.participants")
def participants(request, slug):
    """Who could take part: for the staff, and for whoever proposed the opportunity."""
    found = get_object_or_404(Opportunity.objects.visible_to(request.user).with_requirements(), slug=slug)
    if not (request.user.is_staff or _has_proposed(request.user, found)):
        raise Http404
    return render(request, "matchmaking/participants.html", {"opportunity": found, "fits": fits(found)})


def _has_proposed(user, opportunity):
    """Whether the person speaks for the organization that proposed it, where opportunities know who did."""
    proposer = getattr(opportunity, "proposed_by_id", None)
    return proposer is not None and Organization.objects.spoken_for_by(user).filter(pk=proposer).exists()
