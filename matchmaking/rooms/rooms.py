"""Rooms: opened when two organizations have agreed, written in by either side, closed by an outcome.

Whoever writes holds the room's row first: lines come one after the other, and none after the closing.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ..models import Message, Outcome, Room, RoomFile
from ..models.rooms import random_name
from ..signals import announce, message_written, room_opened
from . import outcomes

BURST = timedelta(minutes=15)  # lines of one side that follow each other this closely make one mail
STALE = timedelta(days=1)
What = Message.What


# Opened ---------------------------------------------------------------------------------------------------------------
def open_after(invitation) -> Room | None:
    """The room of an invitation to which both sides have agreed; the same one if it is open already. None before that.

    Call it in the transaction of what made them agree."""
    if not invitation.is_met:
        return None
    request = invitation.request
    sides = {"asker": request.organization, "answerer": invitation.organization}
    return _open({"invitation": invitation}, title=request.title, **sides)


def open_between(introduction) -> Room:
    """The room of two organizations that were introduced and have both said yes."""
    first, second = (side.organization for side in introduction.sides.select_related("organization"))
    return _open({"introduction": introduction}, title=introduction.title, asker=first, answerer=second)


def _open(origin, **fields):
    room, is_new = Room.objects.get_or_create(**origin, defaults=fields)
    if is_new:
        announce(room_opened, Room, room_id=room.pk)
    return room


# Written in -----------------------------------------------------------------------------------------------------------
def write_message(room, by, organization, text, upload=None, key=None) -> Message | None:
    """Add a message, with a file if there is one; None when the room is closed or the message was there already.

    Whatever fails, nothing is half there: neither a message without its file nor a file without its message.
    """
    name = random_name(None, "")
    try:
        with transaction.atomic():
            message = _add(room, by, organization, What.SAID, text, **({"key": key} if key else {}))
            if message and upload:
                _keep(message, upload, name)
            return message
    except BaseException:
        _storage().delete(name)
        raise


def _keep(message, upload, name):
    stored = _storage().save(name, upload)
    RoomFile.objects.create(message=message, name=upload.name[-200:], size=upload.size, file=stored)


def plan_next_step(room, by, organization, step, on=None) -> bool:
    """Say what comes next, and by when. It stands at the head of the room and in the thread."""
    with transaction.atomic():
        text = f"{step} ({on:%d/%m/%Y})" if on else step
        if not _add(room, by, organization, What.NEXT_STEP, text):
            return False
        Room.objects.filter(pk=room.pk).update(next_step=step, next_step_on=on)
    return True


def close_room(room, by, organization, answer) -> bool:
    """One side says how it ended: nobody writes here any more, both still read. Says whether it was open."""
    if answer not in Outcome.FINAL:
        raise ValueError("a room is closed by an outcome")
    with transaction.atomic():
        if not _add(room, by, organization, What.CLOSED, ""):
            return False
        Room.objects.filter(pk=room.pk).update(closed_at=timezone.now())
        outcomes.record_outcome(room, organization, answer, by=by)
    return True


def _add(room, by, organization, what, text, **fields):
    """A line, unless the room is closed or the line is there already."""
    held = Room.objects.select_for_update().get(pk=room.pk)
    if not held.is_open or ("key" in fields and Message.objects.filter(key=fields["key"]).exists()):
        return None
    last = held.messages.order_by("-at", "-pk").first()
    follows = last and last.organization_id == organization.pk and timezone.now() - last.at < BURST
    line = {"what": what, "author": by, "organization": organization, "text": text.strip(), "starts_burst": not follows}
    message = Message.objects.create(room=held, **line, **fields)
    if message.starts_burst:
        announce(message_written, Message, message_id=message.pk)
    return message


# Cleaned --------------------------------------------------------------------------------------------------------------
def sweep_files() -> int:
    """Delete files that no message knows, left by a process that died while it wrote. Says how many."""
    storage, gone = _storage(), 0
    for name in _names(storage):
        is_old = timezone.now() - storage.get_modified_time(name) > STALE
        if is_old and not RoomFile.objects.filter(file=name).exists():
            storage.delete(name)
            gone += 1
    return gone


def _names(storage):
    return [f"stanze/{name}" for name in storage.listdir("stanze")[1]] if storage.exists("stanze") else []


def _storage():
    return RoomFile._meta.get_field("file").storage
