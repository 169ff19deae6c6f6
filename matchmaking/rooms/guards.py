"""Who has the key of a room, and who reads and answers an introduction: each finds it, or 404."""

from django.shortcuts import get_object_or_404

from members.guards import current_organization
from members.models import Organization, Representative

from ..models import Introduction, Room, RoomFile


def party_of_room(request, room):
    """The room of one of the two sides; nobody else has a key, the staff included."""
    return _room(request, room)


def writer_in_room(request, room):
    """(the room, the side in whose name the person may write in it)."""
    found = _room(request, room, *Representative.EDITORS)
    return found, side_of(request, found)


def _room(request, code, *roles):
    return get_object_or_404(Room.objects.of_people(request.user, *roles).with_sides(), code=code)


def side_of(request, room):
    """The side for which the person is here; of somebody who speaks for both, the one they work for."""
    mine = set(Organization.objects.acting_through(request.user).values_list("pk", flat=True))
    sides = [side for side in room.sides if side.pk in mine]
    return next((side for side in sides if side == current_organization(request)), sides[0])


def file_of_party(request, file):
    mine = RoomFile.objects.filter(message__room__in=Room.objects.of_people(request.user))
    return get_object_or_404(mine, code=file)


def introduction_seen(request, introduction):
    """For the two that are introduced, and for the staff."""
    visible = Introduction.objects.visible_to(request.user).select_related("broker", "room")
    return get_object_or_404(visible, code=introduction)


def introduction_to_answer(request, introduction):
    """(the introduction, the side in whose name the person may answer)."""
    writing = Introduction.objects.of_people(request.user, *Representative.EDITORS)
    found = get_object_or_404(writing, code=introduction)
    return found, introduced_side(request, found.sides.select_related("organization"))


def introduced_side(request, sides):
    own = set(Organization.objects.acting_through(request.user).values_list("pk", flat=True))
    mine = [side for side in sides if side.organization_id in own]
    current = current_organization(request)
    return next((side for side in mine if side.organization == current), mine[0] if mine else None)
