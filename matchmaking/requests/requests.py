"""The life of a request, seen by whoever asks: sent to chosen partners, withdrawn, closed; and the staff's broker."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from members.transitions import move_state

from ..algorithms import nda_text
from ..models import CollaborationRequest, Invitation
from ..rooms import rooms
from ..signals import announce, broker_named, identity_shown, request_sent
from . import recipients
from .transitions import What, announce_move, hold_request, move_invitation, move_request, note_step

State, Answer = CollaborationRequest.State, Invitation.State


NEEDED = {  # a draft may lack them, what is sent may not
    CollaborationRequest.Kind.COLLABORATION: ["title", "text", "ip", "closes_on"],
    CollaborationRequest.Kind.FINANCING: ["title", "text", "amount", "closes_on"],
}


class RequestRefused(ValueError):
    """This organization may not be asked: the message names it."""


def lacks_to_send(request) -> list[str]:
    """The fields that a draft still needs before it may be sent; a term that is over is none."""
    lacking = [name for name in NEEDED[request.kind] if not getattr(request, name)]
    if request.closes_on and request.closes_on < timezone.localdate():
        lacking.append("closes_on")
    return lacking + (["competences"] if not request.is_financing and not request.asked.exists() else [])


@transaction.atomic
def send_request(request, by, organizations) -> list[Invitation]:
    """Open a draft and ask the organizations. Twice is as good as once; empty when it was no draft any more.

    Raises RequestRefused, before anything is written, for whoever may not be asked; ValueError without anybody to ask.
    """
    organizations = list(organizations)
    if not organizations:
        raise ValueError("a request goes to somebody")
    if lacking := lacks_to_send(request):
        raise ValueError(f"the request lacks {', '.join(lacking)}")
    words = request.terms.strip() or (nda_text.STANDARD if request.is_blind else "")
    frozen = {"opened_at": timezone.now(), "terms": words, "terms_hash": nda_text.fingerprint(words)}
    if not move_request(request, by, [State.DRAFT], State.OPEN, **frozen):
        return []
    announce(request_sent, CollaborationRequest, request_id=request.pk)
    return invite_more(request, by, organizations)


@transaction.atomic
def invite_more(request, by, organizations, referred_by=None) -> list[Invitation]:
    """Ask further organizations while the request is open; whoever has been asked already is not asked again."""
    wanted = {each.pk: each for each in organizations}
    if not hold_request(request.pk).is_open:
        return []
    _refuse_strangers(request, wanted)
    known = set(Invitation.objects.filter(request=request).values_list("organization_id", flat=True))
    found = recipients.reasoned(request, [each for pk, each in wanted.items() if pk not in known])
    return [_invited(request, each, by, referred_by) for each in found]


def _refuse_strangers(request, wanted):
    admitted = set(recipients.admitted(request).filter(pk__in=wanted).values_list("pk", flat=True))
    if strangers := [str(each) for pk, each in wanted.items() if pk not in admitted]:
        raise RequestRefused(", ".join(strangers))


def _invited(request, reasoned, by, referred_by):
    score = reasoned.score
    invitation = Invitation.objects.create(
        request=request,
        organization=reasoned.organization,
        points=score.points if score else 0,
        detail=score.as_dict() if score else {},
        referred_by=referred_by,
    )
    note_step(request, by, "", Answer.SENT, "", invitation)
    announce_move(invitation, "", Answer.SENT, by)
    return invitation


@transaction.atomic
def withdraw_request(request, by, why="") -> bool:
    """Take the request back; whoever has not answered is told, whoever accepted stays."""
    return move_request(request, by, [State.OPEN], State.WITHDRAWN, why, ended_at=timezone.now()) and _end_waiting(
        request, by, Answer.WITHDRAWN, why
    )


@transaction.atomic
def close_request(request, by, why="") -> bool:
    """Enough answers: nobody else may answer. With `by` None it is the clock, and whoever was asked has let it pass."""
    if by is None and not CollaborationRequest.objects.past_closing().filter(pk=request.pk).exists():
        return False
    end = Answer.WITHDRAWN if by else Answer.EXPIRED
    closed = move_request(request, by, [State.OPEN], State.CLOSED, why, ended_at=timezone.now())
    return closed and _end_waiting(request, by, end, why)


def _end_waiting(request, by, state, why):
    for invitation in Invitation.objects.filter(request=request).waiting().order_by("pk"):
        move_invitation(invitation, by, Invitation.WAITING, state, why, ended_at=timezone.now())
    return True


def withdraw_invitation(invitation, by, why="") -> bool:
    """Take back what one organization was asked; the others are not concerned."""
    return move_invitation(invitation, by, Invitation.WAITING, Answer.WITHDRAWN, why, ended_at=timezone.now())


@transaction.atomic
def show_identity(invitation, by) -> bool:
    """Whoever asked blindly agrees with whoever accepted: from now on both know each other. Once."""
    hold_request(invitation.request_id)
    accepted = Invitation.objects.accepted().filter(pk=invitation.pk, identity_shown_at=None, request__is_blind=True)
    if not accepted.exclude(terms_hash="").update(identity_shown_at=timezone.now()):
        return False
    note_step(invitation.request_id, by, invitation=invitation, what=What.IDENTITY)
    announce(identity_shown, Invitation, invitation_id=invitation.pk)
    invitation.refresh_from_db(fields=["state", "identity_shown_at"])
    rooms.open_after(invitation)
    return True


def agree_to_referral(invitation, by) -> bool:
    """Ask whom a declining organization named. Raises RequestRefused if that one may not be asked."""
    with transaction.atomic():
        if not _settle_referral(invitation, by, Invitation.Referral.AGREED):
            return False
        invite_more(invitation.request, by, [invitation.referral], referred_by=invitation)
    return True


def refuse_referral(invitation, by) -> bool:
    """Not them: nobody is told."""
    return _settle_referral(invitation, by, Invitation.Referral.REFUSED)


@transaction.atomic
def _settle_referral(invitation, by, state):
    hold_request(invitation.request_id)
    proposed, named = Invitation.Referral.PROPOSED, Q(referral__isnull=False)

    def trace(_before):
        words = proposed.label, state.label, str(invitation.referral)
        note_step(invitation.request_id, by, *words, invitation, What.REFERRAL)

    return move_state(invitation, [proposed], state, field="referral_state", only=named, trace=trace)


@transaction.atomic
def assign_broker(request, broker, by) -> bool:
    """Name the member of staff who follows the request, or nobody. Says whether that is news."""
    before = hold_request(request.pk).broker
    if before == broker or not CollaborationRequest.objects.filter(pk=request.pk).update(broker=broker):
        return False
    note_step(request, by, before or "", broker or "", what=What.BROKER)
    if broker:
        announce(broker_named, CollaborationRequest, request_id=request.pk, broker_id=broker.pk)
    request.refresh_from_db(fields=["broker"])
    return True
