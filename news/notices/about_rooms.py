"""Notices about rooms, introductions, tailored services and outcomes: who is told, of what, on which occasion."""

from django.conf import settings
from django.utils import timezone

from matchmaking.models import Introduction, Message, Room, ServiceRequest, ServiceStep
from matchmaking.rooms import outcomes
from members.quiet_hours import QUESTIONS_FROM, is_too_early

from ..delivery import mailing
from . import notices
from .notices import people_of, tell_organization


# Rooms ----------------------------------------------------------------------------------------------------------------
def room_opened(room_id) -> int:
    """Whoever does not know it yet hears that they can talk now."""
    room = Room.objects.with_sides().select_related("invitation__request").get(pk=room_id)
    return sum(
        tell_organization(
            side, f"room:{room.pk}", "room_opened", {"room": room, "other": room.other(side)}, room.get_absolute_url()
        )
        for side in _surprised(room)
    )


def _surprised(room):
    """Two that were introduced. Of an invitation: who said yes did so on the page and whoever asked has the mail about
    the yes; only of a blind one the invited side waits to know."""
    if room.invitation is None:
        return room.sides
    return [room.answerer] if room.invitation.request.is_blind else []


def message_written(message_id) -> int:
    """The other side hears that there is something to read, once for each burst; what it says stays in the room."""
    message = Message.objects.select_related("room__asker", "room__answerer", "organization").get(pk=message_id)
    room, writer = message.room, message.organization
    context = {"room": room, "other": writer}
    return tell_organization(
        room.other(writer), f"message:{message.pk}", "room_message", context, room.get_absolute_url()
    )


# Introductions --------------------------------------------------------------------------------------------------------
def introduction_made(introduction_id) -> int:
    """Each side its own mail: the other's name and the broker's words, and no address of anybody."""
    introduction = Introduction.objects.select_related("broker").get(pk=introduction_id)
    sides = [side.organization for side in introduction.sides.select_related("organization")]
    link = introduction.get_absolute_url()
    return sum(
        tell_organization(
            side,
            f"introduction:{introduction.pk}",
            "introduction",
            {"introduction": introduction, "other": other},
            link,
        )
        for side, other in zip(sides, reversed(sides), strict=True)
    )


def introduction_answered(introduction_id, organization_id) -> bool:
    """The broker hears each answer."""
    introduction = Introduction.objects.select_related("broker").get(pk=introduction_id)
    side = introduction.sides.select_related("organization").get(organization=organization_id)
    if introduction.broker is None:
        return False
    occasion = f"introduced:{introduction.pk}:{side.pk}"
    context = {"introduction": introduction, "side": side}
    link = introduction.get_absolute_url()
    return notices.send_notice(introduction.broker, None, occasion, "introduction_answered", context, link)


# Tailored services ----------------------------------------------------------------------------------------------------
def service_moved(step_id) -> int:
    """A new request goes to the desk; later steps to whoever is concerned and did not take them."""
    step = ServiceStep.objects.select_related("request__service", "request__organization", "request__assigned_to", "by")
    step = step.get(pk=step_id)
    if step.after == ServiceRequest.State.ASKED:
        return _tell_the_desk(step.request)
    request, context, occasion = step.request, {"step": step, "asked": step.request}, f"service-step:{step.pk}"
    told = 0
    if step.after != ServiceRequest.State.WITHDRAWN:
        told = tell_organization(request.organization, occasion, "service_moved", context, request.get_absolute_url())
    if request.assigned_to and request.assigned_to != step.by:
        told += notices.send_notice(
            request.assigned_to, None, occasion, "service_in_hand", context, request.get_absolute_url()
        )
    return told


def _tell_the_desk(request):
    desk, occasion = settings.PORTAL["contact_email"], f"service:{request.pk}"
    return mailing.queue_mail(desk, occasion, *mailing.render_mail("service_asked", {"asked": request}))


# Outcomes -------------------------------------------------------------------------------------------------------------
def ask_due(now=None) -> int:
    """Ask both sides of whatever opened 30, 90 or 180 days ago. Says how many mails; asked again, it adds none."""
    now = timezone.localtime(now or timezone.now())
    if is_too_early(now, QUESTIONS_FROM):
        return 0
    return sum(_ask(room, side, days) for room, side, days in outcomes.due_outcomes(now))


def _ask(room, side, days):
    """Each person's mail has a link of their own."""
    told = 0
    for person in people_of(side):
        link = outcomes.link(room, side, days, person)
        context = {"room": room, "other": room.other(side), "days": days, "link": link}
        told += notices.send_notice(person, side, f"outcome:{room.pk}:{days}", "outcome", context, link)
    return told
