"""The report as a document: what its page, its PDF and its ODT show, and the PDF itself.

The PDF is made of the stored report alone and names nobody: whoever is erased later was never in it, and the same
report gives the same bytes whenever it is drawn.
"""

import hashlib

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from .. import funnel, report
from ..algorithms import charts, italian
from ..gaps import STATUSES
from ..models import fingerprint
from . import pdf
from .pdf import Missing

__all__ = ["Missing", "context_of", "draw", "fingerprint_of", "pdf_of", "side_by_side"]


def pdf_of(experiment) -> bytes:
    """The PDF that was kept when it was closed or approved, else one drawn now. Raises Missing."""
    snapshot = experiment.snapshot
    if snapshot:
        kept = snapshot.papers.filter(is_approved=experiment.is_approved).first()
        if kept:
            return bytes(kept.content)
    return draw(experiment, snapshot)


def draw(experiment, snapshot=None) -> bytes:
    """The PDF of a stored report, or of today's figures without one. Raises Missing."""
    content = snapshot.report if snapshot else report.build(experiment)
    with translation.override("it"):
        context = context_of(experiment, content, snapshot) | {"portal": settings.PORTAL}
        html = render_to_string("observatory/report_pdf.html", context)
        return pdf.render(html, "css/report.css", fingerprint(html).encode()[:32])


def fingerprint_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def context_of(experiment, content, snapshot=None) -> dict:
    """Everything that the pages of a report show, in the order in which they show it."""
    rows, found = content["funnel"]["rows"], content["gaps"]
    last = [row["counts"][-1] for row in rows]
    approval = snapshot.verdict if snapshot else None
    return {
        "experiment": experiment,
        "report": content,
        "snapshot": snapshot,
        "approval": approval,
        "approved_on": spoken(approval.approved_on) if approval else "",
        "closed_on": spoken(timezone.localdate(snapshot.at)) if snapshot else "",
        "day": spoken(report.day_of(content)),
        "period": [spoken(report.date.fromisoformat(content["experiment"][name])) for name in ("starts_on", "ends_on")],
        "days": [report.date.fromisoformat(day) for day in content["funnel"]["days"]],
        "funnel_rows": list(zip(rows, charts.steps(last), strict=True)),
        "statuses": [(one, found["words"][one], found["by_status"][one]) for one in STATUSES],
        "priorities": [(row["name"], [row["counts"][one] for one in STATUSES]) for row in found["by_priority"]],
        "branches": list(zip(content["gaps"]["branches"], _branch_bars(content), strict=True)),
        "targets": [{**row, "word": report.VERDICTS.get(row.get("verdict"), "")} for row in content["targets"]],
        "amendments": [
            {**row, "on": spoken(report.date.fromisoformat(row["on"]))} for row in content.get("amendments", [])
        ],
        "beside": _beside(experiment, content),
        "shares": {
            "baseline": italian.share(content["experiment"]["baseline"]["share"]),
            "members": italian.share(content["members"]["share"]) if content["members"]["share"] else "",
        },
    }


def _beside(experiment, content):
    """The figures of the experiment that this one follows, beside its own: None where there is no such report."""
    before = experiment.follows.snapshot if experiment.follows else None
    if not before:
        return None
    return {"names": [before.experiment.name, experiment.name], "rows": side_by_side([before.report, content])}


def _branch_bars(content):
    """Offered here, and offered by the rest of the network: two bars for each branch, on one scale."""
    pairs = [(row.get("offered_here", 0), row.get("offered_elsewhere", 0)) for row in content["gaps"]["branches"]]
    most = max((value for pair in pairs for value in pair), default=0)
    return [{"here": charts.width(here, most), "elsewhere": charts.width(there, most)} for here, there in pairs]


def spoken(day) -> str:
    """ "9 marzo 2025", on one line."""
    return formats.date_format(day, "j F Y").lower().replace(" ", italian.NO_BREAK)


def side_by_side(reports) -> list[tuple[str, list]]:
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
