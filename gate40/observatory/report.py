"""The report for the assembly: one value, of plain JSON, from which the page and the PDF are made.

Whatever could point at fewer than three firms is already hidden in it (null). Organizations are numbers: their names
are looked up when the report is shown, so that whoever is erased is in no report. It is written in Italian.
"""

from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.models import Opportunity
from members.models import Adhesion, Organization, Province
from news.models import Announcement, Campaign, Delivery

from . import answers, funnel, gaps
from .algorithms.suppression import THRESHOLD, Cell, protect, thin

VERSION = 1
WORST = 12  # gaps that the document lists; the open data have them all


def build(experiment) -> dict:
    """The report of an experiment, up to its last day or today."""
    day, province = experiment.last_day, settings.PORTAL["home_province"]
    with translation.override("it"):
        found = gaps.compute_gaps(experiment.network, province)
        moments = [funnel.Moment(each, experiment.network) for each in (experiment.starts_on, day)]
        return {
            "version": VERSION,
            "day": day.isoformat(),
            "province": {"code": province, "name": _province_name(province)},
            "experiment": _experiment(experiment),
            "members": members_of(moments[-1], province),
            "funnel": _funnel(moments, province),
            "targets": _targets(experiment, moments[-1], province),
            "done": _done(experiment, day),
            "gaps": published_gaps(found),
            "outcomes": _outcomes(moments[-1], province),
            "costs": _costs(experiment),
            "suppression": str(SUPPRESSION),
        }


SUPPRESSION = translation.gettext_lazy(
    "«n.p.» (non pubblicato): dietro la cifra ci sono meno di tre imprese, o dalla cifra si ricaverebbe un'altra "
    "dietro cui ce ne sono meno di tre."
)


def of(experiment) -> dict:
    """What was approved, once the experiment is closed; until then the figures of today."""
    return experiment.snapshot.report if experiment.is_closed else build(experiment)


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
        "ends_on": experiment.ends_on.isoformat(),
        "follows": experiment.follows.name if experiment.follows else None,
        "decision": experiment.decision,
        "work": experiment.work,
        "proposal": experiment.proposal,
        "baseline": {
            "members": experiment.baseline_members,
            "organizations": experiment.baseline_organizations,
            "share": _comma(share),
            "notes": [note.text for note in experiment.notes.all()],
        },
    }


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
        "share": None if is_small or not everybody else _comma(Decimal(100 * home) / everybody),
        "definition": _(
            "Organizzazioni di ogni tipo che aderiscono alla rete in quel giorno; quelle della provincia secondo la "
            "sede di oggi."
        ),
    }


def _funnel(moments, province):
    columns = [funnel.compute_funnel(moment, province) for moment in moments]
    shown = [thin([row.count for row in rows]) for rows in columns]
    return {
        "days": [moment.day.isoformat() for moment in moments],
        "counted": str(funnel.COUNTED),
        "rows": [
            {
                "key": stage.key,
                "label": str(stage.label),
                "definition": str(stage.definition),
                "counts": [counts[place] for counts in shown],
            }
            for place, stage in enumerate(funnel.STAGES)
        ],
    }


def _targets(experiment, moment, province):
    rows = funnel.compute_funnel(moment, province)
    reached = dict(zip([row.stage.key for row in rows], thin([row.count for row in rows]), strict=True))
    reached["members"] = members_of(moment, province)["home"]
    return [
        {
            "measure": target.measure,
            "label": str(target.get_measure_display()),
            "value": target.value,
            "reached": reached[target.measure],
        }
        for target in experiment.targets.all()
    ]


def _done(experiment, day):
    """What the portal did in the period: things, not firms."""
    begin = timezone.make_aware(datetime.combine(experiment.starts_on, time.min))
    period = (begin, funnel.Moment(day, experiment.network).before)
    opportunities = Opportunity.objects.filter(published_at__range=period)
    counted = [
        (_("Annunci pubblicati"), Announcement.objects.filter(published_at__range=period)),
        (_("Newsletter inviate"), Campaign.objects.filter(started_at__range=period, purpose="newsletter")),
        (_("Messaggi consegnati"), Delivery.objects.filter(sent_at__range=period, bounced_at=None)),
        (_("Opportunità pubblicate, eventi esclusi"), opportunities.exclude(kind=Opportunity.Kind.EVENT)),
        (_("Eventi pubblicati"), opportunities.filter(kind=Opportunity.Kind.EVENT)),
    ]
    return [{"label": label, "value": found.count()} for label, found in counted]


