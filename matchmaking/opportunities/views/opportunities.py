"""Browsing opportunities: the list in the order in which they suit, and one at a time."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

from members.guards import acting_organization, current_organization, object_required, public
from members.models import Organization
from members.models.users import acts_as_staff
from members.safety.quotas import spend_quota

from ...algorithms import scoring
from ...consortia import cofinancing
from ...matching.candidates import fits
from ...matching.reasons import reasons
from ...models import Bookmark, Interest, Opportunity, Registration
from .. import admissibility, guards, ranking
from ..forms import OpportunitySearchForm

PER_PAGE = 20


@public("opportunities")
def opportunities(request):
    organization = current_organization(request)
    form = OpportunitySearchForm(request.GET, organization=organization)
    if form.typed:
        spend_quota("searches", request)
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
    own, member = current_organization(request), acting_organization(request)
    context = {"opportunity": found, "organization": member, **mine(request.user, member, found)}
    if own:
        context |= suitability(found, member or own)
    if member:
        context |= rest(found, member)
    if acts_as_staff(request.user) or context.get("is_ours"):
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


@object_required("opportunity.participants", guards.opportunity_with_participants)
def participants(request, opportunity):
    """Who could take part: for the staff, and for whoever proposed the opportunity."""
    return render(request, "matchmaking/participants.html", {"opportunity": opportunity, "fits": fits(opportunity)})
