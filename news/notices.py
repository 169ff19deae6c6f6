"""Notices about what somebody follows: short mails, each for one fact, each told once."""

from css_inline import inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from matchmaking.models import Bookmark, Membership, Opportunity, Registration
from members.models import Representative

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


def partner_invited(membership_id) -> int:
    """Tell whoever may write for an organization that it is invited. Says how many mails were queued."""
    membership = _memberships().filter(pk=membership_id, state=Membership.State.INVITED).first()
    if membership is None:
        return 0
    occasion = f"partner-invited:{membership_id}:{membership.invited_at:%Y%m%d%H%M%S}"
    return _tell_editors(membership.organization, occasion, "partner_invited", membership)


def partner_answered(membership_id, state) -> int:
    """Tell the lead that a partner has accepted, declined or left. Says how many mails were queued."""
    membership = _memberships().filter(pk=membership_id, state=state).first()
    if membership is None:
        return 0
    occasion = f"partner-{state}:{membership_id}:{membership.answered_at:%Y%m%d%H%M%S}"
    return _tell_editors(membership.consortium.lead, occasion, "partner_answered", membership)


def _memberships():
    return Membership.objects.select_related("organization", "consortium__lead", "consortium__opportunity")


def _tell_editors(organization, occasion, mail, membership):
    people = Representative.objects.filter(organization=organization, role__in=Representative.EDITORS)
    context = {"membership": membership, "consortium": membership.consortium, "partner": membership.organization}
    return sum(send(one.user, organization, occasion, mail, context) for one in people.select_related("user"))


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
