"""What came of it: asked of both sides after 30, 90 and 180 days, kept side by side, never averaged."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from members.models import Organization, User

from ..models import Outcome, Room

SALT = "matchmaking.outcomes"
GRACE = 14  # days: a portal that stood still catches up; whoever was not asked by then is asked at the next moment
LINK_LASTS = timedelta(days=90)


# Asked ----------------------------------------------------------------------------------------------------------------
def due_outcomes(now=None) -> list[tuple[Room, Organization, int]]:
    """Who is to be asked today: (room, side, days), without those who have said it for that moment."""
    today = timezone.localdate(now)
    return [one for days in Outcome.DAYS for one in _due_after(days, today)]


def _due_after(days, today):
    opened = Q(opened_at__date__range=(today - timedelta(days=days + GRACE), today - timedelta(days=days)))
    for room in Room.objects.filter(opened).with_sides().prefetch_related("outcomes"):
        said = {outcome.organization_id for outcome in room.outcomes.all() if outcome.days == days}
        yield from ((room, side, days) for side in room.sides if side.pk not in said)


def moment(room, now=None) -> int:
    """The moment that an answer given now belongs to: 0 before the first question."""
    since = (timezone.localdate(now) - timezone.localdate(room.opened_at)).days
    return max((days for days in Outcome.DAYS if days <= since), default=0)


# Said -----------------------------------------------------------------------------------------------------------------
def record_outcome(room, organization, answer, days=None, by=None) -> Outcome:
    """What a side says, for a moment: said again, the last word counts."""
    if answer not in Outcome.Answer.values:
        raise ValueError("not one of the answers")
    days = moment(room) if days is None else days
    said = {"answer": answer, "by": by, "at": timezone.now()}
    outcome, _is_new = Outcome.objects.update_or_create(room=room, organization=organization, days=days, defaults=said)
    return outcome


@dataclass(frozen=True)
class Question:
    """What a link of a mail asks: of whom, for which organization, about which room and moment."""

    room: Room
    organization: Organization
    days: int
    person: User


def link(room, organization, days, user) -> str:
    """The path of the page with the buttons. Signed with the mails' own key; nobody needs to sign in."""
    token = _signer().sign_object([room.pk, organization.pk, days, user.pk])
    return reverse("matchmaking:outcome", args=[token])


def question(token) -> Question | None:
    """What a link asks; None when it is forged, old, or of somebody who no longer speaks for that side."""
    try:
        room_id, organization_id, days, user_id = _signer().unsign_object(token, max_age=LINK_LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=user_id, is_active=True).first()
    room = Room.objects.with_sides().filter(pk=room_id).first()
    if not (person and room and days in Outcome.DAYS):
        return None
    speaks = Organization.objects.acting_through(person).filter(pk=organization_id).exists()
    side = next((side for side in room.sides if side.pk == organization_id), None)
    return Question(room, side, days, person) if speaks and side else None


def _signer():
    return signing.TimestampSigner(key=settings.MAIL_LINK_KEY or settings.SECRET_KEY, salt=SALT)


# Read -----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Pair:
    """What the two sides said for one moment; None of a side that has said nothing."""

    days: int
    asker: Outcome | None
    answerer: Outcome | None

    @property
    def differs(self) -> bool:
        return bool(self.asker and self.answerer and self.asker.answer != self.answerer.answer)


def pairs(room) -> list[Pair]:
    """The moments of which at least one side spoke. Uses what `prefetch_related("outcomes")` brought."""
    said = {(outcome.days, outcome.organization_id): outcome for outcome in room.outcomes.all()}
    moments = sorted({days for days, _organization in said})
    return [Pair(days, said.get((days, room.asker_id)), said.get((days, room.answerer_id))) for days in moments]
