"""What every page knows."""

from django.conf import settings

from members.guards import current_organization


def portal(request):
    """Names of the portal and of its institution, and the organization the signed-in person speaks for."""
    return {
        "portal": {**settings.PORTAL, "is_demo": settings.IS_DEMO, "is_embedded": settings.IS_EMBEDDED},
        "own_organization": current_organization(request),
    }
