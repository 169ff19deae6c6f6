"""The life of an interest: draft → sent → go | no-go, or withdrawn; each step has one winner and leaves a trace."""

from django.utils import timezone

from members.transitions import move_state

from ..models import Change, Interest, Opportunity

Status = Interest.Status
REQUIRED = ("brings", "needs", "ip")  # a draft may lack them, an answer may not


def draft_interest(organization, opportunity) -> Interest:
    """The answer of an organization, or a new one that is not stored yet."""
    found = Interest.objects.filter(organization=organization, opportunity=opportunity).first()
    return found or Interest(organization=organization, opportunity=opportunity)


def send_interest(interest, by) -> bool:
    """Hand the answer over, while the opportunity is open. Twice is as good as once."""
    if not Opportunity.objects.open().filter(pk=interest.opportunity_id).exists():
        return False
    return _step(interest, by, [Status.DRAFT, Status.WITHDRAWN], Status.SENT, sent_at=timezone.now(), reason="")


def withdraw_interest(interest, by, reason="", note="") -> bool:
    return _step(interest, by, [Status.SENT, Status.GO], Status.WITHDRAWN, reason=reason, note=note)


def decide_interest(interest, by, is_go, reason, note="") -> bool:
    """Go or no-go, with a reason that the report can count. The first decision stands."""
    if reason not in Interest.Reason.values:
        raise ValueError("a decision has one of the reasons")
    return _step(interest, by, [Status.SENT], Status.GO if is_go else Status.NO_GO, reason=reason, note=note)


def _step(interest, by, states, state, note="", **values) -> bool:
    def trace(before):
        Change.objects.create(interest=interest, by=by, fields={"status": [before, state]}, note=note[:500])

    return move_state(interest, states, state, field="status", trace=trace, updated_at=timezone.now(), **values)
