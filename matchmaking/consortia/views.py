"""Answering a call together: the builder on every call, and the shared space of those who do."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.guards import member_required, object_required
from members.safety.quotas import spend_quota

from ..models import Consortium
from . import cofinancing, guards, partnerships
from .forms import BuilderForm, PartnershipNoteForm, SettingsForm
from .memberships import (
    accept_membership,
    create_partnership,
    decline_membership,
    invite_partner,
    leave_partnership,
    revoke_membership,
    write_note,
)
from .partnerships import Call, Sheet

MOST_SHOWN = 200  # organizations in the list of those to add
PARTNERS = "con"  # in the address: the slug of each partner; its presence means that the team was chosen by hand


@object_required("opportunity.partnership", guards.member_before_call)
def partnership_builder(request, organization, opportunity):
    """The smallest team for the call, others, and what changes with other partners. Sent, it becomes a shared space."""
    if request.method == "POST":
        return _create(request, organization, opportunity)
    form = BuilderForm(request.GET)
    call = Call(opportunity, form.value("soglia", partnerships.THRESHOLD))
    [lead], candidates = partnerships.partners(call, [organization]), partnerships.everybody(call, organization)
    proposed = partnerships.plan(call, lead, candidates)
    is_chosen = PARTNERS in request.GET
    team = _chosen(call, lead, candidates, request.GET.getlist(PARTNERS)) if is_chosen else proposed.team
    context = {
        "opportunity": opportunity,
        "organization": organization,
        "form": form,
        "call": call,
        "plan": proposed,
        "sheet": team,
        "is_chosen": is_chosen,
        "others": _to_add(team, candidates),
        "alternatives": [(each, _address(form, each.slugs)) for each in proposed.alternatives],
        "proposal_address": _address(form),
        "cost": form.value("costo"),
        "existing": Consortium.objects.filter(opportunity=opportunity, lead=organization).first(),
        **_money(opportunity, form.value("costo"), team),
    }
    return render(request, "matchmaking/consortium_builder.html", context)


def _chosen(call, lead, candidates, slugs):
    """The team chosen by hand. Whoever may not be a partner is left out."""
    by_slug = {each.organization.slug: each for each in candidates}
    return Sheet(call, [lead, *(by_slug[slug] for slug in dict.fromkeys(slugs) if slug in by_slug)])


def _to_add(sheet, candidates):
    """Whoever is not in the team, first those who would fill its holes: (partner, how many)."""
    inside = {each.organization.pk for each in sheet.partners}
    holes = sheet.holes
    others = [(each, each.covers(holes)) for each in candidates if each.organization.pk not in inside]
    return sorted(others, key=lambda each: (-each[1], each[0].organization.name))[:MOST_SHOWN]


def _address(form, slugs=()):
    asked = [(PARTNERS, slug) for slug in slugs]
    asked += [(name, form.value(name)) for name in ("soglia", "costo") if form.value(name)]
    return urlencode(asked)


def _money(opportunity, cost, sheet):
    """The arithmetic of the call and the financiers whose ticket covers the rest; nothing without a cost."""
    part = cofinancing.split(opportunity, cost)
    if part is None:
        return {}
    return {
        "part": part,
        "financiers": cofinancing.financiers_for(part, [each.organization for each in sheet.partners]),
    }


def _create(request, lead, opportunity):
    """The shared space of the team that was sent: whoever leads it may write for its organization."""
    if not opportunity.is_open:
        messages.error(request, _("Il bando non è aperto: non si può più rispondere insieme."))
        return redirect(request.path)
    form = BuilderForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Il costo non è un importo: scrivilo in euro interi, per esempio 400.000."))
        return redirect(f"{request.path}?{urlencode([(PARTNERS, slug) for slug in request.POST.getlist(PARTNERS)])}")
    chosen = partnerships.candidates_for(lead).filter(slug__in=request.POST.getlist(PARTNERS))
    spend_quota("requests", request, max(1, chosen.count()))
    values = {"cost": form.value("costo"), "threshold": form.value("soglia", partnerships.THRESHOLD)}
    made = create_partnership(opportunity, lead, chosen, request.user, **values)
    messages.success(request, _("Lo spazio del partenariato è pronto. I partner ricevono l'invito per e-mail."))
    return redirect(made)


# --- The shared space -----------------------------------------------------------------------------------------------


@member_required("consortia")
def consortia(request, organization):
    """Those of the organization that the person works for, and the sheets that are open to it as a financier."""
    found = Consortium.objects.of([organization]).with_all().prefetch_related("memberships")
    context = {
        "organization": organization,
        "rows": [(each, _standing(each, organization)) for each in found],
        "sheets": guards.open_to(organization).with_all(),
    }
    return render(request, "matchmaking/consortia.html", context)


def _standing(consortium, organization):
    """What the organization is in it, in words."""
    if consortium.lead_id == organization.pk:
        return _("capofila")
    mine = next(each for each in consortium.memberships.all() if each.organization_id == organization.pk)
    return mine.get_state_display().lower()


@object_required("consortium", guards.workspace)
def consortium(request, room):
    if request.method == "POST":
        return _act(request, room)
    return _room_page(request, room)


def _room_page(request, room, note_form=None, settings_form=None, status=200):
    sheet = room.sheet
    context = {
        "room": room,
        "consortium": room.consortium,
        "opportunity": room.consortium.opportunity,
        "sheet": sheet,
        "notes": room.consortium.notes.select_related("organization") if room.is_in else [],
        "note_form": note_form or PartnershipNoteForm(),
        "settings_form": settings_form or SettingsForm(instance=room.consortium),
        "candidates": _invitable(room),
    }
    if room.is_in:
        context |= _money(room.consortium.opportunity, room.consortium.cost, sheet)
    return render(request, "matchmaking/consortium.html", context, status=status)


def _invitable(room):
    if not (room.is_lead and room.may_write):
        return []
    standing = [each.organization_id for each in room.memberships if each.state in ("invited", "accepted")]
    return partnerships.candidates_for(room.consortium.lead).exclude(pk__in=standing).only("name", "slug")[:500]


def _act(request, room):
    """One of the buttons of the page, by whoever may write for the organization."""
    done = next((name for name in ACTIONS if name in request.POST), None)
    may = (
        room.may_write and done and (room.is_lead or done not in OF_THE_LEAD) and (room.is_in or done in OF_THE_INVITED)
    )
    if not may:
        raise Http404
    return ACTIONS[done](request, room)


def _accept(request, room):
    if room.mine and accept_membership(room.mine, request.user):
        messages.success(request, _("Fate parte del partenariato: ora vedete le note e i prossimi passi."))
    return redirect(room.consortium)


def _decline(request, room):
    if room.mine and decline_membership(room.mine, request.user):
        messages.success(request, _("Invito rifiutato: il capofila lo sa."))
    return redirect("matchmaking:consortia")


def _leave(request, room):
    if room.mine and leave_partnership(room.mine, request.user):
        messages.success(request, _("Siete usciti dal partenariato: il capofila lo sa."))
    return redirect("matchmaking:consortia")


def _invite(request, room):
    partner = partnerships.candidates_for(room.consortium.lead).filter(slug=request.POST["invite"]).first()
    if partner is None:
        messages.error(request, _("Scegli un'organizzazione dall'elenco."))
    elif spend_quota("requests", request) is None and invite_partner(room.consortium, partner, request.user):
        messages.success(request, _("Invito inviato a %(name)s.") % {"name": partner.name})
    return redirect(room.consortium)


def _revoke(request, room):
    gone = next((each for each in room.memberships if str(each.pk) == request.POST["revoke"]), None)
    if gone and revoke_membership(gone, request.user):
        messages.success(request, _("%(name)s non fa più parte del partenariato.") % {"name": gone.organization.name})
    return redirect(room.consortium)


def _note(request, room):
    form = PartnershipNoteForm(request.POST)
    if not form.is_valid():
        return _room_page(request, room, note_form=form, status=400)
    spend_quota("messages", request)
    write_note(room.consortium, room.organization, request.user, **form.cleaned_data)
    messages.success(request, _("Nota aggiunta: la leggono i partner che hanno accettato."))
    return redirect(room.consortium)


def _settings(request, room):
    form = SettingsForm(request.POST, instance=room.consortium)
    if not form.is_valid():
        room.consortium.refresh_from_db()
        return _room_page(request, room, settings_form=form, status=400)
    form.save()
    messages.success(request, _("Salvato."))
    return redirect(room.consortium)


ACTIONS = {
    "accept": _accept,
    "decline": _decline,
    "leave": _leave,
    "invite": _invite,
    "revoke": _revoke,
    "note": _note,
    "settings": _settings,
}
OF_THE_LEAD = ("invite", "revoke", "settings")
OF_THE_INVITED = ("accept", "decline")


# --- For financiers -------------------------------------------------------------------------------------------------


@object_required("consortium.sheet", guards.sheet_for_reader)
def consortium_sheet(request, found, is_ours):
    """Competences, call, public funding asked for: no figure of any firm. A firm that has not agreed to be seen by
    financiers has no name here."""
    accepted = found.memberships.accepted().with_organizations()
    call = Call(found.opportunity, found.threshold)
    sheet = Sheet(call, partnerships.partners(call, [found.lead, *(each.organization for each in accepted)]))
    context = {
        "consortium": found,
        "opportunity": found.opportunity,
        "sheet": sheet,
        "rows": [(each, guards.is_named(each.organization)) for each in sheet.partners],
        "part": cofinancing.split(found.opportunity, found.cost),
        "is_ours": is_ours,
    }
    return render(request, "matchmaking/consortium_sheet.html", context)
