"""What the news app does when the members and the opportunities tell it something."""

from django.conf import settings
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from matchmaking import signals
from members.models import Representative, people
from members.signals import claim_decided, invitation_made, person_erased

from .consent import departure, erasure
from .delivery import mailing
from .models import Suppression
from .notices import about_requests, about_rooms, notices


@receiver(invitation_made, dispatch_uid="colleagues are invited by mail")
def invite_colleague(sender, invitation, **kwargs):
    if Suppression.objects.of(invitation.email).exists():
        return  # whoever asked to be left alone is: the owner is not told, for that would be telling
    url = settings.PORTAL_BASE_URL + reverse("members:invitation", args=[invitation.token])
    write("invitation", invitation.email, {"invitation": invitation, "url": url, "days": people.INVITATION_LASTS.days})


@receiver(claim_decided, dispatch_uid="whoever claimed hears the answer")
def answer_claim(sender, claim, **kwargs):
    claim.refresh_from_db()
    url = settings.PORTAL_BASE_URL + reverse("members:start")
    if claim.state == claim.State.APPROVED:
        url = settings.PORTAL_BASE_URL + reverse("members:edit", args=[claim.organization.slug])
    write("claim_decided", claim.user.email, {"claim": claim, "url": url})
    title = _("%(name)s: %(state)s") % {"name": claim.organization.name, "state": claim.get_state_display().lower()}
    link = url.removeprefix(settings.PORTAL_BASE_URL)
    about = claim.organization if claim.state == claim.State.APPROVED else None  # whoever is refused speaks for nobody
    notices.note_notification(claim.user, about, f"claim:{claim.pk}", notices.Kind.PEOPLE, title, link)


@receiver(person_erased, dispatch_uid="whoever is erased is forgotten here as well")
def forget_whoever_is_erased(sender, addresses, **kwargs):
    erasure.forget_address(addresses)


@receiver(post_delete, sender=Representative, dispatch_uid="whoever leaves hears no more")
def whoever_leaves_hears_no_more(sender, instance, **kwargs):
    departure.end_subscriptions(instance)


def write(name, email, context):
    """A mail that somebody waits for, from the templates emails/NAME.*."""
    mailing.send_account_mail(email, *mailing.render_mail(name, context))


@receiver(signals.deadline_moved, dispatch_uid="followers hear of a moved deadline")
def followers_hear_of_a_moved_deadline(sender, opportunity_id, before, after, **kwargs):
    notices.deadline_moved(opportunity_id, before, after)


@receiver(signals.place_found, dispatch_uid="whoever waited hears of the place")
def whoever_waited_hears_of_the_place(sender, registration_id, **kwargs):
    notices.place_found(registration_id)


@receiver(signals.partner_invited, dispatch_uid="an invited partner hears of it")
def an_invited_partner_hears_of_it(sender, membership_id, **kwargs):
    notices.partner_invited(membership_id)


@receiver(signals.partner_answered, dispatch_uid="the lead hears the answer of a partner")
def the_lead_hears_the_answer_of_a_partner(sender, membership_id, state, **kwargs):
    notices.partner_answered(membership_id, state)


@receiver(signals.room_opened, dispatch_uid="both sides hear of their room")
def both_sides_hear_of_their_room(sender, room_id, **kwargs):
    about_rooms.room_opened(room_id)
    mailing.ring()


@receiver(signals.message_written, dispatch_uid="the other side hears of a message")
def the_other_side_hears_of_a_message(sender, message_id, **kwargs):
    about_rooms.message_written(message_id)
    mailing.ring()


@receiver(signals.introduction_made, dispatch_uid="two organizations are introduced")
def two_organizations_are_introduced(sender, introduction_id, **kwargs):
    about_rooms.introduction_made(introduction_id)
    mailing.ring()


@receiver(signals.introduction_answered, dispatch_uid="the broker hears the answers")
def the_broker_hears_the_answers(sender, introduction_id, organization_id, **kwargs):
    about_rooms.introduction_answered(introduction_id, organization_id)
    mailing.ring()


@receiver(signals.service_moved, dispatch_uid="whoever is concerned hears of a service")
def whoever_is_concerned_hears_of_a_service(sender, step_id, **kwargs):
    about_rooms.service_moved(step_id)
    mailing.ring()


@receiver(signals.invitation_moved, dispatch_uid="both sides hear how an invitation moves")
def both_sides_hear_how_an_invitation_moves(sender, invitation_id, after, **kwargs):
    if about_requests.moved(invitation_id, after):
        mailing.ring()


@receiver(signals.invitation_reminded, dispatch_uid="whoever has not answered is reminded")
def whoever_has_not_answered_is_reminded(sender, invitation_id, **kwargs):
    if about_requests.reminded(invitation_id):
        mailing.ring()


@receiver(signals.invitation_escalated, dispatch_uid="the broker hears of what is late")
def the_broker_hears_of_what_is_late(sender, invitation_id, **kwargs):
    if about_requests.escalated(invitation_id):
        mailing.ring()
