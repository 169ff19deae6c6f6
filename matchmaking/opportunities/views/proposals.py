"""What members propose: written, sent to the staff, read with the reason if it is refused."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.guards import editor_of_current_required, object_required
from members.safety.quotas import spend_quota

from ...models import Opportunity
from .. import guards, publication
from ..forms import ProposalForm


@editor_of_current_required("opportunity.propose")
def propose(request, organization):
    proposal = Opportunity(proposed_by=organization, proposer=request.user, issuer=organization.name)
    return _written(request, proposal)


@object_required("opportunity.edit", guards.own_proposal)
def edit(request, proposal):
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
