"""Who may open a page. A guard does the whole check and hands the view what it has checked; it names the row of
`gate40/policy.csv` that the tests hold the page to.

Every page needs a login (LoginRequiredMiddleware) unless its guard is `public`. What somebody may not see answers 404,
as if it did not exist. A member's rights begin when staff have published the organization: its people act in its name
(`acting_organization`), while those of a draft only keep its profile (`representative_required`).
"""

from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from .models import Organization, Representative
from .models.users import acts_as_staff

REMEMBERED = "organization"  # session key: the organization last worked for


def public(policy):
    """Anybody may open the page."""

    def guard(view):
        view.policy = policy
        return login_not_required(view)

    return guard


def signed_in(policy):
    """Whoever has signed in may open the page, whatever they are: nobody is refused in its body."""

    def guard(view):
        view.policy, view.is_for_anybody_signed_in = policy, True
        return view

    return guard


def staff_required(policy):
    """Only the Consorzio's staff, with their second factor; 403 for others."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not acts_as_staff(request.user):
                return refuse_powers(request)
            return view(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def refuse_powers(request):
    """403; staff whose powers sleep are shown where to wake them instead."""
    if not getattr(request.user, "lacks_second_factor", False):
        raise PermissionDenied
    messages.warning(request, _("Per entrare in Gestione serve la verifica in due passaggi: attivala qui."))
    return redirect("mfa_index")


def needs_fresh_sign_in(action):
    """An action of the admin that cannot be undone: whoever takes it has just said again who they are (password, code
    or passkey). Pages ask the same with allauth's `reauthentication_required`."""

    @wraps(action)
    def fresh_action(model_admin, request, queryset):
        return reauthentication_required(lambda request: action(model_admin, request, queryset))(request)

    return fresh_action


def object_required(policy, find):
    """Whoever `find(request, **parameters of the address)` finds something for: the view gets what was found, several
    things one after the other. For everybody else `find` raises Http404."""

    def guard(view):
        @wraps(view)
        def guarded(request, **parameters):
            found = find(request, **parameters)
            return view(request, *found) if isinstance(found, tuple) else view(request, found)

        guarded.policy = policy
        return guarded

    return guard


def member_required(policy):
    """Whoever acts for a member: the view gets the organization, then what the address says."""
    return _with_organization(policy, acting_organization_or_404)


def editor_of_current_required(policy):
    """As `member_required`, for whoever may write in the organization's name."""
    return _with_organization(policy, editing_organization_or_404)


def _with_organization(policy, organization_of):
    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            return view(request, organization_of(request), *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def representative_required(policy, *roles):
    """Whoever represents the organization named by `slug`, in one of `roles` if any: the view gets the organization."""
    return _named_by_slug(policy, Organization.objects.spoken_for_by, roles)


def acting_representative_required(policy, *roles):
    """As `representative_required`, but of an organization that is published: what only members do and see."""
    return _named_by_slug(policy, Organization.objects.acting_through, roles)


def _named_by_slug(policy, organizations_of, roles):
    def guard(view):
        @wraps(view)
        def guarded(request, slug, *args, **kwargs):
            mine = organizations_of(request.user, *roles)
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
    """The organization that the person works for: the one last worked for, else the first by name; or None. It may be
    a draft: what only members may do asks for `acting_organization`."""
    return _chosen(request, own_organizations(request))


def acting_organization(request):
    """The member in whose name the person acts: as `current_organization`, among those that are published."""
    return _chosen(request, [each for each in own_organizations(request) if each.is_published])


def own_organizations(request):
    """All that the person speaks for, by name; asked once for each page."""
    if not hasattr(request, "_own_organizations"):
        user = getattr(request, "user", None)
        is_known = user is not None and user.is_authenticated
        mine = Organization.objects.spoken_for_by(user).with_places() if is_known else []
        request._own_organizations = list(mine)
    return request._own_organizations


def _chosen(request, mine):
    remembered = request.session.get(REMEMBERED) if mine else None
    return next((organization for organization in mine if organization.pk == remembered), mine[0] if mine else None)


def acting_organization_or_404(request):
    """For the guards of pages that only members open."""
    if organization := acting_organization(request):
        return organization
    raise Http404


def editing_organization_or_404(request):
    """As `acting_organization_or_404`, for whoever may write in its name."""
    organization = acting_organization_or_404(request)
    if Organization.objects.acting_through(request.user, *Representative.EDITORS).filter(pk=organization.pk).exists():
        return organization
    raise Http404