def published_gaps(found):
    """Counts of competences are public; counts of firms go through `protect`, a table for each kind of evidence."""
    shown = {name: _protected(found, *columns) for name, columns in EVIDENCE.items()}
    leaves = [_gap(gap, shown) for gap in found if not gap.is_branch and gap.demand]
    by_code = {row["code"]: row for row in leaves}
    worst = [gap.code for gap in gaps.worst_first(found, by_code)[:WORST]]
    return {
        "count": gaps.count(found),
        "asked": len(leaves),
        "by_status": gaps.by_status(found),
        "by_priority": [{"name": name, "counts": counts} for name, counts in gaps.by_priority(found)],
        "branches": [
            {
                **_gap(gap, shown),
                "who": [],
                "asked": sum(leaf.demand > 0 for leaf in _below(gap, found)),
                "gaps": sum(leaf.is_gap for leaf in _below(gap, found)),
            }
            for gap in found
            if gap.is_branch
        ],
        "leaves": leaves,
        "worst": [by_code[code] for code in worst],
        "words": {status.value: str(status.label) for status in gaps.Status},
        "definition": str(GAPS),
    }


def _gap(gap, shown):
    return {
        "code": gap.code,
        "name": gap.name_it,
        "status": gap.status.value,
        "is_gap": gap.is_gap,
        **{name: values[gap.code] for name, values in shown.items()},
        "calls": gap.calls,
        "who": list(gap.who),
        "action": str(gap.action),
    }


# Evidence that comes from firms: its figure, and how many firms stand behind it.
EVIDENCE = {
    "needs_home": ("needs_home", "needs_home"),
    "needs_elsewhere": ("needs_elsewhere", "needs_elsewhere"),
    "requests": ("requests", "requesters"),
    "searches": ("searches", "searches"),
}
GAPS = translation.gettext_lazy(
    "Una competenza è richiesta se un'organizzazione pubblicata la cerca (anche in modo riservato), o se la chiedono un "
    "bando o una richiesta di collaborazione aperti. Le ricerche senza risposta dell'ultimo anno le stanno accanto e "
    "non spostano nulla: si contano le imprese che hanno cercato, ognuna una volta, e chi non è della rete tutti "
    "insieme come una. È presente se la offrono almeno tre aderenti della provincia, scarsa se uno o due, solo fuori "
    "provincia se la offrono soltanto aderenti con sede altrove, assente se non la offre nessuno. È un divario se è "
    "richiesta e non presente. I totali di un ramo sommano le sue competenze."
)


def _below(branch, found):
    return [gap for gap in found if not gap.is_branch and gap.branch == branch.code]


def _protected(found, figure, firms):
    """{code: the figure, or None where it is hidden}; a branch is the sum of its leaves, "" of the branches."""
    cells = {"": Cell(0, 0)}
    for branch in (gap for gap in found if gap.is_branch):
        leaves = _below(branch, found)
        total, behind = sum(getattr(gap, figure) for gap in leaves), getattr(branch, firms)
        cells[branch.code] = Cell(total, behind, "")
        cells |= {gap.code: Cell(getattr(gap, figure), getattr(gap, firms), branch.code) for gap in leaves}
        cells[""] = Cell(cells[""].value + total, max(cells[""].firms, behind))
    hidden = protect(cells)
    return {code: None if code in hidden else cell.value for code, cell in cells.items()}


def _outcomes(moment, province):
    """What became of the answers of the firms of the province: tables of which each total is the sum of its parts."""
    firms = funnel.firms_at("zone", moment, province).values("pk")
    return {
        "tables": [_outcome_table(tally) for tally in answers.tallies(moment.before, firms)],
        "definition": _(
            "Risposte date entro la data da imprese che allora erano della zona. Degli interessi conta la prima "
            "decisione di chi li ha ricevuti; di com'è andata, l'ultima parola di ogni impresa."
        ),
    }


def _outcome_table(tally):
    cells = {key: Cell(count, behind, "all") for key, (_label, count, behind) in tally.parts.items()}
    everything = sum(cell.value for cell in cells.values())
    cells["all"] = Cell(everything, max(cell.firms for cell in cells.values()))
    hidden = protect(cells)
    names = {"all": _("In tutto")} | {key: str(label) for key, (label, _count, _behind) in tally.parts.items()}
    shown = {key: None if key in hidden else cell.value for key, cell in cells.items()}
    return {"label": str(tally.label), "rows": [{"label": names[key], "value": shown[key]} for key in names]}


def _costs(experiment):
    rows = [{"label": cost.label, "amount": _comma(cost.amount)} for cost in experiment.costs.all()]
    total = sum((cost.amount for cost in experiment.costs.all()), Decimal(0))
    return {"fee": _comma(experiment.fee), "rows": rows, "total": _comma(total)}


def _comma(number: Decimal) -> str:
    """Two decimals, as they are written in Italian."""
    return f"{number:.2f}".replace(".", ",")


def day_of(report) -> date:
    return date.fromisoformat(report["day"])


def members_on(experiment, day) -> tuple[int, int]:
    """(of the province, in all): where the next experiment begins."""
    standing = funnel.members(funnel.Moment(day, experiment.network))
    home = Adhesion.objects.filter(
        pk__in=standing.values("pk"), organization__municipality__province=settings.PORTAL["home_province"]
    )
    return home.values("organization").distinct().count(), standing.values("organization").distinct().count()
