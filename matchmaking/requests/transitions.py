"""How requests and invitations move from state to state: one winner each, and a line of history with every move.

Whoever moves an invitation holds the row of its request first: answering, withdrawing and closing come one after the
other, and each finds the state that the one before has left.
"""

from django.db import transaction
from django.utils import timezone

from members.transitions import move_state

from ..models import CollaborationRequest, Invitation, RequestStep
from ..signals import announce, invitation_moved

What = RequestStep.What


def hold_request(request_id):
    """The request, its row held until the transaction ends."""
    return CollaborationRequest.objects.select_for_update(of=("self",)).get(pk=request_id)


def note_step(request, by, before="", after="", why="", invitation=None, what=What.MOVED) -> RequestStep:
    """Write a line of history. Call it inside the transaction of what it tells."""
    return RequestStep.objects.create(
        request_id=request.pk if hasattr(request, "pk") else request,
        invitation=invitation,
        what=what,
        by=by,
        before=str(before)[:200],
        after=str(after)[:200],
        why=why.strip()[:500],
    )


@transaction.atomic
def move_request(request, by, states, state, why="", **values) -> bool:
    """Take a request from one of `states` to `state`; False when somebody else was faster or it is too late."""
    hold_request(request.pk)

    def trace(before):
        note_step(request, by, before, state, why)

    return move_state(request, states, state, trace=trace, updated_at=timezone.now(), **values)


@transaction.atomic
def move_invitation(invitation, by, states, state, why="", only=None, **values) -> bool:
    """Take an invitation from one of `states`, where `only` holds too, to `state`; as `move_request`."""
    hold_request(invitation.request_id)

    def trace(before):
        note_step(invitation.request_id, by, before, state, why, invitation)
        announce_move(invitation, before, state, by)

    return move_state(invitation, states, state, only=only, trace=trace, **values)


def announce_move(invitation, before, after, by) -> None:
    announce(
        invitation_moved,
        Invitation,
        invitation_id=invitation.pk,
        before=str(before),
        after=str(after),
        by_id=by.pk if by else None,
    )
