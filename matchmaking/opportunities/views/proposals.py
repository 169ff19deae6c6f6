"""What members propose: written, sent to the staff, read with the reason if it is refused."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from members.guards import editing_organization_or_404, signed_in
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ...models import Opportunity
from .. import publication
from ..forms import ProposalForm


@signed_in("opportunity.propose")
def propose(request):
    organization = editing_organization_or_404(request)
    proposal = Opportunity(proposed_by=organization, proposer=request.user, issuer=organization.name)
    return _written(request, proposal)


@signed_in("opportunity.edit")
def edit(request, slug):
    writing = Organization.objects.spoken_for_by(request.user, *Representative.EDITORS)
    proposal = get_object_or_404(Opportunity.objects.filter(proposed_by__in=writing), slug=slug)
    if request.method == "POST" and "withdraw" in request.POST:
        publication.withdraw_opportunity(proposal, request.user, request.POST.get("note", ""))
        messages.success(request, _("Proposta ritirata."))
        return redirect("matchmaking:mine")
    return _written(request, proposal)


def _written(request, proposal):
    """The form, stored whole or not at all. Whatever changes is read again by the staff before it is published."""
    form = ProposalForm(request.POST or None, instance=proposal)
    if proposal.is_editable and form.is_valid():
        spend_quota("proposals", request)
        form.store(request.user)
        messages.success(request, _("Proposta inviata: il Consorzio la legge e vi risponde."))
        return redirect("matchmaking:mine")
    refusal = proposal.history.exclude(note="").first() if proposal.pk else None
    return render(request, "matchmaking/proposal.html", {"form": form, "proposal": proposal, "refusal": refusal})
