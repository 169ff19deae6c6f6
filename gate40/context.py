"""What every page knows."""

from django.conf import settings

from members.guards import acting_organization, current_organization
from news.models import Notification

MOST_UNREAD = 100  # beyond, the header says "99+"


def portal(request):
    """Names of the portal and of its institution, the organization the signed-in person speaks for, and the
    member in whose name they act."""
    return {
        "portal": {**settings.PORTAL, "is_demo": settings.IS_DEMO, "is_embedded": settings.IS_EMBEDDED},
        "own_organization": current_organization(request),
        "acting_organization": acting_organization(request),
        "unread_notices": lambda: unread_notices(request),
    }


def unread_notices(request) -> int:
    """How many notices a signed-in person has not read: asked only by a page that shows it, at most MOST_UNREAD."""
    return Notification.objects.of(request.user).unread()[:MOST_UNREAD].count()
