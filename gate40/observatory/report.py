"""The report for the assembly: one value, of plain JSON, from which the page, the PDF and the ODT are made.

Whatever could point at fewer than three firms is already hidden in it (null), beside everything that was published
before. Organizations are numbers: their names are looked up when the page is shown, so that whoever is erased is in no
report. It is written in Italian.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.models import Opportunity
from members.models import Adhesion, Organization, Province
from news.models import Announcement, Campaign, Delivery

from . import answers, funnel, gaps
from .algorithms.charts import number
from .algorithms.italian import NO_BREAK, comma
from .algorithms.suppression import THRESHOLD, Cell, band, protect, thin, too_near
from .models import Experiment, Snapshot, Target

VERSION = 2
WORST = 12  # gaps of each kind that the document lists; the open data have them all


@dataclass(frozen=True)
class Scope:
    """What a report is about: the experiment, the day up to which it looks, and what readers have already."""

    experiment: object
    day: date
    province: str
    published: list[dict]

    @property
    def moments(self):
        return [funnel.Moment(day, self.experiment.network) for day in (self.experiment.starts_on, self.day)]


def build(experiment, day=None) -> dict:
    """The report of an experiment, up to `day`: its last day or today when none is said."""
    province = settings.PORTAL["home_province"]
    # As it stands now, and each list of it asked for once.
    told_of = Experiment.objects.select_related("network", "follows")
    experiment = told_of.prefetch_related("amendments", "targets", "notes", "costs").get(pk=experiment.pk)
    kept = Snapshot.objects.filter(experiment__network=experiment.network).order_by("pk")
    scope = Scope(experiment, day or experiment.last_day, province, [snapshot.report for snapshot in kept])
    with translation.override("it"):
        found = gaps.compute_gaps(experiment.network, province, is_open=True)
        stages, members = _funnel(scope), members_of(scope.moments[-1], province)
        return {
            "version": VERSION,
            "day": scope.day.isoformat(),
            "province": {"code": province, "name": _province_name(province)},
            "experiment": _experiment(experiment),
            "amendments": _amendments(experiment),
            "members": members,
            "funnel": stages,
            "targets": _targets(experiment, stages, members),
            "done": _done(experiment, scope.day),
            "gaps": published_gaps(found, scope.published),
            "outcomes": _outcomes(scope),
            "costs": _costs(experiment),
            "suppression": str(SUPPRESSION),
        }


SUPPRESSION = translation.gettext_lazy(
    "«n.p.» (non pubblicato): dietro la cifra ci sono meno di tre imprese, o dalla cifra, accanto alle altre già "
    "pubblicate, se ne ricaverebbe un'altra dietro cui ce ne sono meno di tre."
)


def of(experiment) -> dict:
    """What was closed, once the experiment is closed; until then the figures of today."""
    snapshot = experiment.snapshot
    return snapshot.report if snapshot else build(experiment)


def organizations_in(report) -> dict[int, Organization]:
    """Whoever the report points at and is still published."""
    numbers = {number for row in report["gaps"]["leaves"] for number in row["who"]}
    return Organization.objects.published().only("name", "slug").in_bulk(numbers)


# Its parts ------------------------------------------------------------------------------------------------------------
def _experiment(experiment):
    share = Decimal(100 * experiment.baseline_members) / experiment.baseline_organizations
    return {
        "name": experiment.name,
        "starts_on": experiment.starts_on.isoformat(),
        "ends_on": experiment.promise("ends_on").isoformat(),
        "follows": experiment.follows.name if experiment.follows else None,
        **{name: experiment.promise(name) for name in ("decision", "work", "proposal")},
        "baseline": {
            "members": experiment.baseline_members,
            "organizations": experiment.baseline_organizations,
            "share": comma(share),
            "notes": [note.text for note in experiment.notes.all()],
        },
    }


def _amendments(experiment):
    """Every change of what was promised, with what stood there first."""
    return [
        {
            "what": one.what,
            "label": str(one.get_measure_display() if one.measure else one.get_what_display()),
            "before": one.before,
            "after": one.after,
            "reason": one.reason,
            "on": timezone.localdate(one.at).isoformat(),
        }
        for one in experiment.amendments.all()
    ]


def _province_name(code):
    found = Province.objects.filter(code=code).first()
    return found.name if found else code


def members_of(moment, province):
    """Who belongs to the network, of every kind: in the province and in all."""
    standing = funnel.members(moment)
    everybody = standing.values("organization").distinct().count()
    home = standing.filter(organization__municipality__province=province).values("organization").distinct().count()
    is_small = 0 < home < THRESHOLD or 0 < everybody - home < THRESHOLD
    return {
        "home": None if is_small else home,
        "all": everybody,
        "share": None if is_small or not everybody else comma(Decimal(100 * home) / everybody),
        "definition": _(
            "Organizzazioni di ogni tipo che aderiscono alla rete in quel giorno; quelle della provincia secondo la "
            "sede di oggi."
        ),
    }


def _funnel(scope):
    """The last day first: where two columns together would tell of a handful, the first day keeps silent."""
    first, last = ([row.count for row in funnel.compute_funnel(one, scope.province)] for one in scope.moments)
    beside = [column for content in scope.published for column in _columns_of(content)]
    shown_last = thin(last, beside)
    shown_first = thin(first, [*beside, shown_last])
    return {
        "days": [moment.day.isoformat() for moment in scope.moments],
        "counted": str(funnel.COUNTED),
        "rows": [
            {
                "key": stage.key,
                "label": str(stage.label),
                "definition": str(stage.definition),
                "counts": [shown_first[place], shown_last[place]],
            }
            for place, stage in enumerate(funnel.STAGES)
        ],
    }


def _columns_of(content):
    """The columns of a funnel that readers have, in the order of the stages of today."""
    rows = {row["key"]: row["counts"] for row in content["funnel"]["rows"]}
    missing = [None] * len(content["funnel"]["days"])
    return [list(column) for column in zip(*(rows.get(one.key, missing) for one in funnel.STAGES), strict=True)]


def _targets(experiment, stages, members):
    """Each target as it was promised, as it holds, and whether it was reached, told from published figures alone."""
    reached = {row["key"]: row["counts"][-1] for row in stages["rows"]} | {"members": members["home"]}
    return [
        {
            "measure": measure,
            "label": str(Target.Measure(measure).label),
            "first": first,
            "value": value,
            "reached": reached[measure],
            "verdict": verdict(reached[measure], value),
        }
        for measure, (first, value) in experiment.promised_targets().items()
    ]


VERDICTS = {
    "reached": translation.gettext_lazy("raggiunto"),
    "missed": translation.gettext_lazy("non raggiunto"),
    "unmeasured": translation.gettext_lazy("non misurabile"),
}


def verdict(reached, value) -> str:
    """A figure that is not published measures nothing."""
    if reached is None:
        return "unmeasured"
    return "reached" if reached >= value else "missed"


def _done(experiment, day):
    """What the portal did in the period: things, not firms."""
    period = (_begin(experiment), funnel.Moment(day, experiment.network).before)
    opportunities = Opportunity.objects.filter(published_at__range=period)
    counted = [
        (_("Annunci pubblicati"), Announcement.objects.filter(published_at__range=period)),
        (_("Newsletter inviate"), Campaign.objects.filter(started_at__range=period, purpose="newsletter")),
        (_("Messaggi consegnati"), Delivery.objects.filter(sent_at__range=period, bounced_at=None)),
        (_("Opportunità pubblicate, eventi esclusi"), opportunities.exclude(kind=Opportunity.Kind.EVENT)),
        (_("Eventi pubblicati"), opportunities.filter(kind=Opportunity.Kind.EVENT)),
    ]
    return [{"label": label, "value": found.count()} for label, found in counted]


def _begin(experiment):
    return timezone.make_aware(datetime.combine(experiment.starts_on, time.min))


def published_gaps(found, published=()):
    """Counts of competences are public; counts of firms go through `protect`, a table for each kind of evidence."""
    return _told_gaps(
        found,
        {name: _protected(found, *columns, _evidence_of(name, published)) for name, columns in EVIDENCE.items()},
    )


def whole_gaps(found):
    """The same for the staff: every figure as it is, and how many offer each competence."""
    content = _told_gaps(found, {name: {gap.code: getattr(gap, name) for gap in found} for name in EVIDENCE})
    by_code = {gap.code: gap for gap in found}
    for row in content["leaves"]:
        gap = by_code[row["code"]]
        row |= {"supply_home": gap.supply_home, "supply_elsewhere": gap.supply_elsewhere}
    return content


def _told_gaps(found, shown):
    notes = _Notes.on(found)
    leaves = [_gap(gap, shown, notes) for gap in found if not gap.is_branch and gap.demand]
    return {
        "count": gaps.count(found),
        "asked": len(leaves),
        "by_status": gaps.by_status(found),
        "by_priority": [{"name": name, "counts": counts} for name, counts in gaps.by_priority(found)],
        "branches": [_branch(gap, found, shown, notes) for gap in found if gap.is_branch],
        "leaves": leaves,
        **_worst_of(leaves),
        "words": {status.value: str(status.label) for status in gaps.Status},
        "definition": str(GAPS),
    }


def _worst_of(leaves):
    """The gaps that the document names, worst first: what nobody offers, and the rest."""
    worst = sorted((row for row in leaves if row["is_gap"]), key=urgency)
    absent = [row for row in worst if row["status"] == gaps.Status.ABSENT.value]
    others = [row for row in worst if row["status"] != gaps.Status.ABSENT.value]
    return {"absent": absent[:WORST], "absent_more": len(absent[WORST:]), "worst": others[:WORST]}


def urgency(row):
    """First what nobody offers here, then by the demand here, then elsewhere: told by the figures that are shown, or a
    hidden one could be told from its neighbours. Searches move nothing."""
    here = number(row["needs_home"]) + number(row["requests"]) + row["calls"]
    return row["status"] == gaps.Status.SCARCE.value, -here, -number(row["needs_elsewhere"]), row["code"]


@dataclass(frozen=True)
class _Notes:
    """What is looked up once for all competences: kinds of suppliers, priorities of the regional strategy."""

    kinds: dict[int, str]
    priorities: dict[str, str]

    @classmethod
    def on(cls, found):
        suppliers = Organization.objects.filter(pk__in={o for gap in found for o in gap.who})
        return cls(dict(suppliers.values_list("pk", "kind")), gaps.priorities())

    def supply(self, gap):
        """ "2 centri di ricerca, 1 impresa"."""
        counted = Counter(self.kinds[number] for number in gap.who)
        return ", ".join(f"{n}{NO_BREAK}{_KINDS[kind][n > 1]}" for kind, n in sorted(counted.items()))


def _branch(gap, found, shown, notes):
    leaves = _below(gap, found)
    counts = {"asked": sum(leaf.demand > 0 for leaf in leaves), "gaps": sum(leaf.is_gap for leaf in leaves)}
    here = sum(leaf.supply_home > 0 for leaf in leaves)
    elsewhere = sum(leaf.supply_elsewhere > 0 for leaf in leaves)
    return {**_gap(gap, shown, notes), "who": [], **counts, "offered_here": here, "offered_elsewhere": elsewhere}


def _gap(gap, shown, notes):
    return {
        "code": gap.code,
        "name": gap.name_it,
        "status": gap.status.value,
        "is_gap": gap.is_gap,
        **{name: values[gap.code] for name, values in shown.items()},
        "calls": gap.calls,
        "who": list(gap.who),
        "supply": notes.supply(gap),
        "priority": notes.priorities.get(gap.branch, ""),
        "action": str(gap.action),
    }


_KINDS = {
    "firm": ("impresa", "imprese"),
    "research_center": ("centro di ricerca", "centri di ricerca"),
    "financier": ("operatore finanziario", "operatori finanziari"),
}


def _evidence_of(name, published):
    """The figures of one kind of evidence that readers have already: {code: figure} for each report."""
    for content in published:
        yield {row["code"]: row[name] for row in [*content["gaps"]["branches"], *content["gaps"]["leaves"]]}


# Evidence that comes from firms: its figure, and how many firms stand behind it.
EVIDENCE = {
    "needs_home": ("needs_home", "needs_home"),
    "needs_elsewhere": ("needs_elsewhere", "needs_elsewhere"),
    "requests": ("requests", "requesters"),
    "searches": ("searches", "searches"),
}
GAPS = translation.gettext_lazy(
    "Una competenza è richiesta se un'organizzazione pubblicata la cerca apertamente, o se la chiedono un bando o una "
    "richiesta di collaborazione aperti a tutti: ciò che è riservato non entra in nessuna cifra. Le ricerche senza "
    "risposta dell'ultimo anno le stanno accanto e non spostano nulla: si contano le imprese che hanno cercato, "
    "ognuna una volta, e chi non è della rete tutti insieme come una. È presente se la offrono almeno tre aderenti "
    "della provincia, scarsa se uno o due, solo fuori provincia se la offrono soltanto aderenti con sede altrove, "
    "assente se non la offre nessuno. È un divario se è richiesta e non presente. I totali di un ramo sommano le sue "
    "competenze."
)


def _below(branch, found):
    return [gap for gap in found if not gap.is_branch and gap.branch == branch.code]


def _protected(found, figure, firms, published):
    """{code: the figure, or None where it is hidden}; a branch is the sum of its leaves, "" of the branches."""
    cells = {"": Cell(0, 0)}
    for branch in (gap for gap in found if gap.is_branch):
        leaves = _below(branch, found)
        total, behind = sum(getattr(gap, figure) for gap in leaves), getattr(branch, firms)
        cells[branch.code] = Cell(total, behind, "")
        cells |= {gap.code: Cell(getattr(gap, figure), getattr(gap, firms), branch.code) for gap in leaves}
        cells[""] = Cell(cells[""].value + total, max(cells[""].firms, behind))
    hidden = protect(cells, too_near(cells, published))
    return {code: None if code in hidden else cell.value for code, cell in cells.items()}


def _outcomes(scope):
    """What became of the answers of the firms of the province: tables of which each total is the sum of its parts."""
    moment = scope.moments[-1]
    firms = funnel.firms_at("zone", moment, scope.province).values("pk")
    tallies = answers.tallies(moment.before, firms, since=_begin(scope.experiment))
    return {
        "tables": [_outcome_table(tally, _tables_of(tally, scope.published)) for tally in tallies],
        "definition": _(
            "Risposte date nel periodo da imprese che alla fine erano della zona. Degli interessi conta la prima "
            "decisione di chi li ha ricevuti; di com'è andata, l'ultima parola di ogni impresa."
        ),
    }


def _tables_of(tally, published):
    for content in published:
        for table in content["outcomes"]["tables"]:
            if table["label"] == str(tally.label):
                yield {row.get("key"): row["value"] for row in table["rows"]}


def _outcome_table(tally, published):
    cells = {key: Cell(count, behind, "all") for key, (_label, count, behind) in tally.parts.items()}
    everything = sum(cell.value for cell in cells.values())
    cells["all"] = Cell(everything, max(cell.firms for cell in cells.values()))
    hidden = protect(cells, too_near(cells, published))
    names = {"all": _("In tutto")} | {key: str(label) for key, (label, _count, _behind) in tally.parts.items()}
    shown = {key: None if key in hidden else cell.value for key, cell in cells.items()}
    rows = [{"key": key, "label": names[key], "value": shown[key]} for key in names]
    return {"label": str(tally.label), "rows": rows}


def _costs(experiment):
    rows = [{"label": cost.label, "amount": comma(cost.amount)} for cost in experiment.costs.all()]
    total = sum((cost.amount for cost in experiment.costs.all()), Decimal(0))
    return {"fee": comma(experiment.promise("fee")), "rows": rows, "total": comma(total)}


def day_of(report) -> date:
    return date.fromisoformat(report["day"])


def members_on(experiment, day) -> tuple[int, int]:
    """(of the province, in all): where the next experiment begins."""
    standing = funnel.members(funnel.Moment(day, experiment.network))
    home = Adhesion.objects.filter(
        pk__in=standing.values("pk"), organization__municipality__province=settings.PORTAL["home_province"]
    )
    return home.values("organization").distinct().count(), standing.values("organization").distinct().count()


# Before it is closed --------------------------------------------------------------------------------------------------
def in_bands(content: dict) -> dict:
    """The report as readers without contacts may see it while it moves: counts of firms as bands, nothing to subtract.

    Lists are in the order of the bands, for that of the figures would tell them apart.
    """
    for row in content["funnel"]["rows"]:
        row["counts"] = [band(count) for count in row["counts"]]
    for target in content["targets"]:
        target |= {"reached": band(target["reached"]), "verdict": ""}
    for table in content["outcomes"]["tables"]:
        for row in table["rows"]:
            row["value"] = band(row["value"])
    found = content["gaps"]
    for row in [*found["branches"], *found["leaves"]]:
        row |= {name: band(row[name]) for name in EVIDENCE}
    found |= _worst_of(found["leaves"])
    return content
