"""Notices about what somebody follows: short mails, each for one fact, each told once."""

from css_inline import inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from matchmaking.models import Bookmark, Opportunity, Registration

from . import consent, mailing
from .models import Subscription


def subscription_for(user, organization) -> Subscription:
    """Where the notices that a person asked for go: to the address that the person signs in with.

    Made when it is first needed; one that its holder ended stays ended.
    """
    return consent.serve(user.email, organization)


def deadline_moved(opportunity_id, before, after) -> int:
    """Tell everybody who follows the opportunity on which day it closes now. Says how many mails were queued.

    Told twice of the same day, nobody gets a second mail; an opportunity that is no longer published is not news.
    """
    opportunity = Opportunity.objects.published().filter(pk=opportunity_id).first()
    if opportunity is None:
        return 0
    context = {"opportunity": opportunity, "before": before, "after": after}
    occasion = f"deadline-moved:{opportunity_id}:{after.isoformat() if after else 'none'}"
    return sum(
        send(bookmark.user, bookmark.organization, occasion, "deadline_moved", context)
        for bookmark in followers(opportunity)
    )


def followers(opportunity):
    """The bookmarks of those who still speak for the organization for which they follow it."""
    bookmarks = Bookmark.objects.filter(opportunity=opportunity).select_related("user", "organization")
    return bookmarks.standing()


def place_found(registration_id) -> bool:
    """Tell whoever waited that there is a place now."""
    mine = Registration.objects.with_place().select_related("user", "organization", "event")
    registration = mine.filter(pk=registration_id).first()
    if registration is None:
        return False
    moment = f"{registration.asked_at:%Y%m%d%H%M%S}"
    occasion = f"place-found:{registration_id}:{moment}"
    return send(registration.user, registration.organization, occasion, "place_found", {"event": registration.event})


def send(user, organization, occasion, mail, context) -> bool:
    """Queue one notice, if its holder still wants notices."""
    subscription = subscription_for(user, organization)
    if not subscription.is_active:
        return False
    return mailing.queue(subscription, occasion, *render(mail, subscription, context))


def render(mail, subscription, context) -> tuple[str, str, str]:
    """Subject, plain text and HTML of a notice, in Italian."""
    context = {
        **context,
        "subscription": subscription,
        "organization": subscription.organization,
        "portal": settings.PORTAL,
        "base": settings.PORTAL_BASE_URL,
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject, text, html = (
            render_to_string(f"emails/{mail}.{part}", context) for part in ("subject.txt", "txt", "html")
        )
    return subject.strip(), text, inline(html)
