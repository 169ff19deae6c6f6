"""Who may open a page. A guard names the page's row in `gate40/policy.csv` and hands the view what it has checked.

Every page needs a login (LoginRequiredMiddleware) unless its guard is `public`. What somebody may not see answers 404,
as if it did not exist.
"""

from functools import wraps

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect

from .models import Organization, Representative

REMEMBERED = "organization"  # session key: the organization last worked for


def public(policy):
    """Anybody may open the page."""

    def guard(view):
        view.policy = policy
        return login_not_required(view)

    return guard


def signed_in(policy):
    """Whoever has signed in may open the page."""

    def guard(view):
        view.policy = policy
        return view

    return guard


def staff_required(policy):
    """Only the Consorzio's staff, on the admin's own terms (its second factor too); 403 for others."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_staff:
                raise PermissionDenied
            if not admin.site.has_permission(request):
                return redirect("admin:login")
            return view(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def representative_required(policy, *roles):
    """Whoever represents the organization named by `slug`, in one of `roles` if any: the view gets the organization."""

    def guard(view):
        @wraps(view)
        def guarded(request, slug, *args, **kwargs):
            mine = Organization.objects.spoken_for_by(request.user, *roles)
            organization = get_object_or_404(mine.with_places(), slug=slug)
            if request.session.get(REMEMBERED) != organization.pk and request.method == "POST":
                request.session[REMEMBERED] = organization.pk
            return view(request, organization, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def owner_required(policy):
    """Whoever decides who speaks for the organization."""
    return representative_required(policy, Representative.Role.OWNER)


def editor_required(policy):
    """Whoever may change the organization's profile."""
    return representative_required(policy, *Representative.EDITORS)


def current_organization(request):
    """The organization that the person works for: the one last worked for, else the first by name; or None."""
    if not hasattr(request, "_current_organization"):
        request._current_organization = _current_organization(request)
    return request._current_organization


def _current_organization(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    mine = list(Organization.objects.spoken_for_by(user).with_places())
    remembered = request.session.get(REMEMBERED)
    return next((organization for organization in mine if organization.pk == remembered), mine[0] if mine else None)


def organization_or_404(request):
    """The organization that the person works for: these pages are for whoever works for one."""
    if organization := current_organization(request):
        return organization
    raise Http404


def editing_organization_or_404(request):
    """As `organization_or_404`, for whoever may write in its name."""
    organization = organization_or_404(request)
    if Organization.objects.spoken_for_by(request.user, *Representative.EDITORS).filter(pk=organization.pk).exists():
        return organization
    raise Http404
