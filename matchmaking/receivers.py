"""What matchmaking does when the members tell it something."""

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from members.models import Representative
from members.signals import parties_asked, profile_saved

from .matching.tasks import refresh_matches
from .models import Bookmark, Opportunity, ProfileChange, Registration, Requirement, Room, RoomFile, SavedSearch
from .opportunities import registrations


@receiver(profile_saved, dispatch_uid="matches follow profiles")
def matches_follow_profiles(sender, organization_id, **kwargs):
    # The triggers have marked what they watch; whoever announces a profile may mean something else.
    ProfileChange.objects.create(organization_id=organization_id)
    refresh_matches.delay_on_commit(organization_id)


@receiver([post_save, post_delete], sender=Requirement, dispatch_uid="an opportunity changes with what it requires")
def an_opportunity_changes_with_what_it_requires(sender, instance, **kwargs):
    Opportunity.objects.filter(pk=instance.opportunity_id).touch()


@receiver(parties_asked, dispatch_uid="whoever shares a room has met")
def whoever_shares_a_room_has_met(sender, organization_id, others, **kwargs):
    return Room.objects.between(organization_id, others).exists()


@receiver(post_delete, sender=Representative, dispatch_uid="whoever leaves follows no more")
def whoever_leaves_follows_no_more(sender, instance, **kwargs):
    """What a person followed, searched and had booked for the organization goes; a place goes to whoever waits."""
    for_it = {"user": instance.user_id, "organization": instance.organization_id}
    for model in (Bookmark, SavedSearch):
        model.objects.filter(**for_it).delete()
    for registration in Registration.objects.standing().filter(**for_it).select_related("event", "user"):
        registrations.cancel_registration(registration.event, registration.user)


@receiver(post_delete, sender=RoomFile, dispatch_uid="a file goes with its row")
def a_file_goes_with_its_row(sender, instance, **kwargs):
    storage, name = instance.file.storage, instance.file.name
    transaction.on_commit(lambda: storage.delete(name), robust=True)
