"""The observatory's pages: the staff read every figure, the partners of the Consorzio those that may leave it."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import public, staff_required
from members.models.users import acts_as_staff
from members.rules.texts import is_key
from members.safety.events import Kind, note_event

from . import charts, closing, funnel, gaps, open_data, pdf, report, week
from .algorithms.suppression import thin
from .forms import DayForm, ExtensionForm, GapFilter
from .guards import closer_required, may_close, reader_required
from .models import Experiment, canonical

ON_A_PAGE = 15  # gaps


@reader_required("observatory")
def home(request):
    """How far the firms have come: the funnel of a day, the experiments and their reports."""
    experiment = Experiment.objects.current()
    context = {"experiments": Experiment.objects.select_related("follows"), "experiment": experiment}
    if experiment:
        asked = Asked.by(request, experiment)
        rows = funnel.compute_funnel(asked.moment, asked.province)
        shown = [row.count for row in rows]
        if not acts_as_staff(request.user):
            shown = thin(shown)
        context |= {
            "asked": asked,
            "rows": zip(rows, shown, charts.bars(shown), strict=True),
            "counted": funnel.COUNTED,
        }
        context |= {"svg_height": charts.height(len(rows)), "members": report.members_of(asked.moment, asked.province)}
    return render(request, "observatory/home.html", context)


@dataclass(frozen=True)
class Asked:
    """What a page was asked for: a day and a province. Whoever is not staff reads about home and today, for figures
    of two days could be subtracted from each other."""

    form: DayForm | None
    moment: funnel.Moment
    province: str

    @classmethod
    def by(cls, request, experiment):
        home, today = settings.PORTAL["home_province"], timezone.localdate()
        if not acts_as_staff(request.user):
            return cls(None, funnel.Moment(today, experiment.network), home)
        form = DayForm(request.GET or None, initial={"provincia": home, "al": today})
        values = form.cleaned_data if form.is_valid() else {}
        province = values.get("provincia")
        moment = funnel.Moment(values.get("al") or today, experiment.network)
        return cls(form, moment, province.pk if province else home)


@staff_required("observatory.staff")
def firms(request, stage):
    """The firms behind a figure of the funnel."""
    experiment = Experiment.objects.current()
    found = next((one for one in funnel.STAGES if one.key == stage), None)
    if not experiment or not found:
        raise Http404
    asked = Asked.by(request, experiment)
    rows = funnel.compute_funnel(asked.moment, asked.province)
    listed = funnel.firms_at(stage, asked.moment, asked.province).with_places().order_by("name")
    count = next(row.count for row in rows if row.stage == found)
    context = {"stage": found, "asked": asked, "firms": listed, "count": count, "gone": count - len(listed)}
    return render(request, "observatory/firms.html", context)


@reader_required("observatory")
def gaps_page(request):
    """What the territory asks for and lacks, with the evidence and what to do about it."""
    experiment = Experiment.objects.current()
    if not experiment:
        return render(request, "observatory/gaps.html", {"experiment": None})
    form = GapFilter(request.GET)
    form.is_valid()
    found = gaps.compute_gaps(experiment.network, settings.PORTAL["home_province"])
    context = _gap_context(found, form.cleaned_data, request.GET.get("page"), protected=not acts_as_staff(request.user))
    if acts_as_staff(request.user):
        context["unknown"] = gaps.unknown_words()
        context["searched"] = gaps.only_searched(found)
    return render(request, "observatory/gaps.html", {"experiment": experiment, "form": form, **context})


def _gap_context(found, chosen, number, protected):
    """The rows of the page: as they are for the staff, as they may leave the Consorzio for everybody else."""
    published = report.published_gaps(found) if protected else {"leaves": [], "branches": []}
    by_code = {row["code"]: row for row in [*published["leaves"], *published["branches"]]}
    rows = [gap for gap in gaps.worst_first(found, by_code if protected else None) if _is_chosen(gap, chosen)]
    present = [gap for gap in found if not gap.is_branch and gap.demand and not gap.is_gap and _is_chosen(gap, chosen)]
    rows += present if chosen.get("stato") == gaps.Status.PRESENT else []
    page = Paginator(rows, ON_A_PAGE).get_page(number)
    statuses, priorities = gaps.by_status(found), gaps.by_priority(found)
    most = max([sum(counts.values()) for _name, counts in priorities] or [0])
    return {
        "page": page,
        "rows": [(gap, by_code[gap.code] if protected else gap) for gap in page],
        "branches": [
            {"gap": gap, "shown": by_code[gap.code] if protected else gap, **_leaves_of(gap, found)}
            for gap in found
            if gap.is_branch
        ],
        "who": gaps.names_of(page),
        "count": gaps.count(found),
        "asked_for": sum(statuses.values()),
        "statuses": [(status, statuses[status.value]) for status in gaps.Status],
        "priorities": [
            (name or _("Nessuna priorità S3"), list(counts.values()), charts.stack(list(counts.values()), most))
            for name, counts in priorities
        ],
        "svg_width": str(charts.WIDTH),
        "definition": report.GAPS,
        "note": report.SUPPRESSION if protected else "",
    }


def _is_chosen(gap, chosen):
    branch, status = chosen.get("ramo"), chosen.get("stato")
    return (not branch or gap.branch == branch.code) and (not status or gap.status == status)


def _leaves_of(branch, found):
    leaves = [gap for gap in found if not gap.is_branch and gap.branch == branch.code and gap.demand]
    return {"asked": len(leaves), "gaps": sum(leaf.is_gap for leaf in leaves)}


@staff_required("observatory.staff")
def what_if(request):
    """A simulation: how many gaps would be left with some more members and centres. Nothing is written."""
    experiment = Experiment.objects.current()
    if not experiment:
        return render(request, "observatory/what_if.html", {"experiment": None})
    home = settings.PORTAL["home_province"]
    candidates = list(gaps.candidates(experiment.network, home))
    asked = {number for number in request.GET.getlist("o") if is_key(number)}
    chosen = [one for one in candidates if str(one.pk) in asked]
    context = {"experiment": experiment, "candidates": candidates, "chosen": chosen}
    if chosen:
        simulated = gaps.simulate(experiment.network, home, [one.pk for one in chosen])
        context |= {"simulated": simulated, "before": simulated.counts[0], "after": simulated.counts[1]}
        context["firms"] = sum(one.kind == "firm" for one in chosen)
        context["centres"] = len(chosen) - context["firms"]
    return render(request, "observatory/what_if.html", context)


@staff_required("observatory.staff")
def week_page(request):
    """What happened in the last seven days, each figure with its list."""
    figures = [(one, request.user.has_perm(one.permission)) for one in week.figures()]
    return render(request, "observatory/week.html", {"figures": figures, "experiment": Experiment.objects.current()})


# Reports --------------------------------------------------------------------------------------------------------------
def _experiment_or_404(number):
    return get_object_or_404(Experiment.objects.select_related("network", "follows"), pk=number)


def _report_context(experiment):
    content = report.of(experiment)
    funnel_rows = content["funnel"]["rows"]
    return {
        "experiment": experiment,
        "report": content,
        "day": report.day_of(content),
        "days": [report.date.fromisoformat(day) for day in content["funnel"]["days"]],
        "funnel_rows": list(zip(funnel_rows, charts.bars([row["counts"][-1] for row in funnel_rows]), strict=True)),
        "svg_height": charts.height(len(funnel_rows)),
        "organizations": report.organizations_in(content),
    }


@reader_required("observatory")
def report_page(request, experiment):
    found = _experiment_or_404(experiment)
    context = {**_report_context(found), "may_close": may_close(request.user)}
    return render(request, "observatory/report.html", context)


@reader_required("observatory")
def report_pdf(request, experiment):
    """The report on paper; where the machine cannot make one, the page that says what is missing."""
    found = _experiment_or_404(experiment)
    with translation.override("it"):
        html = render_to_string("observatory/report_pdf.html", _report_context(found), request)
    try:
        content = pdf.render(html, "css/report.css")
    except pdf.Missing as error:
        return render(request, "observatory/no_pdf.html", {"why": error, "experiment": found}, status=501)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="relazione-{found.pk}.pdf"'
    return response


@closer_required("observatory.close")
@require_POST
def close(request, experiment):
    """Freeze the report: from here on nothing changes it."""
    found = _experiment_or_404(experiment)
    try:
        snapshot = closing.close_experiment(found)
    except closing.NotYet:
        messages.error(request, _("La sperimentazione non è ancora cominciata: non c'è nulla da chiudere."))
    else:
        note_event(Kind.CLOSING, request.user, f"experiment {found.pk}")
        messages.success(request, _("Sperimentazione chiusa. Impronta della relazione: %s") % snapshot.sha256)
    return redirect(found)


@closer_required("observatory.close")
def extend(request, experiment):
    """Proroga: a second experiment that begins where this one ended."""
    found = _experiment_or_404(experiment)
    if not found.is_closed or Experiment.objects.filter(follows=found).exists():
        messages.error(request, _("Si proroga una volta, e dopo la chiusura."))
        return redirect(found)
    last_day = report.day_of(found.snapshot.report)
    form = ExtensionForm(request.POST or None, starts_on=last_day + timezone.timedelta(days=1))
    if request.method == "POST" and form.is_valid():
        made = closing.extend_experiment(found, **form.cleaned_data)
        messages.success(request, _("La proroga è aperta: parte da dove la prima si è fermata."))
        return redirect("observatory:compare", made.pk)
    return render(request, "observatory/extend.html", {"experiment": found, "form": form})


@reader_required("observatory")
def compare(request, experiment):
    """An experiment beside the one that it follows."""
    second = _experiment_or_404(experiment)
    if not second.follows:
        raise Http404
    pair = [second.follows, second]
    reports = [report.of(one) for one in pair]
    context = {"experiment": second, "pair": pair, "rows": _side_by_side(reports)}
    return render(request, "observatory/compare.html", context)


def _side_by_side(reports):
    """(label, values) of the same figure in each report; a figure that one lacks is empty there."""
    rows = [(_("Aderenti della provincia"), [each["members"]["home"] for each in reports])]
    rows.append((_("Quota sul totale (%)"), [each["members"]["share"] for each in reports]))
    for place, stage in enumerate(funnel.STAGES):
        rows.append((stage.label, [each["funnel"]["rows"][place]["counts"][-1] for each in reports]))
    rows.append((_("Competenze richieste"), [each["gaps"]["asked"] for each in reports]))
    rows.append((_("Divari"), [each["gaps"]["count"] for each in reports]))
    for place, table in enumerate(reports[0]["outcomes"]["tables"]):
        totals = [each["outcomes"]["tables"][place]["rows"][0]["value"] for each in reports]
        rows.append((table["label"], totals))
    return rows


# Open data ------------------------------------------------------------------------------------------------------------
@public("open_data")
def open_data_page(request):
    return render(
        request, "observatory/open_data.html", {"snapshot": open_data.latest(), "datasets": open_data.DATASETS}
    )


@public("open_data")
def open_data_catalogue(request):
    content = open_data.catalogue(open_data.latest())
    return HttpResponse(canonical(content), content_type="application/ld+json; charset=utf-8")


@public("open_data")
def open_data_file(request, table):
    """A table of the last approved report: "imbuto.csv", "divari.json"."""
    snapshot, (name, _dot, kind) = open_data.latest(), table.partition(".")
    if name not in open_data.DATASETS or kind not in ("csv", "json") or not snapshot:
        raise Http404
    rows = open_data.rows(name, snapshot.report)
    if kind == "csv":
        return HttpResponse(open_data.as_csv(rows), content_type="text/csv; charset=utf-8")
    return JsonResponse({"sha256": snapshot.sha256, "dati": rows}, json_dumps_params={"ensure_ascii": False})
