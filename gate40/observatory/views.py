"""The observatory's pages: the staff read every figure, the partners of the Consorzio those that may leave it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.guards import public, staff_required
from members.models import Municipality, Organization
from members.models.users import acts_as_staff
from members.rules.texts import is_key
from members.safety.events import Kind, note_event

from . import closing, funnel, gaps, months, open_data, report, week
from .algorithms import charts, draws, italian, odt
from .documents import minutes, paper
from .forms import ApprovalForm, ClosingForm, DayForm, ExtensionForm, GapFilter, SectorForm, WithdrawalForm
from .guards import closer_required, may_close, reader_required
from .models import Experiment, canonical, fingerprint
from .sectors import find_sectors

ON_A_PAGE = 15  # gaps


@reader_required("observatory")
def home(request):
    """How far the firms have come: the funnel of a day, the experiments and their reports."""
    experiment = Experiment.objects.current()
    context = {"experiments": Experiment.objects.select_related("follows"), "experiment": experiment}
    if experiment:
        shown = _live_funnel(request, experiment) if acts_as_staff(request.user) else _closed_funnel(experiment)
        context |= {"counted": funnel.COUNTED, **shown}
    return render(request, "observatory/home.html", context)


def _live_funnel(request, experiment):
    """For the staff: any day up to today, every figure with its firms."""
    asked = Asked.by(request, experiment)
    if asked.is_refused:
        return {"asked": asked}
    rows = funnel.compute_funnel(asked.moment, asked.province, asked.place)
    bars = charts.bars([row.count for row in rows])
    members = report.members_of(asked.moment, asked.province)
    return {
        "asked": asked,
        "is_empty": not any(row.count for row in rows) and not members["all"],
        "day": asked.moment.day,
        "rows": [
            {
                "key": row.stage.key,
                "label": row.stage.label,
                "definition": row.stage.definition,
                "count": row.count,
                "alone": row.alone,
                "bar": bar,
            }
            for row, bar in zip(rows, bars, strict=True)
        ],
        "province": asked.province,
        "comune": f"&comune={asked.place.pk}" if asked.place else "",
        "members": members,
        "share": italian.share(members["share"]) if members["share"] else "",
    }


def _closed_funnel(experiment):
    """For readers without contacts: the report once it is closed, until then the last month that is over."""
    content = closed_content(experiment)
    if content is None:
        return {}
    rows = content["funnel"]["rows"]
    bars = charts.bars([row["counts"][-1] for row in rows])
    return {
        "day": report.day_of(content),
        "rows": [{**row, "count": row["counts"][-1], "bar": bar} for row, bar in zip(rows, bars, strict=True)],
        "province": content["province"]["code"],
        "members": content["members"],
        "share": italian.share(content["members"]["share"]) if content["members"]["share"] else "",
    }


def closed_content(experiment):
    """What a reader without contacts may see of an experiment: a value that does not move from day to day, or None."""
    snapshot = experiment.snapshot
    if snapshot:
        return snapshot.report
    month = months.latest(experiment)
    return month.report if month else None


@dataclass(frozen=True)
class Asked:
    """What a page was asked for: a day and a province. A day that makes no sense is refused, not replaced."""

    form: DayForm
    moment: funnel.Moment
    province: str
    place: Municipality | None = None

    @classmethod
    def by(cls, request, experiment):
        home, today = settings.PORTAL["home_province"], timezone.localdate()
        form = DayForm(request.GET or None, initial={"provincia": home, "al": today})
        values = form.cleaned_data if form.is_valid() else {}
        province = values.get("provincia")
        moment = funnel.Moment(values.get("al") or today, experiment.network)
        return cls(form, moment, province.pk if province else home, values.get("comune"))

    @property
    def is_refused(self):
        return self.form.is_bound and not self.form.is_valid()


@staff_required("observatory.staff")
def firms(request, stage):
    """The firms behind a figure of the funnel."""
    experiment = Experiment.objects.current()
    found = next((one for one in funnel.STAGES if one.key == stage), None)
    if not experiment or not found:
        raise Http404
    asked = Asked.by(request, experiment)
    if asked.is_refused:  # the first page says why
        return redirect(f"{reverse('observatory:home')}?{request.GET.urlencode()}")
    rows = funnel.compute_funnel(asked.moment, asked.province, asked.place)
    listed = funnel.firms_at(stage, asked.moment, asked.province, asked.place).with_places().order_by("name")
    count = next(row.count for row in rows if row.stage == found)
    context = {"stage": found, "asked": asked, "firms": listed, "count": count, "gone": count - len(listed)}
    told = funnel.course(stage, experiment, asked.province)
    context |= {"source": funnel.SOURCES[stage], "course": told, "points": charts.course([n for _day, n in told])}
    return render(request, "observatory/firms.html", context)


@reader_required("observatory")
def gaps_page(request):
    """What the territory asks for and lacks, with the evidence and what to do about it."""
    experiment = Experiment.objects.current()
    context = {"experiment": experiment}
    if experiment and acts_as_staff(request.user):
        found = gaps.compute_gaps(experiment.network, settings.PORTAL["home_province"])
        context |= {"unknown": gaps.unknown_words(), "searched": gaps.only_searched(found)}
        context |= _gap_context(request, report.whole_gaps(found))
    elif experiment and (content := closed_content(experiment)):
        context |= {"note": report.SUPPRESSION, "day": report.day_of(content)}
        context |= _gap_context(request, content["gaps"])
    return render(request, "observatory/gaps.html", context)


def _gap_context(request, content):
    """The rows of the page, chosen and in order; whatever is hidden was hidden before."""
    form = GapFilter(request.GET, priorities=[row["name"] for row in content["by_priority"] if row["name"]])
    form.is_valid()
    chosen = form.cleaned_data
    rows = [row for row in content["leaves"] if _is_chosen(row, chosen)]
    page = Paginator(sorted(rows, key=report.urgency), ON_A_PAGE).get_page(request.GET.get("page"))
    statuses = [(one, content["by_status"][one.value]) for one in gaps.Status]
    axis = chosen.get("asse") or gaps.S3
    priorities = _by_axis(content["leaves"], gaps.priorities(axis))
    most = max([sum(counts) for _name, counts in priorities] or [0])
    return {
        "form": form,
        "page": page,
        "branches": [{**row, "word": content["words"][row["status"]]} for row in content["branches"]],
        "rows": _rows_with_names(page, content["words"]),
        "count": content["count"],
        "asked_for": content["asked"],
        "statuses": statuses,
        "priorities": [(name or _("Nessuna voce"), counts, charts.stack(counts, most)) for name, counts in priorities],
        "axis": gaps.AXES[axis],
        "svg_width": str(charts.WIDTH),
        "definition": content["definition"],
    }


def _by_axis(leaves, terms):
    """(term, how many competences that are asked for stand in each status) along a classification."""
    found = {}
    for row in leaves:
        term = terms.get(row["code"][: gaps.BRANCH_LENGTH], "")
        found.setdefault(term, dict.fromkeys(gaps.Status.values, 0))[row["status"]] += 1
    return [(term, list(found[term].values())) for term in sorted(found, key=lambda term: (not term, term))]


def _rows_with_names(page, words):
    """Each competence with its word and with whoever has it elsewhere and is still there."""
    wanted = {number for row in page for number in row["who"]}
    known = Organization.objects.published().only("name", "slug").in_bulk(wanted)
    return [
        {**row, "word": words[row["status"]], "who": [known[number] for number in row["who"] if number in known]}
        for row in page
    ]


def _is_chosen(row, chosen):
    branch, status, priority = chosen.get("ramo"), chosen.get("stato"), chosen.get("priorita")
    is_wanted = row["status"] == status if status else row["is_gap"]
    is_in_branch = not branch or row["code"].startswith(branch.code)
    return is_wanted and is_in_branch and (not priority or row.get("priority") == priority)


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
    known = find_sectors(experiment.network, home)
    form = SectorForm(request.GET or None, sectors=known)
    context = {"experiment": experiment, "candidates": candidates, "chosen": chosen, "form": form}
    count = form.cleaned_data["quante"] or 0 if form.is_valid() else 0
    if chosen or count:
        simulated = gaps.simulate(experiment.network, home, [one.pk for one in chosen])
        context |= {"simulated": simulated, "before": simulated.counts[0], "after": simulated.counts[1]}
        context["firms"] = sum(one.kind == "firm" for one in chosen)
        context["centres"] = len(chosen) - context["firms"]
        context |= _drawn(simulated.after, count, form.chosen(known)) if count else {}
    return render(request, "observatory/what_if.html", context)


def _drawn(found, count, sectors):
    """How many gaps would be left with so many firms like those of the sectors: a range."""
    profiles = [profile for sector in sectors for profile in sector.profiles]
    if not profiles:
        return {"is_unknown": True}
    asked = {gap.code: gap for gap in found if gap.demand and not gap.is_branch}
    supply = {code: gap.supply_home for code, gap in asked.items()}
    drawn = draws.draw_gaps(supply, gaps.ENOUGH, profiles, count)
    likely = sorted(drawn.closed.items(), key=lambda pair: (-pair[1], pair[0]))[:ON_A_PAGE]
    return {
        "count": count,
        "drawn": drawn,
        "likely": [(asked[code], round(100 * share)) for code, share in likely],
        "is_guessed": any(sector.is_guessed for sector in sectors),
        "sectors": sectors,
    }


@staff_required("observatory.staff")
def week_page(request):
    """What happened in the last seven days, each figure with its list."""
    figures = [(one, request.user.has_perm(one.permission)) for one in week.figures()]
    return render(request, "observatory/week.html", {"figures": figures, "experiment": Experiment.objects.current()})


# Reports --------------------------------------------------------------------------------------------------------------
def _experiment_or_404(number):
    return get_object_or_404(Experiment.objects.select_related("network", "follows"), pk=number)


def _report_for(reader, experiment):
    """(the report that this reader may see now, the snapshot that it comes from): None where there is nothing yet."""
    snapshot = experiment.snapshot
    if snapshot:
        return snapshot.report, snapshot
    if not experiment.has_begun:
        return None, None
    return (report.build(experiment) if acts_as_staff(reader) else closed_content(experiment)), None


@reader_required("observatory")
def report_page(request, experiment):
    found = _experiment_or_404(experiment)
    content, snapshot = _report_for(request.user, found)
    context = {"experiment": found, "snapshot": snapshot, "may_close": may_close(request.user)}
    context |= {"withdrawn": found.snapshots.exclude(withdrawn_at=None), "may_extend": closing.may_extend(found)}
    if content:
        context |= paper.context_of(found, content, snapshot)
        context["suppliers"] = _suppliers(content)
    return render(request, "observatory/report.html", context)


def _suppliers(content):
    """Who has elsewhere what is missing here, by name: on the page alone, and without whoever is gone."""
    known = report.organizations_in(content)
    named = [
        (row["name"], [known[number] for number in row["who"] if number in known]) for row in content["gaps"]["worst"]
    ]
    return [(name, who) for name, who in named if who]


@reader_required("observatory")
def report_pdf(request, experiment):
    """The report on paper; where the machine cannot make one, the page that says what is missing."""
    found = _experiment_or_404(experiment)
    _may_have_document(request.user, found)
    try:
        content = paper.pdf_of(found)
    except paper.Missing as error:
        return render(request, "observatory/no_pdf.html", {"why": error, "experiment": found}, status=501)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="relazione-{found.pk}.pdf"'
    return response


def _may_have_document(reader, experiment):
    """Documents are for the staff at any time, for everybody else once the report is closed: before, it moves."""
    if not experiment.snapshot and not (acts_as_staff(reader) and experiment.has_begun):
        raise Http404


@reader_required("observatory")
def report_odt(request, experiment):
    """The report to be edited, for the minutes: what is voted on is the PDF."""
    found = _experiment_or_404(experiment)
    _may_have_document(request.user, found)
    content, snapshot = _report_for(request.user, found)
    response = HttpResponse(minutes.odt_of(found, content, snapshot), content_type=odt.MIME)
    response["Content-Disposition"] = f'attachment; filename="relazione-{found.pk}.odt"'
    return response


@reader_required("observatory")
def report_json(request, experiment):
    """The closed report in its canonical form: the sha256 of this file is the fingerprint on the document."""
    snapshot = _experiment_or_404(experiment).snapshot
    if not snapshot:
        raise Http404
    response = HttpResponse(snapshot.content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="relazione-{snapshot.experiment_id}.json"'
    return response


@closer_required("observatory.close")
def close(request, experiment):
    """From ready to closed to approved: what is missing, what will be published, and the next step as a form."""
    found = _experiment_or_404(experiment)
    step = STEPS.get(request.POST.get("step", "")) if request.method == "POST" else None
    form = None
    if step:
        form = step.form(found, request.POST) if step.form else None
        if form is None or form.is_valid():
            return _take_step(request, found, step, form)
    return render(request, "observatory/closing.html", _closing_context(found, form))


@dataclass(frozen=True)
class Step:
    """A step of the life of an experiment: `take(experiment, values)`, said so when it is done."""

    take: Callable
    done: str
    form: Callable | None = None


def _approval_form(experiment, data=None):
    closed_on = timezone.localdate(experiment.closed_at) if experiment.closed_at else timezone.localdate()
    return ApprovalForm(data, closed_on=closed_on)


STEPS = {
    "ready": Step(lambda one, _values: closing.make_ready(one), gettext_lazy("È pronta: ora si può chiudere.")),
    "back": Step(lambda one, _values: closing.take_back(one), gettext_lazy("La sperimentazione è di nuovo in corso.")),
    "close": Step(
        lambda one, values: closing.close_experiment(one, values["seen"]),
        gettext_lazy("Sperimentazione chiusa: le sue cifre non cambiano più."),
        lambda one, data=None: ClosingForm(data, experiment=one),
    ),
    "withdraw": Step(
        lambda one, values: closing.withdraw_closing(one, values["reason"]),
        gettext_lazy("La chiusura è ritirata: la relazione resta, con il perché."),
        lambda one, data=None: WithdrawalForm(data),
    ),
    "approve": Step(
        lambda one, values: closing.approve_report(one, **values),
        gettext_lazy("Approvazione registrata: i dati aperti sono pubblici."),
        _approval_form,
    ),
}
NEXT = {  # what may be done in each state; a form of each is shown
    Experiment.State.OPEN: ["ready"],
    Experiment.State.READY: ["close", "back"],
    Experiment.State.CLOSED: ["approve", "withdraw"],
    Experiment.State.APPROVED: [],
}


def _take_step(request, experiment, step, form):
    try:
        step.take(experiment, form.cleaned_data if form else {})
    except closing.NotYet:
        messages.error(request, _("Questo passo ora non si può fare: manca qualcosa, o l'ha già fatto qualcun altro."))
        return redirect("observatory:close", experiment.pk)
    except closing.Changed:
        messages.error(request, _("Nel frattempo le cifre sono cambiate: guardate quelle nuove, poi chiudete."))
        return redirect("observatory:close", experiment.pk)
    note_event(Kind.CLOSING, request.user, f"experiment {experiment.pk}: {request.POST['step']}")
    messages.success(request, step.done)
    return redirect(experiment)


def _closing_context(experiment, refused):
    """The page of the steps: the figures as they would be closed, what will be public, and the forms."""
    following = NEXT[experiment.state] if experiment.has_begun else []
    context = {"experiment": experiment, "checks": closing.checks(experiment), "datasets": open_data.DATASETS}
    if following and not experiment.is_closed:
        content = report.build(experiment)
        context |= {"report": content, "seen": fingerprint(canonical(content))}
        context |= {"day": report.day_of(content), "targets": paper.context_of(experiment, content)["targets"]}
    forms = {name: STEPS[name].form(experiment) for name in following if STEPS[name].form}
    if refused is not None:
        forms |= {name: refused for name in forms if type(forms[name]) is type(refused)}
    if "close" in forms:
        forms["close"].initial = {"seen": context["seen"]}
    is_complete = all(check.is_met for check in context["checks"])
    return {**context, "forms": forms, "following": following, "is_complete": is_complete}


@closer_required("observatory.close")
def extend(request, experiment):
    """Proroga: a second experiment that begins where this one ended."""
    found = _experiment_or_404(experiment)
    if not closing.may_extend(found):
        messages.error(request, _("Si proroga una volta, e quando l'assemblea l'ha deciso."))
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
    reports = [_report_for(request.user, one)[0] for one in pair]
    told = [(one, content) for one, content in zip(pair, reports, strict=True) if content]
    waiting = [one for one, content in zip(pair, reports, strict=True) if not content]
    rows = paper.side_by_side([content for _one, content in told]) if told else []
    context = {"experiment": second, "pair": [one for one, _content in told], "rows": rows, "waiting": waiting}
    return render(request, "observatory/compare.html", context)


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
