"""Following opportunities."""

from ..models import Bookmark


def follow_opportunity(user, organization, opportunity) -> bool:
    """Reminders before the deadline, and a notice if it moves. Asking twice adds nothing."""
    return Bookmark.objects.get_or_create(user=user, organization=organization, opportunity=opportunity)[1]


def unfollow_opportunity(user, organization, opportunity) -> bool:
    gone, _by_model = Bookmark.objects.filter(user=user, organization=organization, opportunity=opportunity).delete()
    return gone > 0
