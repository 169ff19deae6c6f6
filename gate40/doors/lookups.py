"""What a list of the admin does not show must not steer which rows it shows.

Django lets an address filter a list by any field of its table, shown or not: `?text__startswith=a` on the mails, asked
often enough, reads a reset link letter by letter to somebody whose page hides it.
"""

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import flatten_fieldsets


def shown_by(model_admin, request) -> set[str]:
    """The fields that the list, its filters and the page of one row show."""
    filters = [each[0] if isinstance(each, tuple) else each for each in model_admin.get_list_filter(request)]
    names = [*model_admin.get_list_display(request), *filters, model_admin.date_hierarchy or ""]
    names += flatten_fieldsets(model_admin.get_fieldsets(request))
    key = model_admin.opts.pk.name
    return {key, *(name.split("__")[0] for name in names if isinstance(name, str))}


def guard_lookups() -> None:
    """Every table of the admin asks this, whoever wrote its page."""
    allowed = ModelAdmin.lookup_allowed
    if getattr(allowed, "asks_what_is_shown", False):
        return

    def lookup_allowed(self, lookup, value, request):
        field = self.opts._forward_fields_map.get(lookup.split("__")[0])  # None: a filter with a name of its own
        is_shown = field is None or field.name in shown_by(self, request)
        return is_shown and allowed(self, lookup, value, request)

    lookup_allowed.asks_what_is_shown = True
    lookup_allowed.without = allowed
    ModelAdmin.lookup_allowed = lookup_allowed
