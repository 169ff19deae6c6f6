"""Three-way introductions: written by a broker, answered by each side alone."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.guards import current_organization, signed_in, staff_required
from members.models import Organization, Representative

from ...models import Introduction
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


@signed_in("introduction")
def introduction(request, introduction):
    """What the broker proposes. Each side reads the other's name and public profile, never how to reach it."""
    visible = Introduction.objects.visible_to(request.user).select_related("broker", "room")
    found = get_object_or_404(visible, code=introduction)
    sides = list(found.sides.select_related("organization"))
    mine = _mine(request, sides)
    editing = Organization.objects.spoken_for_by(request.user, *Representative.EDITORS)
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


def _mine(request, sides):
    own = set(Organization.objects.spoken_for_by(request.user).values_list("pk", flat=True))
    mine = [side for side in sides if side.organization_id in own]
    current = current_organization(request)
    return next((side for side in mine if side.organization == current), mine[0] if mine else None)


@require_POST
def _answer(request, introduction):
    writing = Introduction.objects.of_people(request.user, *Representative.EDITORS)
    found = get_object_or_404(writing, code=introduction)
    side = _mine(request, found.sides.select_related("organization"))
    is_yes = "yes" in request.POST
    if not is_yes and "no" not in request.POST:
        return redirect(found)
    if not answer_introduction(found, side.organization, request.user, is_yes):
        messages.error(request, _("Avete già risposto."))
    elif is_yes:
        messages.success(request, _("Grazie. Se anche gli altri dicono di sì, si apre una stanza per voi due."))
    else:
        messages.success(request, _("Va bene: non se ne fa nulla, e nessuno saprà come raggiungervi."))
    return redirect(found)


answer = signed_in("introduction.answer")(_answer)
