"""Who of the staff follows which request, and how much each has in hand."""

from django.contrib.auth import get_user_model
from django.db.models import Count, Q
from django.utils.translation import gettext

from ..models import CollaborationRequest, Invitation

IN_HAND = Q(brokered__state=CollaborationRequest.State.OPEN)


def brokers():
    """The staff who may follow a request, each with `open_cases`; whoever has fewest first."""
    staff = get_user_model().objects.staff()
    return staff.annotate(open_cases=Count("brokered", filter=IN_HAND)).order_by("open_cases", "full_name", "pk")


def labelled(broker) -> str:
    """The name with the load, for a list to choose from."""
    name = broker.full_name or broker.email
    return gettext("%(name)s: casi aperti %(count)d") % {"name": name, "count": broker.open_cases}


def late_requests():
    """Open requests with at least one answer that is ten working days late."""
    return CollaborationRequest.objects.open().filter(pk__in=Invitation.objects.late().values("request"))
