"""Notices about requests: who is told, of what, on which occasion.

Whoever is asked reads of whoever asks only what `disclosure` gives; a muted request and a firm that no longer agrees
to be seen are told of to nobody.
"""

from django.conf import settings

from matchmaking.matching import mutes
from matchmaking.models import Invitation
from matchmaking.requests import deadlines, disclosure
from members.models import Representative

from ..delivery import mailing
from . import notices
from .notices import people_of

State = Invitation.State


def moved(invitation_id, after) -> int:
    """An invitation has come to a new state. Says how many mails were queued."""
    invitation = _found(invitation_id)
    if after == State.SENT:
        return _to_the_invited(invitation, "received")
    if after == State.WITHDRAWN:
        return _to_the_invited(invitation, "withdrawn")
    if after in (State.ACCEPTED, State.DECLINED):
        return _to_whoever_asks(invitation, str(after))
    return 0


def reminded(invitation_id) -> int:
    """The term of the reminder has gone by: whoever has it in charge hears, or everybody who could take it."""
    return _to_the_invited(_found(invitation_id), "reminder")


def escalated(invitation_id) -> int:
    """The term of the broker: the broker of the request hears, or the desk while it has none."""
    invitation = _found(invitation_id)
    occasion, context = _occasion(invitation, "late"), {"invitation": invitation, "asked": invitation.request}
    context["days"] = deadlines.BROKER
    broker = invitation.request.broker
    if broker and broker.is_active:
        return notices.send_notice(broker, None, occasion, "request_late", context)
    return mailing.queue_mail(settings.PORTAL["contact_email"], occasion, *mailing.render_mail("request_late", context))


def _found(invitation_id):
    return disclosure.received(Invitation.objects.select_related("request__broker", "referral")).get(pk=invitation_id)


def _occasion(invitation, what):
    return f"request:{invitation.pk}:{what}"


def _to_the_invited(invitation, what):
    """To the person who has it in charge, else to all who may answer."""
    if not invitation.is_waiting and what != "withdrawn" or invitation in mutes.Muted(invitation.organization):
        return 0
    asked = invitation.request
    context = {
        "invitation": invitation,
        "title": asked.title,
        "closes_on": asked.closes_on,
        "days": deadlines.REMINDER,
        "asker": disclosure.asker(invitation),
        "because": disclosure.because(invitation),
    }
    return sum(
        notices.send_notice(
            person, invitation.organization, _occasion(invitation, what), f"request_{what}", context, link
        )
        for person in _answering(invitation)
        if (link := _page(invitation, person))
    )


def _answering(invitation):
    people = people_of(invitation.organization, *Representative.EDITORS)
    return people.filter(pk=invitation.taken_by_id) if invitation.taken_by_id else people


def _page(invitation, person):
    """The page of the invitation, if the person may see it now."""
    may_see = Invitation.objects.visible_to(person).filter(pk=invitation.pk).exists()
    return invitation.get_absolute_url() if may_see else ""


def _to_whoever_asks(invitation, what):
    """To whoever wrote the request while they still speak for the organization, else to all who may write."""
    asked, people = invitation.request, people_of(invitation.request.organization, *Representative.EDITORS)
    author = people.filter(pk=asked.author_id)
    context = {"invitation": invitation, "asked": asked, "other": invitation.organization}
    return sum(
        notices.send_notice(
            person,
            asked.organization,
            _occasion(invitation, what),
            f"request_{what}",
            context,
            asked.get_absolute_url(),
        )
        for person in (author or people)
    )
