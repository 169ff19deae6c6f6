"""What an organization asks of others: written, sent to chosen partners, followed, ended."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from members.guards import member_required, object_required
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ...matching import inputs
from ...models import CollaborationRequest
from .. import disclosure, guards, recipients
from ..forms import RequestForm
from ..requests import (
    RequestRefused,
    agree_to_referral,
    close_request,
    invite_more,
    lacks_to_send,
    refuse_referral,
    send_request,
    show_identity,
    withdraw_invitation,
    withdraw_request,
)

Kind = CollaborationRequest.Kind


@member_required("requests")
def requests(request, organization):
    """What we have asked, the newest first."""
    found = CollaborationRequest.objects.filter(organization=organization).prefetch_related("invitations")
    return render(request, "matchmaking/requests.html", {"organization": organization, "requests": found})


@object_required("requests.write", guards.member_writing)
def compose(request, organization):
    """A new request; `a` in the address names whom it was thought for, `tipo` what is asked."""
    kind = request.GET.get("tipo", "")
    wants_money = kind == Kind.FINANCING and organization.kind == Organization.Kind.FIRM
    draft = CollaborationRequest(
        organization=organization,
        author=request.user,
        kind=Kind.FINANCING if wants_money else Kind.COLLABORATION,
        first_choice=Organization.objects.published().filter(slug=request.GET.get("a", "")).first(),
    )
    return _written(request, draft)


@object_required("request.write", guards.writable_request)
def edit(request, draft):
    return _written(request, draft) if draft.is_draft else redirect(draft)


def _written(request, draft):
    """The form. A draft may be half written; to go on to the addressees it must be whole."""
    goes_on = "next" in request.POST
    form = RequestForm(request.POST or None, instance=draft, is_ready=goes_on)
    if form.is_valid():
        stored = form.store()
        if goes_on:
            return redirect("matchmaking:addressees", stored.code)
        messages.success(request, _("Bozza salvata: la vedete solo voi."))
        return redirect("matchmaking:edit_request", stored.code)
    context = {"form": form, "draft": draft, "first_choice": draft.first_choice}
    if draft.first_choice:
        context["they_offer"] = [each.competence for each in draft.first_choice.offers.select_related("competence")]
    return render(request, "matchmaking/compose.html", context)


@object_required("request.write", guards.writable_request)
def choose(request, asked):
    """Whom to ask: those that fit best with their reasons, or anybody else who may be asked."""
    if asked.is_draft and lacks_to_send(asked):
        messages.error(request, _("Prima completate la richiesta, poi scegliete a chi mandarla."))
        return redirect("matchmaking:edit_request", asked.code)
    if not (asked.is_draft or asked.is_open):
        return redirect(asked)
    admitted = list(recipients.admitted(asked).with_places().order_by("name"))
    if request.method == "POST":
        return _sent(request, asked, admitted)
    return render(request, "matchmaking/addressees.html", _choice(asked, admitted))


def _choice(asked, admitted):
    fits, first = recipients.best(asked), asked.first_choice
    shown = {fit.organization.pk for fit in fits}
    return {
        "asked": asked,
        "fits": fits,
        "others": [each for each in admitted if each.pk not in shown],
        "invited": set(asked.invitations.values_list("organization_id", flat=True)),
        "first_choice": first,
        "misses_first_choice": first is not None and first not in admitted,
        "is_unseen": asked.is_financing and not asked.organization.is_visible_to_financiers,
    }


def _sent(request, asked, admitted):
    slugs = set(request.POST.getlist("a")) - {""}
    chosen = [each for each in admitted if each.slug in slugs]
    if not slugs:
        messages.error(request, _("Scegliete almeno un'organizzazione."))
    elif len(chosen) < len(slugs):
        messages.error(request, _("Una delle organizzazioni scelte non può riceverla: non è partito niente."))
    else:
        spend_quota("requests", request, len(chosen))
        count = len((send_request if asked.is_draft else invite_more)(asked, request.user, chosen))
        said = ngettext("Inviata a %(count)d organizzazione.", "Inviata a %(count)d organizzazioni.", count)
        messages.success(request, said % {"count": count})
        return redirect(asked)
    return redirect("matchmaking:addressees", asked.code)


@object_required("request", guards.own_request)
def request_page(request, asked):
    """One request: what was asked, of whom, what each has answered, and all that happened."""
    found = asked.invitations.select_related("organization", "referral", "room").order_by(
        "-points", "organization__name"
    )
    known = inputs.names()
    context = {
        "asked": asked,
        "invitations": [(each, disclosure.because(each, known)) for each in found],
        "history": disclosure.history(asked.steps.all(), asked.organization_id),
        "may_write": Organization.objects.acting_through(request.user, *Representative.EDITORS)
        .filter(pk=asked.organization_id)
        .exists(),
    }
    return render(request, "matchmaking/request.html", context)


@object_required("request.write", guards.writable_request)
@require_POST
def end(request, asked):
    """Withdraw it, close it to further answers, or throw a draft away."""
    why = request.POST.get("why", "")
    if "discard" in request.POST:
        CollaborationRequest.objects.filter(pk=asked.pk, state=asked.State.DRAFT).delete()
        messages.success(request, _("Bozza eliminata."))
        return redirect("matchmaking:requests")
    end_it = close_request if "close" in request.POST else withdraw_request
    if end_it(asked, request.user, why):
        messages.success(request, _("Fatto: chi non aveva ancora risposto non può più farlo, e lo sa."))
    else:
        messages.error(request, _("La richiesta non è più aperta."))
    return redirect(asked)


@object_required("request.settle", guards.invitation_to_settle)
@require_POST
def settle(request, found):
    """What whoever asked decides about one of those it asked."""
    chosen = next((name for name in DECISIONS if name in request.POST), None)
    if chosen is None:
        raise Http404
    spend_quota("answers", request)
    decide, said = DECISIONS[chosen]
    try:
        is_done = decide(found, request.user)
    except RequestRefused as who:
        messages.error(request, _("%(who)s non può ricevere questa richiesta.") % {"who": who})
    else:
        (messages.success if is_done else messages.error)(request, said if is_done else _("Era già deciso."))
    return redirect(found.request)


DECISIONS = {
    "withdraw": (withdraw_invitation, gettext_lazy("Invito ritirato.")),
    "show": (show_identity, gettext_lazy("Ora sanno chi siete, e potete parlarvi.")),
    "agree": (agree_to_referral, gettext_lazy("Richiesta inviata anche a loro.")),
    "refuse": (refuse_referral, gettext_lazy("Va bene: non lo chiediamo a loro.")),
}
