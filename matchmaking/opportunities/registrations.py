"""Taking part in events: places, a waiting list that moves up by itself, and who was there.

Whoever changes the places of an event holds its row: two people never get the last place.
"""

from django.db import transaction
from django.utils import timezone

from ..models import Opportunity, Registration
from ..signals import announce, place_found

Status = Registration.Status


def register_for_event(event, user, organization) -> Registration:
    """A place, or a place in the queue. Asking twice changes nothing; asking again after leaving queues up anew."""
    with transaction.atomic():
        event = _held(event)
        mine = Registration.objects.filter(event=event, user=user).first()
        if mine and mine.status != Status.CANCELLED:
            return mine
        mine = mine or Registration(event=event, user=user)
        mine.organization, mine.asked_at, mine.attended = organization, timezone.now(), None
        mine.status = Status.WAITING if _free(event) == 0 else Status.REGISTERED
        mine.save()
    return mine


def cancel_registration(event, user) -> bool:
    """Leave; whoever has waited longest takes the place."""
    with transaction.atomic():
        event = _held(event)
        mine = Registration.objects.standing().filter(event=event, user=user)
        if not mine.update(status=Status.CANCELLED, attended=None):
            return False
        move_up_waiting(event)
    return True


def move_up_waiting(event) -> int:
    """Give the free places to those who wait, in the order in which they asked; also when staff add places."""
    with transaction.atomic():
        event = _held(event)
        free = _free(event)
        waiting = list(Registration.objects.filter(event=event).waiting()[:free])
        Registration.objects.filter(pk__in=[each.pk for each in waiting]).update(status=Status.REGISTERED)
        for each in waiting:
            announce(place_found, Registration, registration_id=each.pk)
    return len(waiting)


def _held(event):
    return Opportunity.objects.select_for_update(of=("self",)).get(pk=event.pk)


def _free(event):
    """Places left; None when there is no limit."""
    if event.capacity is None:
        return None
    return max(0, event.capacity - Registration.objects.filter(event=event).with_place().count())
