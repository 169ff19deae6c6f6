"""The life of an opportunity: every step is one conditional UPDATE that only one person can win, and leaves a trace.

draft ──▶ published ──▶ closed          proposed ──▶ published | refused (with a reason) | withdrawn
"""

from django.db import transaction
from django.utils import timezone

from members.transitions import move_state

from ..models import Change, Opportunity
from ..signals import announce, deadline_moved

Status = Opportunity.Status
# What a change is written down for; the search index and the moments are the database's own business.
TRACKED = [
    field.name
    for field in Opportunity._meta.concrete_fields
    if field.name not in ("id", "status", "search", "updated_at", "published_at", "source", "source_id", "proposer")
]


def propose_opportunity(opportunity, by) -> bool:
    """A member asks the staff to publish a draft, or again what was refused or withdrawn."""
    return _step(opportunity, by, [Status.DRAFT, Status.REFUSED, Status.WITHDRAWN], Status.PROPOSED)


def publish_opportunity(opportunity, by) -> bool:
    return _step(
        opportunity,
        by,
        [Status.DRAFT, Status.PROPOSED, Status.CLOSED],
        Status.PUBLISHED,
        published_at=opportunity.published_at or timezone.now(),
    )


def refuse_opportunity(opportunity, by, reason) -> bool:
    """Say no to a proposal. The proposer reads the reason: without one there is no refusal (ValueError)."""
    if not reason.strip():
        raise ValueError("a refusal needs its reason")
    return _step(opportunity, by, [Status.PROPOSED], Status.REFUSED, note=reason.strip())


def withdraw_opportunity(opportunity, by, reason="") -> bool:
    return _step(opportunity, by, [Status.DRAFT, Status.PROPOSED, Status.PUBLISHED], Status.WITHDRAWN, note=reason)


def close_opportunity(opportunity, by, reason="") -> bool:
    """Take a published one out of the lists; its page stays."""
    return _step(opportunity, by, [Status.PUBLISHED], Status.CLOSED, note=reason)


def _step(opportunity, by, states, state, note="", **values) -> bool:
    """Go from one of `states` to `state`; False when somebody else was faster or it is too late."""

    def trace(before):
        Change.objects.create(opportunity=opportunity, by=by, fields={"status": [before, state]}, note=note[:500])

    return move_state(opportunity, states, state, field="status", trace=trace, updated_at=timezone.now(), **values)


def save_opportunity(opportunity, by, note="") -> dict:
    """Store an edited opportunity with the difference, {field: [before, after]}, in its history.

    When the deadline of what is published really moves, whoever follows it hears so; nothing else is news to them.
    """
    with transaction.atomic():
        stored = Opportunity.objects.select_for_update(of=("self",)).get(pk=opportunity.pk)
        fields = difference(stored, opportunity)
        opportunity.save()
        if fields:
            Change.objects.create(opportunity=opportunity, by=by, fields=fields, note=note)
        if "deadline" in fields and stored.status == opportunity.status == Status.PUBLISHED:
            announce(
                deadline_moved,
                Opportunity,
                opportunity_id=opportunity.pk,
                before=stored.deadline,
                after=opportunity.deadline,
            )
    return fields


def difference(before, after) -> dict:
    """{field: [before, after]} of what differs between two states of an opportunity."""
    pairs = {name: [_value(before, name), _value(after, name)] for name in TRACKED}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _value(opportunity, name):
    return getattr(opportunity, Opportunity._meta.get_field(name).attname)
