"""The life of an invitation, seen by whoever is asked: read, taken in charge by a named person, accepted or declined.

Of all who could move an invitation at one moment exactly one does; the others are told False.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from members.models import Representative

from ..models import CollaborationRequest, Invitation
from ..rooms import rooms
from . import recipients
from .transitions import move_invitation

State = Invitation.State
ANSWER = ("brings", "needs", "earliest_start", "effort", "ip")
REQUIRED = ("brings", "ip")  # a draft may lack them, an answer may not


def _open(today=None):
    """While the request is open and its last day is not over: a late answer is as good as any."""
    return Q(request__state=CollaborationRequest.State.OPEN, request__closes_on__gte=today or timezone.localdate())


def _free_for(person):
    """In nobody's hands but this person's: not taken, or taken by somebody who has left the organization since."""
    writing = Representative.objects.filter(
        organization=OuterRef("organization"), user=OuterRef("taken_by"), role__in=Representative.EDITORS
    )
    return Q(state__in=[State.SENT, State.SEEN]) | Q(taken_by=None) | Q(taken_by=person) | ~Exists(writing)


def is_free_for(invitation, person) -> bool:
    """Could this person take it in charge, or decline it, now?"""
    return Invitation.objects.waiting().filter(_open() & _free_for(person), pk=invitation.pk).exists()


def read_invitation(invitation, by) -> bool:
    """Somebody has opened the request: whoever asked sees that it was read."""
    return move_invitation(invitation, by, [State.SENT], State.SEEN, seen_at=timezone.now())


def take_invitation(invitation, by) -> bool:
    """Take the invitation in charge: colleagues see the name and cannot answer in parallel."""
    if Invitation.objects.filter(pk=invitation.pk, state=State.TAKEN, taken_by=by).exists():
        return False
    now = timezone.now()
    seen_at = invitation.seen_at or now
    only = _open() & _free_for(by)
    return move_invitation(
        invitation, by, Invitation.WAITING, State.TAKEN, only=only, taken_by=by, taken_at=now, seen_at=seen_at
    )


def release_invitation(invitation, by) -> bool:
    """Put it back for a colleague; the draft stays."""
    only = Q(taken_by=by)
    return move_invitation(invitation, by, [State.TAKEN], State.SEEN, only=only, taken_by=None, taken_at=None)


def keep_draft_answer(invitation, by, **answer) -> bool:
    """Keep what has been written so far; only whoever has taken it in charge writes."""
    mine = Invitation.objects.filter(_open(), pk=invitation.pk, state=State.TAKEN, taken_by=by)
    return mine.update(**_answer(answer)) == 1


def _answer(values):
    return {name: values[name] for name in ANSWER if name in values}


def accept_invitation(invitation, by, terms_hash="", **answer) -> bool:
    """Answer yes, with what we bring and need. Where there are terms, the hash of the accepted text is kept.

    Raises ValueError when the terms that were shown are not those of the request: nobody accepts the unread.
    """
    if terms_hash != invitation.request.terms_hash:
        raise ValueError("these are not the terms of the request")
    if missing := [name for name in REQUIRED if not answer.get(name)]:
        raise ValueError(f"an answer says {', '.join(missing)}")
    only = _open() & Q(taken_by=by)
    done = {"answered_at": timezone.now(), "answered_by": by, "terms_hash": terms_hash}
    with transaction.atomic():
        is_ours = move_invitation(invitation, by, [State.TAKEN], State.ACCEPTED, only=only, **done, **_answer(answer))
        if is_ours:
            rooms.open_after(invitation)
    return is_ours


def decline_invitation(invitation, by, reason, note="", referral=None) -> bool:
    """Say no, for a reason that can be counted; perhaps name who could do it. That one is asked only if the requester
    agrees. Raises ValueError for an unknown reason, or for somebody who could not be asked."""
    if reason not in Invitation.Reason.values:
        raise ValueError("a refusal has one of the reasons")
    if referral and not may_be_named(invitation).filter(pk=referral.pk).exists():
        raise ValueError("this organization does not hold any of the competences")
    said = {"reason": reason, "note": note.strip()[:500], "answered_at": timezone.now(), "answered_by": by}
    if referral:
        said |= {"referral": referral, "referral_state": Invitation.Referral.PROPOSED}
    why = f"{Invitation.Reason(reason).label}. {said['note']}".strip()
    return move_invitation(
        invitation, by, Invitation.WAITING, State.DECLINED, why, only=_open() & _free_for(by), **said
    )


def may_be_named(invitation):
    """Whom a declining organization may name: whoever holds a competence, but itself.

    Whoever asks and whoever was asked already are not left out: what is missing in the list would tell who they are.
    """
    found = recipients.nameable(invitation.request)
    return found.exclude(pk=invitation.organization_id)
