"""Every list of the staff leaves as a sheet, or as the CSV that an Italian Excel opens, as it stands on the screen.

It leaves only with whoever has just said again who they are, leaves a row that says who took what, and holds no formula
that lives.
"""

from urllib.parse import unquote_plus

from allauth.account.decorators import reauthentication_required
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ..models import Export
from ..rules import spreadsheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BUNDLE = 500


class LeavingMixin:
    """For a `ModelAdmin` with `columns_out`: (label, attribute path or function of the row), in their order."""

    columns_out = []
    change_list_template = "admin/lists/change_list.html"

    def get_urls(self):
        page = self.admin_site.admin_view(reauthentication_required(self.export_action))
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", page, name=name), *super().get_urls()]

    def may_leave(self, request):
        """Whoever may read the list may take it along; some lists ask for more."""
        return self.has_view_permission(request)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"may_leave": self.may_leave(request), **(extra_context or {})})

    def export_action(self, request):
        if not self.may_leave(request):
            raise PermissionDenied
        try:
            on_screen = self.get_changelist_instance(request)
            rows = on_screen.get_queryset(request)
        except IncorrectLookupParameters:
            return redirect(request.path)
        if request.method == "POST":
            return self._file(request, rows, "xlsx" if request.POST.get("format") == "xlsx" else "csv")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Esportare: %(what)s") % {"what": self.opts.verbose_name_plural},
            "opts": self.opts,
            "count": rows.count(),
            "filters": _filters(on_screen),
            "columns": [label for label, _source in self.columns_out],
        }
        return render(request, "admin/lists/export.html", context)

    def rows_out(self, queryset):
        """The rows with what the columns need; an admin that shows relations brings them here."""
        return queryset

    def _file(self, request, queryset, kind):
        head = [str(label) for label, _source in self.columns_out]
        rows = self.rows_out(queryset)
        lines = ([value_of(row, source) for _label, source in self.columns_out] for row in rows.iterator(BUNDLE))
        name = str(self.opts.verbose_name_plural)
        if kind == "xlsx":
            content, sort = spreadsheets.workbook(head, lines, name), XLSX
        else:
            content, sort = "".join(spreadsheets.italian_csv(head, lines)).encode(), "text/csv; charset=utf-8"
        Export.objects.create(
            made_by=request.user,
            what=name[:60],
            rows=queryset.count(),
            columns=", ".join(head)[:500],
            filters=unquote_plus(request.META.get("QUERY_STRING", ""))[:500],
            file_format=kind,
        )
        told = f'attachment; filename="{slugify(name)}-{timezone.localdate():%Y-%m-%d}.{kind}"'
        return HttpResponse(content, content_type=sort, headers={"Content-Disposition": told})


def value_of(row, source):
    """What a cell says: a number, a day, a local moment, or a text; nothing where there is nothing."""
    if callable(source):
        value = source(row)
    else:
        value = row
        for name in source.split("."):
            value = getattr(value, name, None)
            value = value() if callable(value) else value
    if value is None or isinstance(value, (int, float)) and not isinstance(value, bool):
        return "" if value is None else value
    if isinstance(value, bool):
        return _("sì") if value else _("no")
    if hasattr(value, "tzinfo"):
        return timezone.make_naive(value) if timezone.is_aware(value) else value
    return value if hasattr(value, "strftime") else str(value)


def _filters(on_screen):
    """What narrows the list, in words."""
    words = [f"{_('cerca')}: «{on_screen.query}»"] if on_screen.query else []
    for spec in on_screen.filter_specs:
        chosen = [choice["display"] for choice in spec.choices(on_screen) if choice.get("selected")]
        is_narrowed = any(
            name in on_screen.params or name in on_screen.filter_params for name in spec.expected_parameters()
        )
        words += [f"{spec.title}: {chosen[0]}"] if is_narrowed and chosen else []
    return words
