"""The report as an ODT, for whoever must put it into the minutes: the same words and figures, to be edited."""

from django.utils import translation
from django.utils.translation import gettext as _

from ..algorithms import odt
from ..algorithms.odt import Heading, Paragraph, Table
from . import paper

NOTHING = "–"


def odt_of(experiment, content, snapshot=None) -> bytes:
    """The document, written in Italian from the report alone."""
    with translation.override("it"):
        shown = paper.context_of(experiment, content, snapshot)
        blocks = [*_front(shown), *_promises(shown), *_middle(content), *_gaps(content, shown), *_end(content, shown)]
        return odt.write(_("Relazione all'assemblea dei soci"), blocks)


def _figure(value):
    return "n.p." if value is None else str(value)


def _front(shown):
    content, approval = shown["report"], shown["approval"]
    start, now = content["experiment"]["baseline"], content["members"]
    if not approval:
        yield Paragraph("PROVVISORIA")
    yield Heading(_("Relazione all'assemblea dei soci"))
    yield Paragraph(f"{content['experiment']['name']} · {' – '.join(shown['period'])} · {shown['day']}")
    if approval:
        yield Paragraph(_("Approvata dall'assemblea il %(day)s") % {"day": shown["approved_on"]})
        yield Paragraph(f"{_('Decisione')}: {approval.get_decision_display()}")
    yield Heading(_("1. In breve"), 2)
    yield Table(
        ["", _("Della provincia"), _("Nella rete")],
        [
            [_("All'inizio"), str(start["members"]), str(start["organizations"])],
            [_("Alla data"), _figure(now["home"]), str(now["all"])],
        ],
    )


def _promises(shown):
    yield Heading(_("Obiettivi"), 3)
    yield Table(
        [_("Misura"), _("Promesso"), _("In vigore"), _("Alla data"), _("Esito")],
        [
            [
                row["label"],
                str(row.get("first") or NOTHING),
                str(row["value"]),
                _figure(row["reached"]),
                str(row["word"]),
            ]
            for row in shown["targets"]
        ],
    )
    if shown["amendments"]:
        yield Heading(_("Che cosa è cambiato di quanto promesso"), 3)
        columns = ("label", "before", "after", "reason", "on")
        yield Table(
            [_("Che cosa"), _("Prima"), _("Poi"), _("Perché"), _("Il")],
            [[row[name] or NOTHING for name in columns] for row in shown["amendments"]],
        )


def _middle(content):
    yield Heading(_("2. Che cosa è stato deciso"), 2)
    yield Paragraph(content["experiment"]["decision"] or _("Non è stato scritto."))
    yield Heading(_("3. Che cosa è stato fatto"), 2)
    yield Paragraph(content["experiment"]["work"])
    yield Table([_("Che cosa"), _("Quanti")], [[row["label"], str(row["value"])] for row in content["done"]])
    yield Heading(_("4. Fin dove sono arrivate le imprese"), 2)
    yield Paragraph(content["funnel"]["counted"])
    yield Table(
        [_("Tappa"), *content["funnel"]["days"]],
        [[row["label"], *map(_figure, row["counts"])] for row in content["funnel"]["rows"]],
    )


def _gaps(content, shown):
    yield Heading(_("5. Che cosa manca al territorio"), 2)
    yield Paragraph(" · ".join(f"{word}: {count}" for _code, word, count in shown["statuses"]))
    words = {code: word for code, word, _count in shown["statuses"]}
    named = [*content["gaps"].get("absent", []), *content["gaps"]["worst"]]
    yield Table(
        [_("Competenza"), _("Qui"), _("Bisogni qui"), _("Bandi"), _("Chi l'ha altrove"), _("Che cosa fare")],
        [
            [
                row["name"],
                words[row["status"]],
                _figure(row["needs_home"]),
                str(row["calls"]),
                row.get("supply") or NOTHING,
                row["action"],
            ]
            for row in named
        ],
    )


def _end(content, shown):
    yield Heading(_("6. Che cosa ne è venuto"), 2)
    for table in content["outcomes"]["tables"]:
        rows = [[row["label"], _figure(row["value"])] for row in table["rows"]]
        yield Table([table["label"], _("Quante")], rows)
    yield Heading(_("7. Che cosa è costato"), 2)
    costs = [[row["label"], row["amount"]] for row in content["costs"]["rows"]]
    yield Table([_("Voce"), _("Euro")], [*costs, [_("In tutto"), content["costs"]["total"]]])
    yield Heading(_("8. La proposta all'assemblea"), 2)
    yield Paragraph(content["experiment"]["proposal"] or _("Non è ancora stata scritta."))
    yield Heading(_("9. Approvazione"), 2)
    blank = "____________________"
    approval = shown["approval"]
    yield Paragraph(f"{_('Protocollo')}: {(approval and approval.protocol) or blank}")
    yield Paragraph(_("Il presidente dell'assemblea") + f": {blank}")
    yield Paragraph(f"{_('Il segretario')}: {blank}")
    yield Heading(_("Note: che cosa contano le cifre"), 2)
    for row in content["funnel"]["rows"]:
        yield Paragraph(f"{row['label']}: {row['definition']}")
    for part in (content["members"], content["gaps"], content["outcomes"]):
        yield Paragraph(part["definition"])
    yield Paragraph(content["suppression"])
    if shown["snapshot"]:
        yield Paragraph(f"sha256 {shown['snapshot'].sha256}")
