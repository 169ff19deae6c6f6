"""Notices: what one person is told of one fact, once; in the list of the site, and by mail unless they switched it off.

Whoever has something to tell calls `send`. The `Notification` says what was told, the `Delivery` what left by mail.
"""

from django.contrib.auth import get_user_model
from django.db import transaction

from matchmaking.models import Bookmark, Membership, Opportunity, Registration
from members.models import Representative

from ..consent import ledger
from ..delivery import mailing
from ..models import MutedKind, Notification, Subscription

Kind = Notification.Kind
KINDS = {  # which mail is about what
    "deadline_moved": Kind.OPPORTUNITY,
    "reminder": Kind.OPPORTUNITY,
    "place_found": Kind.OPPORTUNITY,
    "request_received": Kind.REQUEST,
    "request_reminder": Kind.REQUEST,
    "request_withdrawn": Kind.REQUEST,
    "request_accepted": Kind.REQUEST,
    "request_declined": Kind.REQUEST,
    "request_late": Kind.REQUEST,
    "room_opened": Kind.ROOM,
    "room_message": Kind.ROOM,
    "outcome": Kind.OUTCOME,
    "introduction": Kind.SERVICE,
    "introduction_answered": Kind.SERVICE,
    "service_moved": Kind.SERVICE,
    "service_in_hand": Kind.SERVICE,
    "partner_invited": Kind.REQUEST,
    "partner_answered": Kind.REQUEST,
    "profile_aged": Kind.PEOPLE,
}


def subscription_for(user, organization) -> Subscription:
    """Where the notices that a person asked for go: to the address that the person signs in with.

    Made when it is first needed; one that its holder ended stays ended.
    """
    return ledger.serve(user.email, organization)


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
        send_notice(bookmark.user, bookmark.organization, occasion, "deadline_moved", context)
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
    return send_notice(
        registration.user, registration.organization, occasion, "place_found", {"event": registration.event}
    )


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
    context = {"membership": membership, "consortium": membership.consortium, "partner": membership.organization}
    link = membership.consortium.get_absolute_url()
    return tell_organization(organization, occasion, mail, context, link, *Representative.EDITORS)


def people_of(organization, *roles):
    """Whoever speaks for the organization, in one of the roles when any are named."""
    found = get_user_model().objects.filter(representations__organization=organization, is_active=True)
    return (found.filter(representations__role__in=roles) if roles else found).distinct()


def tell_organization(organization, occasion, mail, context, link, *roles) -> int:
    """Everybody who speaks for the organization, in one of the roles if any. Says how many mails were queued."""
    people = people_of(organization, *roles)
    return sum(send_notice(person, organization, occasion, mail, context, link) for person in people)


def send_notice(user, organization, occasion, mail, context, link="", **fields) -> bool:
    """Tell one person of one thing, from the templates emails/MAIL.*. Told of an occasion again, they hear nothing.

    `link` is the page that it is about, `fields` further fields of the Delivery. Says whether a mail was queued.
    """
    if not is_concerned(user, organization):
        return False
    if Notification.objects.filter(user=user, organization=organization, occasion=occasion).exists():
        return False
    subscription = subscription_for(user, organization)
    subject, text, html = render_notice(mail, subscription, context)
    with transaction.atomic():
        is_news = note_notification(user, organization, occasion, KINDS[mail], subject, link or page_of(context))
        if not (is_news and subscription.is_active and wants_mail(user, KINDS[mail])):
            return False
        return mailing.queue_mail(subscription, occasion, subject, text, html, **fields)


def is_concerned(user, organization) -> bool:
    """Whether the account is active and, of what is told for an organization, its person speaks for it now."""
    if organization is None:
        return user.is_active
    return people_of(organization).filter(pk=user.pk).exists()


def note_notification(user, organization, occasion, kind, title, link="") -> bool:
    """Put one thing on a person's list, without a mail. Says whether it was news."""
    _notification, is_new = Notification.objects.get_or_create(
        user=user,
        organization=organization,
        occasion=occasion,
        defaults={"kind": kind, "title": mailing.one_line(title)[:200], "link": link},
    )
    return is_new


def wants_mail(user, kind) -> bool:
    return not MutedKind.objects.filter(user=user, kind=kind).exists()


def page_of(context) -> str:
    """The page of the opportunity or of the event that a mail is about."""
    thing = context.get("opportunity") or context.get("event")
    return thing.get_absolute_url() if thing else ""


def render_notice(mail, subscription, context) -> tuple[str, str, str]:
    """Subject, plain text and HTML of a notice, in Italian."""
    whose = {"subscription": subscription, "organization": subscription.organization}
    return mailing.render_mail(mail, {**context, **whose})
