"""Answering opportunities: interests, and places at events."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import object_required
from members.safety.quotas import spend_quota

from ...models import Interest
from .. import guards, registrations
from ..forms import DecisionForm, InterestForm
from ..interests import decide_interest, draft_interest, send_interest, withdraw_interest


@object_required("opportunity.interest", guards.member_answering)
def interest(request, organization, opportunity):
    """What we bring, what we need, when, and whose the results are. A draft is kept until it is sent."""
    answer = draft_interest(organization, opportunity)
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, answer)
    form = InterestForm(request.POST or None, instance=answer, is_sent="send" in request.POST)
    if answer.is_editable and form.is_valid():
        spend_quota("answers", request)
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


@object_required("opportunity.interests", guards.answered_opportunity)
def interests(request, opportunity):
    found = Interest.objects.sent().answering(opportunity).prefetch_related("history")
    rows = [(each, DecisionForm(auto_id=f"decisione-{each.pk}-%s")) for each in found]
    return render(request, "matchmaking/interests.html", {"opportunity": opportunity, "rows": rows})


@object_required("opportunity.decide", guards.answer_to_decide)
@require_POST
def decide(request, answer):
    """Go or no-go, by whoever may write for the proposer, or by the staff."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Scegli una ragione."))
    elif decide_interest(answer, request.user, "go" in request.POST, **form.cleaned_data):
        messages.success(request, _("Decisione registrata."))
    else:
        messages.error(request, _("La risposta è già stata decisa o ritirata."))
    return redirect("matchmaking:interests", answer.opportunity.slug)


@object_required("opportunity.register", guards.member_at_event)
@require_POST
def register(request, organization, event):
    spend_quota("answers", request)
    if "cancel" in request.POST:
        registrations.cancel_registration(event, request.user)
        messages.success(request, _("Iscrizione annullata: il posto va a chi aspetta."))
    else:
        mine = registrations.register_for_event(event, request.user, organization)
        messages.success(request, _("Evento: %(state)s.") % {"state": mine.get_status_display().lower()})
    return redirect(event)
