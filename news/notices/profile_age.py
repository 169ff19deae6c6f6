"""A word to those who keep a profile, when nobody has looked it over for half a year: once for each such half year."""

from django.utils import timezone

from members.models import Organization, Representative
from members.quiet_hours import NEWS_FROM, is_too_early

from . import notices


def remind_due_profiles(now=None) -> int:
    """Queue today's reminders. Says how many mails; asked again, it adds none until the profile has aged anew."""
    return 0 if is_too_early(now or timezone.now(), NEWS_FROM) else remind()


def remind() -> int:
    """As `remind_due_profiles`, at any hour."""
    keepers = Representative.objects.filter(role__in=Representative.EDITORS, user__is_active=True)
    aged = keepers.filter(organization__in=Organization.objects.stale())
    return sum(_remind(keeper) for keeper in aged.select_related("user", "organization").order_by("pk"))


def _remind(keeper) -> bool:
    organization = keeper.organization
    occasion = f"profile-aged:{organization.pk}:{organization.reviewed_on.isoformat()}"
    return notices.send_notice(keeper.user, organization, occasion, "profile_aged", {}, organization.get_absolute_url())
