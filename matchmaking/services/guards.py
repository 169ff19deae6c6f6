"""Who may ask for a service and who follows a request for one: each finds it, or 404."""

from django.shortcuts import get_object_or_404

from members.guards import editing_organization_or_404
from members.models import Organization, Representative

from ..models import Service, ServiceRequest


def member_asking(request, slug):
    """(the member, the service that is offered now)."""
    organization = editing_organization_or_404(request)
    return organization, get_object_or_404(Service.objects.offered(), slug=slug)


def request_seen(request, service_request):
    """One's organizations' own; any of them for the staff."""
    visible = ServiceRequest.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("service", "organization", "assigned_to"), code=service_request)


def request_to_withdraw(request, service_request):
    writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    return get_object_or_404(ServiceRequest, code=service_request, organization__in=writing)
