"""The staff bring in the official open data, and decide on what changed."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils.formats import localize
from django.utils.translation import gettext as _

from members.guards import staff_required
from members.reference.table_files import Unreadable
from members.rules.texts import is_key

from ...models import Imported, Opportunity
from ..forms import ImportForm
from ..sources import differences as use_case
from ..sources import incentives

PER_PAGE = 20


@staff_required("opportunities.import")
def importing(request):
    form = ImportForm(request.POST or None, request.FILES or None)
    report = None
    if form.is_valid():
        try:
            report = incentives.import_incentives(form.cleaned_data["file"])
        except Unreadable as error:
            form.add_error("file", str(error).capitalize())
    drafts = Opportunity.objects.filter(imported__isnull=False, status=Opportunity.Status.DRAFT)
    waiting = drafts.order_by("source").values_list("source").annotate(count=Count("pk"))
    context = {"form": form, "report": report, "waiting": waiting, "changed": Imported.objects.changed().count()}
    return render(request, "matchmaking/import.html", context)


@staff_required("opportunities.import")
def changes(request):
    """Field by field what the source says anew; the chosen ones are accepted or left."""
    changed = Imported.objects.changed().select_related("opportunity").order_by("pk")
    if request.method == "POST":
        chosen = changed.filter(pk__in=[pk for pk in request.POST.getlist("chosen") if is_key(pk)])
        for each in chosen:
            use_case.accept_difference(each, request.user) if "accept" in request.POST else use_case.leave_difference(
                each
            )
        messages.success(request, _("Modifiche trattate: %(count)d.") % {"count": len(chosen)})
        return redirect("matchmaking:import_changes")
    page = Paginator(changed, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(each, differences(each)) for each in page]
    return render(request, "matchmaking/import_changes.html", {"rows": rows, "page": page})


def differences(imported):
    """(name of the field, as it is, as the source says) of each difference."""
    fields = [(Opportunity._meta.get_field(name), value) for name, value in imported.pending.items()]
    return [
        (field.verbose_name, _shown(getattr(imported.opportunity, field.name)), _shown(field.to_python(value)))
        for field, value in fields
    ]


def _shown(value):
    return "—" if value in (None, "", []) else localize(value)
