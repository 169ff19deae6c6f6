"""What waits for the staff among the opportunities and the requests."""

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from members.waiting import Heap, since

from .models import CollaborationRequest, Opportunity, ServiceRequest
from .requests import brokers


def heaps() -> list[Heap]:
    """Opportunities that members proposed and nobody has judged yet; requests that somebody is late to answer; services
    that nobody has taken in hand."""
    proposed = Opportunity.objects.filter(status=Opportunity.Status.PROPOSED)
    proposed = proposed.only("title", "updated_at").annotate(proposed_at=Max("history__at"))
    rows = [(one.proposed_at or one.updated_at, one) for one in proposed]
    late = brokers.late_requests().only("title").annotate(late_at=Min("invitations__escalated_at"))
    services = ServiceRequest.objects.filter(state=ServiceRequest.State.ASKED).select_related("service", "organization")
    return [
        Heap(_("Opportunità proposte"), Opportunity, "status__exact=proposed", rows),
        Heap(_("Richieste in ritardo"), CollaborationRequest, "tardi=si", since(late, "late_at")),
        Heap(_("Servizi chiesti"), ServiceRequest, "state__exact=asked", since(services, "asked_at")),
    ]
