"""The life of a partnership: created, partners invited, who accept or decline; each step has one winner and a trace."""

from django.db import transaction
from django.utils import timezone

from members.transitions import move_state

from ..models import Consortium, ConsortiumNote, Membership, MembershipChange
from ..signals import announce, partner_answered, partner_invited

State = Membership.State


@transaction.atomic
def create_partnership(opportunity, lead, partners, by, **fields) -> Consortium:
    """The shared space of a lead for a call, with its partners invited. Twice is as good as once."""
    values = {"name": opportunity.title[:160], "created_by": by, **fields}
    found, _is_new = Consortium.objects.get_or_create(opportunity=opportunity, lead=lead, defaults=values)
    for partner in partners:
        invite_partner(found, partner, by)
    return found


@transaction.atomic
def invite_partner(consortium, organization, by) -> bool:
    """Invite a partner; again, after it has declined, left or been taken out. Whoever stands already hears nothing."""
    if organization.pk == consortium.lead_id:
        return False
    mine, is_new = Membership.objects.get_or_create(consortium=consortium, organization=organization)
    if is_new:
        MembershipChange.objects.create(membership=mine, after=State.INVITED, by=by)
    elif not _step(mine, by, [State.DECLINED, State.LEFT, State.REVOKED], State.INVITED):
        return False
    announce(partner_invited, Membership, membership_id=mine.pk)
    return True


def accept_membership(membership, by) -> bool:
    return _answer(membership, by, [State.INVITED], State.ACCEPTED)


def decline_membership(membership, by) -> bool:
    return _answer(membership, by, [State.INVITED], State.DECLINED)


def leave_partnership(membership, by) -> bool:
    return _answer(membership, by, [State.ACCEPTED], State.LEFT)


def revoke_membership(membership, by) -> bool:
    """The lead takes a partner out, or an invitation back."""
    return _step(membership, by, [State.INVITED, State.ACCEPTED], State.REVOKED)


@transaction.atomic
def write_note(consortium, organization, author, text, due_on=None) -> ConsortiumNote:
    values = {"organization": organization, "author": author, "text": text, "due_on": due_on}
    return ConsortiumNote.objects.create(consortium=consortium, **values)


@transaction.atomic
def _answer(membership, by, states, state) -> bool:
    if not _step(membership, by, states, state):
        return False
    announce(partner_answered, Membership, membership_id=membership.pk, state=state)
    return True


def _step(membership, by, states, state) -> bool:
    now = timezone.now()
    times = {"invited_at": now, "answered_at": None} if state == State.INVITED else {"answered_at": now}

    def trace(before):
        MembershipChange.objects.create(membership=membership, before=before, after=state, by=by)

    return move_state(membership, states, state, trace=trace, **times)
