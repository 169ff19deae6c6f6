"""What touches many, is final or is mailed asks first: how many, which ones, and whether there is a way back."""

from functools import wraps

from django.contrib import admin, messages
from django.shortcuts import render
from django.utils.translation import gettext as _

NAMED = 20  # names on the page; of the others the number


def asks_first(description, *, says, way_back="", touches=None, form=None, permissions=("change",)):
    """Decorator of an admin action `act(model_admin, request, queryset[, form])`.

    `says` is the sentence about what will happen; `touches` narrows the chosen rows to those that it happens to, the
    others are counted as left alone; `form` asks for what the act needs, a reason for example. The act runs only when
    the page was confirmed for as many rows as there are at that moment: more or fewer, and it is asked anew.
    """

    def decorate(act):
        @admin.action(description=description, permissions=permissions)
        @wraps(act)
        def asking(model_admin, request, queryset):
            touched = touches(queryset) if touches else queryset
            count, chosen = touched.count(), queryset.count()
            if not count:
                messages.warning(
                    request,
                    _("Tra le righe scelte non ce n'è nessuna su cui si possa fare: «%(what)s».")
                    % {"what": description},
                )
                return None
            is_confirmed = request.POST.get("confirmed") == str(count)
            filled = form(request.POST if is_confirmed else None) if form else None
            if is_confirmed and (filled is None or filled.is_valid()):
                return act(model_admin, request, touched, *([filled] if form else []))
            told = {"says": says, "way_back": way_back, "count": count, "left": chosen - count, "form": filled}
            return _page(model_admin, request, description, touched, told)

        return asking

    return decorate


def _page(model_admin, request, description, touched, told):
    fields = set(told["form"].fields) if told["form"] else set()
    kept = [(key, value) for key, values in request.POST.lists() for value in values]
    context = {
        **model_admin.admin_site.each_context(request),
        **told,
        "title": description,
        "opts": model_admin.opts,
        "names": [str(one) for one in touched[:NAMED]],
        "more": max(told["count"] - NAMED, 0),
        "kept": [pair for pair in kept if pair[0] not in {"csrfmiddlewaretoken", "confirmed", *fields}],
    }
    return render(request, "admin/confirm.html", context)
