"""Answering opportunities: interests, and places at events."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import editing_organization_or_404, organization_or_404, signed_in
from members.models import Organization, Representative

from ...models import Interest, Opportunity
from .. import registrations
from ..forms import DecisionForm, InterestForm
from ..interests import decide_interest, draft_interest, send_interest, withdraw_interest


@signed_in("opportunity.interest")
def interest(request, slug):
    """What we bring, what we need, when, and whose the results are. A draft is kept until it is sent."""
    organization = editing_organization_or_404(request)
    opportunity = get_object_or_404(Opportunity.objects.visible_to(request.user), slug=slug)
    if opportunity.proposed_by_id == organization.pk:
        raise Http404
    answer = draft_interest(organization, opportunity)
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, answer)
    form = InterestForm(request.POST or None, instance=answer, is_sent="send" in request.POST)
    if answer.is_editable and form.is_valid():
        return _stored(request, form.save())
    history = answer.history.select_related("by") if answer.pk else []
    context = {"form": form, "interest": answer, "opportunity": opportunity, "history": history}
    return render(request, "matchmaking/interest.html", context)


def _stored(request, answer):
    if "send" not in request.POST:
        messages.success(request, _("Bozza salvata: la vedete solo voi."))
    elif send_interest(answer, request.user):
        messages.success(request, _("Inviata: la leggono chi propone l'opportunità e il Consorzio."))
    else:
        messages.error(request, _("L'opportunità non è più aperta: la risposta resta una bozza."))
    return redirect(answer)


def _withdraw(request, answer):
    if answer.pk and withdraw_interest(answer, request.user, note=request.POST.get("note", "")):
        messages.success(request, _("Risposta ritirata."))
    return redirect(answer)


def answerable(user):
    """The opportunities whose answers a person may read: all for the staff, else those its organizations propose."""
    if user.is_staff:
        return Opportunity.objects.all()
    return Opportunity.objects.filter(proposed_by__in=Organization.objects.spoken_for_by(user))


@signed_in("opportunity.interests")
def interests(request, slug):
    opportunity = get_object_or_404(answerable(request.user), slug=slug)
    found = Interest.objects.sent().answering(opportunity).prefetch_related("history")
    rows = [(each, DecisionForm(auto_id=f"decisione-{each.pk}-%s")) for each in found]
    return render(request, "matchmaking/interests.html", {"opportunity": opportunity, "rows": rows})


@require_POST
def _decide(request, interest):
    """Go or no-go, by whoever may write for the proposer, or by the staff."""
    writing = Organization.objects.spoken_for_by(request.user, *Representative.EDITORS)
    allowed = Q() if request.user.is_staff else Q(opportunity__proposed_by__in=writing)
    answer = get_object_or_404(Interest.objects.sent().filter(allowed).select_related("opportunity"), pk=interest)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Scegli una ragione."))
    elif decide_interest(answer, request.user, "go" in request.POST, **form.cleaned_data):
        messages.success(request, _("Decisione registrata."))
    else:
        messages.error(request, _("La risposta è già stata decisa o ritirata."))
    return redirect("matchmaking:interests", answer.opportunity.slug)


decide = signed_in("opportunity.decide")(_decide)


@require_POST
def _register(request, slug):
    organization = organization_or_404(request)
    event = get_object_or_404(Opportunity.objects.open().of_kind(Opportunity.Kind.EVENT), slug=slug)
    if "cancel" in request.POST:
        registrations.cancel_registration(event, request.user)
        messages.success(request, _("Iscrizione annullata: il posto va a chi aspetta."))
    else:
        mine = registrations.register_for_event(event, request.user, organization)
        messages.success(request, _("Evento: %(state)s.") % {"state": mine.get_status_display().lower()})
    return redirect(event)


register = signed_in("opportunity.register")(_register)
