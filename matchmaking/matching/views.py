"""Pages about who completes whom, and about the score."""

from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from members.guards import acting_representative_required, public, representative_required, signed_in
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ..algorithms import scoring
from ..algorithms.worked_example import PARTNER, SEEKER, worked
from ..models import Feedback
from . import inputs, profile_hints
from . import partners as partner_lists
from .forms import TextSearchForm
from .neighbours import neighbours
from .partners import compared, dismissed, may_answer, may_be_compared, shown
from .reasons import reasons
from .text_search import rank_organizations, suggest_competences
from .would_be import count_would_be


@representative_required("partners")
def partners(request, organization):
    """Who completes it; of a draft only how many would, until the staff have published it."""
    if not organization.is_published:
        context = {"organization": organization, "counts": count_would_be(organization)}
        return render(request, "matchmaking/partners_of_draft.html", context)
    kind = request.GET.get("tipo", "")
    kind = kind if kind in Organization.Kind.values else ""
    matches = shown(organization, kind)
    is_empty = not matches and not kind
    context = {
        "organization": organization,
        "matches": matches,
        "kind": kind,
        "kinds": Organization.Kind.choices,
        "dismissed": dismissed(organization),
        "hints": told(profile_hints.hints(organization.pk)),
        "fallback": neighbours(organization) if is_empty else [],
        "may_answer": may_answer(request.user, organization),
    }
    return render(request, "matchmaking/partners.html", {**context, "worth": profile_hints.WORTH // 100})


def told(found):
    """Hints with the names of their competences."""
    known = inputs.names() if found else {}
    return [{"hint": hint, "name": known[hint.code]} for hint in found]


@acting_representative_required("partners.answer", *Representative.EDITORS)
@require_POST
@transaction.atomic
def answer_partner(request, organization):
    """Useful, not useful, already known; or nothing, to take an answer back."""
    partner = get_object_or_404(may_be_compared(organization), slug=request.POST.get("partner", ""))
    verdict = request.POST.get("verdict", "")
    if verdict and verdict not in Feedback.Verdict.values:
        return HttpResponseBadRequest(gettext("Questa risposta non esiste."))
    partner_lists.answer_partner(organization, partner, verdict, request.user)
    messages.success(request, _thanks(partner, verdict))
    return redirect(reverse("matchmaking:partners", args=[organization.slug]))


def _thanks(partner, verdict):
    said = {
        "": gettext("Risposta tolta: %(name)s può tornare fra i suggerimenti."),
        Feedback.Verdict.USEFUL: gettext("Grazie: %(name)s è segnato come utile."),
        Feedback.Verdict.NOT_USEFUL: gettext("Grazie: %(name)s non compare più fra i suggerimenti."),
        Feedback.Verdict.KNOWN: gettext(
            "Grazie: %(name)s non compare più fra i suggerimenti, perché lo conoscete già."
        ),
    }
    return said[verdict] % {"name": partner.name}


@acting_representative_required("partners.compare")
def compare(request, organization):
    """Two partners side by side: `con` twice in the address."""
    slugs = list(dict.fromkeys(request.GET.getlist("con")))[:2]
    found = {partner.slug: partner for partner in may_be_compared(organization).filter(slug__in=slugs)}
    chosen = [found[slug] for slug in slugs if slug in found]
    matches = compared(organization, chosen) if len(chosen) == 2 else []
    context = {
        "organization": organization,
        "matches": matches,
        "others": may_be_compared(organization),
        "chosen": slugs,
    }
    return render(request, "matchmaking/compare.html", context)


@public("info.score")
def about_the_score(request):
    """The explanation of the score, with an example that the scorer computes while the page is made."""
    weights, found = scoring.Weights(), worked(inputs.taxonomy())
    context = {"weights": weights, "levels_text": ", ".join(map(str, weights.levels))}
    if found:
        score = found.score
        hundredths = {name: Decimal(value) / 100 for name, value in _steps(found).items()}
        context |= {"example": found, "score": score, "lines": reasons(score), **hundredths}
        context |= {"seeker": SEEKER, "partner": PARTNER}
        context |= {"offers": _named(SEEKER.offers), "needs": _named(SEEKER.needs)}
        context |= {"their_offers": _named(PARTNER.offers), "their_needs": _named(PARTNER.needs)}
    return render(request, "info/score.html", context)


def _steps(example):
    return {"direct": example.direct, "mutual": example.mutual, "gained": example.gained, "lost": example.lost} | {
        "total": example.score.points
    }


def _named(claims):
    known = inputs.names()
    return [(claim, known[claim.code]) for claim in claims]


@signed_in("text.search")
def text_search(request):
    form = TextSearchForm(request.GET if "testo" in request.GET else None)
    context = {"form": form}
    if form.is_valid():
        spend_quota("searches", request)
        text = form.cleaned_data["testo"]
        context |= {"competences": suggest_competences(text), "found": rank_organizations(text)}
    return render(request, "matchmaking/text_search.html", context)
