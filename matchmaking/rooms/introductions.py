"""A broker introduces two organizations: each is asked alone, and a room opens when both have said yes."""

from django.db import transaction
from django.utils import timezone

from members.models import Organization
from members.transitions import move_state

from ..models import Introduction, IntroductionSide
from ..signals import announce, introduction_answered, introduction_made
from . import rooms

State = IntroductionSide.State


@transaction.atomic
def introduce_two(broker, organizations, title, text, key) -> Introduction | None:
    """Ask two published organizations whether they want to meet. Sent twice with one key, it asks once.

    Raises ValueError unless they are two, and published."""
    wanted = {each.pk for each in organizations}
    if len(wanted) != 2 or Organization.objects.published().filter(pk__in=wanted).count() != 2:
        raise ValueError("an introduction is between two published organizations")
    words = {"broker": broker, "title": title, "text": text}
    introduction, is_new = Introduction.objects.get_or_create(key=key, defaults=words)
    if not is_new:
        return None
    IntroductionSide.objects.bulk_create(
        IntroductionSide(introduction=introduction, organization=each) for each in organizations
    )
    announce(introduction_made, Introduction, introduction_id=introduction.pk)
    return introduction


@transaction.atomic
def answer_introduction(introduction, organization, by, is_yes) -> bool:
    """What one side says, once. With the second yes the room opens."""
    # Held, so that of two who say yes at once the second sees the first: somebody opens the room.
    held = Introduction.objects.select_for_update().get(pk=introduction.pk)
    mine = held.sides.filter(organization=organization).first()
    answer = State.AGREED if is_yes else State.DECLINED
    if mine is None or not move_state(mine, [State.ASKED], answer, by=by, at=timezone.now()):
        return False
    if held.sides.filter(state=State.AGREED).count() == 2:
        rooms.open_between(held)
    announce(introduction_answered, Introduction, introduction_id=held.pk, organization_id=organization.pk)
    return True
