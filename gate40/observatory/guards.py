"""Who reads the observatory: the staff, and the partners of the Consorzio. For anybody else it is not there."""

from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.http import Http404

from members.guards import refuse_powers
from members.models.users import acts_as_staff

READ, CLOSE = "observatory.read_experiment", "observatory.close_experiment"


def reader_required(policy):
    """Staff and partners (the group "Soci del Consorzio")."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not (acts_as_staff(request.user) or request.user.has_perm(READ)):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard


def may_close(user) -> bool:
    return acts_as_staff(user) and user.has_perm(CLOSE)


def closer_required(policy):
    """Whoever of the staff may close an experiment and extend it, and has just said again who they are."""

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not may_close(request.user):
                return refuse_powers(request)
            return reauthentication_required(view)(request, *args, **kwargs)

        guarded.policy = policy
        return guarded

    return guard
