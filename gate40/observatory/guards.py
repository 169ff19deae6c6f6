"""Who reads the observatory: the staff, and the partners of the Consorzio. For anybody else it is not there."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404

READ, CLOSE = "observatory.read_experiment", "observatory.close_experiment"


def reader_required(policy):
    """Staff and partners (the group "Soci del Consorzio")."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not (request.user.is_staff or request.user.has_perm(READ)):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def closer_required(policy):
    """Whoever of the staff may close an experiment and extend it."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not (request.user.is_staff and request.user.has_perm(CLOSE)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard
