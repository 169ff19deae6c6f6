"""What matchmaking does when the members tell it something."""

from django.dispatch import receiver

from members.signals import profile_saved

from .models import ProfileChange
from .tasks import refresh_matches


@receiver(profile_saved, dispatch_uid="matches follow profiles")
def matches_follow_profiles(sender, organization_id, **kwargs):
    # The triggers have marked what they watch; whoever announces a profile may mean something else.
    ProfileChange.objects.create(organization_id=organization_id)
    refresh_matches.delay(organization_id)
