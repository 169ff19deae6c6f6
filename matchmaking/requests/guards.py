"""Who may open the pages about requests: each finds the request or the invitation that its page is about, or 404."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404

from members.guards import editing_organization_or_404
from members.models import Organization, Representative

from ..models import CollaborationRequest, Invitation
from . import disclosure


# Asked by us ----------------------------------------------------------------------------------------------------------
def member_writing(request):
    """The member in whose name a new request is written; a key that is another's opens nothing."""
    organization = editing_organization_or_404(request)
    if CollaborationRequest.objects.exclude(organization=organization).filter(key=_key(request)).exists():
        raise Http404
    return organization


def _key(request):
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def own_request(request, code):
    mine = CollaborationRequest.objects.of_people(request.user).with_competences()
    return get_object_or_404(mine.select_related("organization", "broker", "author"), code=code)


def writable_request(request, code):
    """One that the person may change, send and end."""
    found = CollaborationRequest.objects.of_people(request.user, *Representative.EDITORS)
    return get_object_or_404(found.with_competences(), code=code)


def invitation_to_settle(request, invitation):
    """One of those that we asked, for whoever may decide in our name."""
    mine = CollaborationRequest.objects.of_people(request.user, *Representative.EDITORS)
    found = Invitation.objects.filter(request__in=mine).select_related("request", "referral", "organization")
    return get_object_or_404(found, code=invitation)


# Asked of us ----------------------------------------------------------------------------------------------------------
def received_invitation(request, invitation):
    found = disclosure.received(Invitation.objects.visible_to(request.user))
    return get_object_or_404(found.prefetch_related("request__asked__competence"), code=invitation)


def answerable_invitation(request, invitation):
    """As `received_invitation`, for whoever may answer in the organization's name."""
    found = received_invitation(request, invitation)
    writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    if not writing.filter(pk=found.organization_id).exists():
        raise Http404
    return found


def muting_financier(request):
    """The financier in whose name firms and sectors are silenced."""
    organization = editing_organization_or_404(request)
    if organization.kind != Organization.Kind.FINANCIER:
        raise Http404
    return organization
