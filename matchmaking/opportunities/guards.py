"""Who may open the pages about opportunities beyond what everybody reads: each finds what its page is about, or 404."""

from django.shortcuts import get_object_or_404

from members.guards import acting_organization_or_404, editing_organization_or_404
from members.models import Organization, Representative
from members.models.users import acts_as_staff

from ..models import Interest, Opportunity, SavedSearch


def member_looking(request, slug):
    """(the member that the person acts for, the opportunity)."""
    organization = acting_organization_or_404(request)
    return organization, get_object_or_404(Opportunity.objects.visible_to(request.user), slug=slug)


def member_answering(request, slug):
    """As `member_looking`, for whoever may write; nobody answers what they proposed themselves."""
    organization = editing_organization_or_404(request)
    others = Opportunity.objects.visible_to(request.user).exclude(proposed_by=organization)
    return organization, get_object_or_404(others, slug=slug)


def member_at_event(request, slug):
    """(the member, an event that still takes registrations)."""
    organization = acting_organization_or_404(request)
    return organization, get_object_or_404(Opportunity.objects.open().of_kind(Opportunity.Kind.EVENT), slug=slug)


def own_search(request, search):
    mine = SavedSearch.objects.of(request.user)
    return get_object_or_404(mine.filter(organization__in=Organization.objects.acting_through(request.user)), pk=search)


def own_proposal(request, slug):
    """What an organization of the person has proposed, for whoever may write for it."""
    writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    return get_object_or_404(Opportunity.objects.filter(proposed_by__in=writing), slug=slug)


def answered_opportunity(request, slug):
    """An opportunity whose answers the person may read: the staff all of them, members those they propose."""
    return get_object_or_404(_of_proposer(request.user), slug=slug)


def opportunity_with_participants(request, slug):
    """As `answered_opportunity`, with what it requires: who could take part is read from that."""
    visible = Opportunity.objects.visible_to(request.user) & _of_proposer(request.user)
    return get_object_or_404(visible.with_requirements(), slug=slug)


def _of_proposer(user):
    if acts_as_staff(user):
        return Opportunity.objects.all()
    return Opportunity.objects.filter(proposed_by__in=Organization.objects.acting_through(user))


def answer_to_decide(request, interest):
    """An answer that was sent, for whoever may write for the proposer, and for the staff."""
    found = Interest.objects.sent().select_related("opportunity")
    if not acts_as_staff(request.user):
        writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
        found = found.filter(opportunity__proposed_by__in=writing)
    return get_object_or_404(found, pk=interest)
