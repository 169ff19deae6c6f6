"""What matchmaking does when the members tell it something."""

from django.dispatch import receiver

from members.signals import profile_saved

from .tasks import refresh_matches


@receiver(profile_saved, dispatch_uid="matches follow profiles")
def matches_follow_profiles(sender, organization_id, **kwargs):
    refresh_matches.delay_on_commit(organization_id)
