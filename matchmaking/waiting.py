"""What waits for the staff among the opportunities."""

from django.db.models import Max
from django.utils.translation import gettext as _

from members.waiting import Heap

from .models import Opportunity


def heaps() -> list[Heap]:
    """Opportunities that members proposed and nobody has judged yet."""
    proposed = Opportunity.objects.filter(status=Opportunity.Status.PROPOSED)
    proposed = proposed.only("title", "updated_at").annotate(proposed_at=Max("history__at"))
    rows = [(one.proposed_at or one.updated_at, one) for one in proposed]
    return [Heap(_("Opportunità proposte"), Opportunity, "status__exact=proposed", rows)]
