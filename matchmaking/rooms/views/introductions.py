"""Three-way introductions: written by a broker, answered by each side alone."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.guards import object_required, staff_required
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ...models import Introduction
from .. import guards
from ..forms import IntroductionForm
from ..introductions import answer_introduction, introduce_two


@staff_required("introductions")
def introductions(request):
    found = Introduction.objects.select_related("broker", "room").prefetch_related("sides__organization")
    return render(request, "matchmaking/introductions.html", {"introductions": found[:200]})


@staff_required("introductions")
@require_http_methods(["GET", "HEAD", "POST"])
def introduce(request):
    form = IntroductionForm(request.POST or None)
    if form.is_valid():
        sent = form.cleaned_data
        pair = [sent["first"], sent["second"]]
        introduce_two(request.user, pair, sent["title"], sent["text"], sent["key"])
        messages.success(request, _("Chiesto a tutti e due: ognuno ha la sua mail, senza i recapiti dell'altro."))
        return redirect("matchmaking:introductions")
    return render(request, "matchmaking/introduce.html", {"form": form})


@object_required("introduction", guards.introduction_seen)
def introduction(request, found):
    """What the broker proposes. Each side reads the other's name and public profile, never how to reach it."""
    sides = list(found.sides.select_related("organization"))
    mine = guards.introduced_side(request, sides)
    editing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    context = {
        "introduction": found,
        "sides": sides,
        "mine": mine,
        "other": next((side for side in sides if mine and side != mine), None),
        "may_answer": bool(mine)
        and mine.state == mine.State.ASKED
        and editing.filter(pk=mine.organization_id).exists(),
        "room": getattr(found, "room", None) if mine else None,
    }
    return render(request, "matchmaking/introduction.html", context)


@object_required("introduction.answer", guards.introduction_to_answer)
@require_POST
def answer(request, found, side):
    is_yes = "yes" in request.POST
    if not is_yes and "no" not in request.POST:
        return redirect(found)
    spend_quota("answers", request)
    if not answer_introduction(found, side.organization, request.user, is_yes):
        messages.error(request, _("Avete già risposto."))
    elif is_yes:
        messages.success(request, _("Grazie. Se anche gli altri dicono di sì, si apre una stanza per voi due."))
    else:
        messages.success(request, _("Va bene: non se ne fa nulla, e nessuno saprà come raggiungervi."))
    return redirect(found)
