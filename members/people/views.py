"""Pages about people: how one comes to speak for an organization, with whom, and how one leaves."""

import json
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..guards import owner_required, representative_required, signed_in
from ..models import Organization, Representative, RepresentativeInvitation
from ..profiles.forms import NewOrganizationForm
from ..safety.quotas import spend_quota
from . import claims, personal_data, team
from .forms import ClaimForm, FindForm, InviteForm, TakeBackForm, TeamForm

CLAIMABLE = "claimable"  # session key: the organization whose number the person has typed


@representative_required("people")
def people(request, organization):
    return _people_page(request, organization, InviteForm())


def _people_page(request, organization, form):
    me = organization.representatives.get(user=request.user)
    context = {
        "organization": organization,
        "me": me,
        "is_owner": me.role == Representative.Role.OWNER,
        "representatives": organization.representatives.select_related("user").order_by("pk"),
        "invitations": organization.representative_invitations.open(),
        "form": form,
        "roles": TeamForm.base_fields["role"].choices,
    }
    return render(request, "members/people.html", context)


@owner_required("people.change")
@require_POST
def invite(request, organization):
    form = InviteForm(request.POST)
    if not organization.is_published:
        messages.error(request, _("Gli inviti partono quando il Consorzio ha pubblicato il profilo."))
        return redirect("members:people", organization.slug)
    if not form.is_valid():
        return _people_page(request, organization, form)
    spend_quota("colleagues", request)
    team.invite_colleague(organization, form.cleaned_data["email"], form.cleaned_data["role"], request.user)
    messages.success(request, _("Invito mandato a %(email)s.") % {"email": form.cleaned_data["email"]})
    return redirect("members:people", organization.slug)


@owner_required("people.change")
@require_POST
def take_back_invitation(request, organization):
    """An invitation that nobody has accepted: its link opens no more."""
    form = TakeBackForm(request.POST, organization=organization)
    if form.is_valid():
        form.cleaned_data["invitation"].delete()
        messages.success(request, _("Invito ritirato: il collegamento non vale più."))
    return redirect("members:people", organization.slug)


@owner_required("people.change")
@require_POST
def change_person(request, organization):
    form = TeamForm(request.POST, organization=organization)
    if form.is_valid():
        representative, role = form.cleaned_data["representative"], form.cleaned_data["role"]
        try:
            _change(request, representative, role, is_removal=role == form.REMOVE)
        except team.LastOwner:
            messages.error(request, _("Serve almeno un titolare: prima nominane un altro."))
    if not organization.representatives.filter(user=request.user).exists():
        return redirect("home")
    return redirect("members:people", organization.slug)


def _change(request, representative, role, is_removal):
    if not is_removal:
        team.change_role(representative, role)
        messages.success(request, _("Fatto."))
        return
    team.remove_person(representative)
    said = _("Fatto: %(name)s non riceve più niente per conto dell'organizzazione, e lo sa.")
    messages.success(request, said % {"name": representative.user.get_full_name()})


@representative_required("people")
@require_POST
def leave(request, organization):
    try:
        team.remove_person(organization.representatives.get(user=request.user))
    except team.LastOwner:
        messages.error(request, _("Sei l'unico titolare: prima nominane un altro, poi potrai uscire."))
        return redirect("members:people", organization.slug)
    messages.success(
        request, _("Non fai più parte di %(name)s: non ricevi più niente per suo conto.") % {"name": organization.name}
    )
    return redirect("home")


@signed_in("invitation")
def invitation(request, token):
    """The page behind the link of the mail: only whoever has confirmed that address may say yes, and by POST."""
    found = get_object_or_404(RepresentativeInvitation.objects.open().select_related("organization"), token=token)
    is_mine = found in team.addressed_to(request.user)
    if request.method == "POST" and is_mine and team.accept_colleague(found, request.user):
        messages.success(request, _("Ora parli a nome di %(name)s.") % {"name": found.organization.name})
        return redirect(found.organization)
    return render(request, "members/invitation.html", {"invitation": found, "is_mine": is_mine})


@signed_in("start")
def start(request):
    """A new member's first page: an invitation, an organization that is already here, or a new one."""
    form = FindForm(request.POST or None)
    if form.is_valid():
        spend_quota("searches", request)  # who is here already is not for whoever tries all the numbers
        number = form.cleaned_data["vat_number"]
        found = Organization.objects.filter(vat_number=number).first()
        if found is None:
            return redirect(f"{reverse('members:create')}?{urlencode({'vat_number': number})}")
        if found.is_shadow:
            request.session[CLAIMABLE] = found.pk
            return redirect("members:claim", found.slug)
        return render(request, "members/taken.html", {"found": found}, status=409)
    context = {
        "form": form,
        "invitations": team.addressed_to(request.user),
        "claims": request.user.claims.waiting().select_related("organization"),
    }
    return render(request, "members/start.html", context)


@signed_in("start")
@transaction.atomic
def create(request):
    """A new organization is a draft: the staff publish it."""
    asked = FindForm(request.GET)
    form = NewOrganizationForm(request.POST or None, initial=asked.cleaned_data if asked.is_valid() else None)
    if form.is_valid():
        spend_quota("organizations", request)
        organization = form.save()
        Representative.objects.create(user=request.user, organization=organization, role=Representative.Role.OWNER)
        messages.success(request, _("Fatto. Ora racconta che cosa sapete fare: poi il Consorzio pubblica il profilo."))
        return redirect("members:edit", organization.slug)
    return render(request, "members/create.html", {"form": form})


@signed_in("claim")
def claim(request, slug):
    """«È la vostra impresa?» Only whoever has typed its number finds it here: name, kind and place, no more."""
    known = Organization.objects.shadows().with_places().filter(pk=request.session.get(CLAIMABLE))
    organization = get_object_or_404(known, slug=slug)
    form = ClaimForm(request.POST or None)
    if form.is_valid():
        spend_quota("claims", request)
        try:
            claims.claim_organization(organization, request.user, form.cleaned_data["note"])
        except claims.AlreadyClaimed:
            return render(request, "members/taken.html", {"found": organization}, status=409)
        messages.success(request, _("Richiesta mandata: il Consorzio risponde per posta."))
        return redirect("members:start")
    return render(request, "members/claim.html", {"organization": organization, "form": form})


@signed_in("my.data")
@reauthentication_required
def my_data(request):
    """Everything the portal holds about the person, as a file."""
    text = json.dumps(personal_data.everything_about(request.user), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="i-miei-dati.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@signed_in("my.data")
@reauthentication_required
def erase_me(request):
    if request.method != "POST":
        return render(request, "members/erase_me.html", {"orphans": personal_data.orphaned_by(request.user)})
    user = request.user
    logout(request)
    personal_data.erase_person(user)
    messages.success(request, _("I tuoi dati sono stati cancellati. L'indirizzo e-mail non ci serve più."))
    return redirect("home")
