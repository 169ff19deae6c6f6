"""What an organization is asked: its inbox, one request with its answer, and what it does not want to hear of."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import member_required, object_required
from members.models import Organization, Representative
from members.rules.texts import is_key
from members.safety.quotas import spend_quota

from ...matching import inputs
from ...matching.mutes import Muted, mute_firm_or_sector, unmute_row
from ...models import Invitation, Mute
from .. import disclosure, guards, invitations, promptness
from ..export import export_received
from ..forms import DeclineForm, MuteForm, ReplyForm


@member_required("requests")
def inbox(request, organization):
    """What waits for us first, the nearest term before; then what is over."""
    found = disclosure.received(Invitation.objects.visible_to(request.user).filter(organization=organization))
    muted, known = Muted(organization), inputs.names()
    rows = [
        {"invitation": each, "asker": disclosure.asker(each), "because": disclosure.because(each, known)}
        for each in found.prefetch_related("request__asked__competence")
    ]
    context = {
        "organization": organization,
        "waiting": sorted(
            (row for row in rows if row["invitation"].is_answerable and row["invitation"] not in muted),
            key=lambda row: row["invitation"].request.closes_on,
        ),
        "over": [row for row in rows if not row["invitation"].is_answerable and row["invitation"] not in muted],
        "muted": [row for row in rows if row["invitation"] in muted],
        "promptness": promptness.of(organization),
    }
    return render(request, "matchmaking/inbox.html", context)


@object_required("request.received", guards.received_invitation)
def received(request, invitation):
    return _page(request, invitation)


def _page(request, invitation, reply=None, decline=None):
    writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    may_write = writing.filter(pk=invitation.organization_id).exists() and invitation.is_answerable
    holds = may_write and invitation.taken_by_id == request.user.pk
    context = {
        "invitation": invitation,
        "asked": invitation.request,
        "asker": disclosure.asker(invitation),
        "because": disclosure.because(invitation),
        "history": disclosure.history(invitation.steps.all(), invitation.organization_id),
        "may_write": may_write,
        "may_mute": invitation.shows_identity and invitation.organization.kind == Organization.Kind.FINANCIER,
        "holds": holds,
        "is_free": may_write and invitations.is_free_for(invitation, request.user),
        "reply": (reply or ReplyForm(instance=invitation)) if holds else None,
        "decline": decline or DeclineForm(invitation=invitation) if may_write else None,
        "reasons": Invitation.Reason.choices,
    }
    return render(request, "matchmaking/received.html", context)


@object_required("request.reply", guards.answerable_invitation)
@require_POST
def reply(request, invitation):
    """Open it, take it in charge or put it back, keep a draft, accept, decline: each by its own button."""
    act = next((act for name, act in ACTS.items() if name in request.POST), None)
    if act is None:
        raise Http404
    spend_quota("answers", request)
    return act(request, invitation) or redirect(invitation)


def _open(request, invitation):
    invitations.read_invitation(invitation, request.user)


def _take(request, invitation):
    if invitations.take_invitation(invitation, request.user):
        messages.success(request, _("È in carico a voi: i colleghi vedono il vostro nome."))
    else:
        _too_late(request)


def _release(request, invitation):
    invitations.release_invitation(invitation, request.user)
    messages.success(request, _("Rimessa a disposizione dei colleghi; la bozza resta."))


def _too_late(request):
    messages.error(request, _("Nel frattempo è cambiato qualcosa: guardate lo stato qui sotto."))


def _keep(request, invitation):
    form = ReplyForm(request.POST, instance=invitation)
    if not form.is_valid():
        return _page(request, invitation, reply=form)
    if invitations.keep_draft_answer(invitation, request.user, **form.answer):
        messages.success(request, _("Bozza salvata: la vedete solo voi."))
    else:
        _too_late(request)
    return None


def _accept(request, invitation):
    form = ReplyForm(request.POST, instance=invitation, is_sent=True)
    if not form.is_valid():
        return _page(request, invitation, reply=form)
    agreed = invitation.request.terms_hash if form.cleaned_data.get("accepts_terms") else ""
    if invitations.accept_invitation(invitation, request.user, agreed, **form.answer):
        messages.success(request, _("Accettata: chi ha chiesto legge la vostra risposta."))
    else:
        _too_late(request)
    return None


def _decline(request, invitation):
    form = DeclineForm(request.POST, invitation=invitation)
    if not form.is_valid():
        return _page(request, invitation, decline=form)
    said = form.cleaned_data
    if invitations.decline_invitation(invitation, request.user, said["reason"], said["note"], said["referral"]):
        messages.success(request, _("Declinata: chi ha chiesto legge la ragione. Grazie di averlo detto."))
    else:
        _too_late(request)
    return None


def _mute(request, invitation):
    """A financier does not want to hear of this firm; only where it may know which firm it is."""
    if not invitation.shows_identity or invitation.organization.kind != Organization.Kind.FINANCIER:
        raise Http404
    mute_firm_or_sector(invitation.organization, request.user, firm=invitation.request.organization)
    messages.success(request, _("Silenziata: le sue richieste aspettano a parte, e nessuno lo viene a sapere."))


ACTS = {
    "open": _open,
    "take": _take,
    "release": _release,
    "draft": _keep,
    "accept": _accept,
    "reason": _decline,
    "mute": _mute,
}


@member_required("requests.export")
@require_POST
def export(request, organization):
    name = f"richieste-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        "\ufeff" + export_received(organization, request.user),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@object_required("requests.mutes", guards.muting_financier)
def mutes(request, organization):
    """The firms and the sectors that a financier does not want to hear of."""
    if request.method == "POST" and "remove" in request.POST:
        removed = request.POST["remove"]
        unmute_row(organization, int(removed) if is_key(removed) else 0)
        return redirect("matchmaking:mutes")
    form = MuteForm(request.POST or None)
    if form.is_valid():
        mute_firm_or_sector(organization, request.user, form.cleaned_data["firm"], form.cleaned_data["sector"])
        messages.success(request, _("Silenziato: nessun altro lo viene a sapere."))
        return redirect("matchmaking:mutes")
    found = Mute.objects.filter(organization=organization).select_related("firm", "sector")
    return render(request, "matchmaking/mutes.html", {"organization": organization, "form": form, "mutes": found})
