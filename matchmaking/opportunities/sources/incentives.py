"""The official open data brought in: new calls as drafts, changed ones as differences that staff accept or leave.

Reading a file twice creates nothing and proposes nothing. Rows come in batches, each stored whole or not at all, so
that a file of any length takes the same memory.
"""

import re
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.utils.text import slugify

from members.models import Competence
from members.reference.table_files import Report, Unreadable

from ...algorithms import incentives_csv
from ...algorithms.incentives_csv import Wrong, amount, day, prose
from ...models import Imported, Opportunity, Requirement
from .differences import note_difference, plain
from .eu_calls import vocabulary_of

SOURCE = "incentivi.gov.it"
BATCH = 500
PARTS = [
    ("", "Descrizione"),
    ("Obiettivo", "Obiettivo_Finalita"),
    ("Apertura e chiusura", "Note_di_apertura_chiusura"),
    ("Chi può partecipare", "Tipologia_Soggetto"),
    ("Costi ammessi", "Costi_Ammessi"),
    ("Settore", "Settore_Attivita"),
    ("Base normativa", "Base_normativa_primaria"),
]
AMOUNTS = {
    "budget": "Stanziamento_incentivo",
    "expense_min": "Spesa_Ammessa_min",
    "expense_max": "Spesa_Ammessa_max",
    "amount_min": "Agevolazione_Concedibile_min",
    "amount_max": "Agevolazione_Concedibile_max",
}


@dataclass
class ImportReport(Report):
    """As `Report`, with what is odd about the columns."""

    notes: list[str] = field(default_factory=list)


def import_incentives(file, progress=lambda done: None) -> ImportReport:
    """Load the CSV export from an open binary file. Raises `Unreadable` when it is not that export."""
    lines = (line.decode("utf-8", "surrogateescape") for line in file)
    first = next(lines, "").removeprefix("\ufeff")
    try:
        layout = incentives_csv.header(first)
    except incentives_csv.UnusableFile as error:
        raise Unreadable(str(error)) from error
    report = ImportReport(notes=_notes(layout))
    loader = _Loader(report)
    rows = incentives_csv.records(lines, layout)
    while batch := list(islice(rows, BATCH)):
        loader.load(batch)
        progress(report.created + report.updated + report.unchanged + len(report.rejected))
    return report


def _notes(layout):
    """What is odd about the columns, in words."""
    notes = [("colonne sconosciute, non lette", layout.unknown), ("colonne che mancano", layout.missing)]
    return [f"{what}: {', '.join(columns)}" for what, columns in notes if columns]


class _Loader:
    """Stores batches, remembering which codes this file has already named."""

    def __init__(self, report):
        self.report, self.line_of = report, {}
        self.known = {found.code: found for found in Competence.objects.selectable()}
        self.vocabulary = vocabulary_of(self.known)

    def load(self, batch):
        understood = {}
        for line, row in batch:
            try:
                values = values_of(row)
                self._claim(values["source_id"], line)
            except Wrong as error:
                self.report.rejected.append((line, str(error)))
            else:
                understood[values["source_id"]] = values
        with transaction.atomic():
            self._store(understood)

    def _claim(self, code, line):
        if code in self.line_of:
            raise Wrong(f"ID_Incentivo {code} è già alla riga {self.line_of[code]}")
        self.line_of[code] = line

    def _store(self, understood):
        ours = Imported.objects.filter(opportunity__source=SOURCE, opportunity__source_id__in=understood)
        stored = {each.opportunity.source_id: each for each in ours.select_related("opportunity")}
        changed = [each for code, each in stored.items() if note_difference(each, understood[code])]
        Imported.objects.bulk_update(changed, ["values", "pending", "read_at"])
        self._create([values for code, values in understood.items() if code not in stored])
        self.report.updated += len(changed)
        self.report.unchanged += len(stored) - len(changed)

    def _create(self, new):
        drafts = Opportunity.objects.bulk_create(
            Opportunity(**values, source=SOURCE, slug=slugify(f"incentivo {values['source_id']}")) for values in new
        )
        Imported.objects.bulk_create(
            Imported(opportunity=draft, values=plain(values)) for draft, values in zip(drafts, new, strict=True)
        )
        Requirement.objects.bulk_create(
            Requirement(opportunity=draft, competence=self.known[code], is_suggested=True)
            for draft in drafts
            for code in self.vocabulary.suggest(f"{draft.title}\n{draft.text}")
        )
        self.report.created += len(drafts)


# --- A row as an opportunity ---------------------------------------------------------------------------------------


def values_of(row) -> dict:
    """The fields of an opportunity. Raises `Wrong` when the row, or any value of it, makes no sense."""
    if isinstance(row, Wrong):
        raise row
    _check_encoding(row)
    cells = {name: prose(row.get(name) or "") for name in incentives_csv.COLUMNS}
    code, title = cells["ID_Incentivo"], " ".join(cells["Titolo"].split())
    if not code or not title:
        raise Wrong("mancano ID_Incentivo o Titolo")
    if len(code) > 80 or len(title) > 300:
        raise Wrong("ID_Incentivo è più lungo di 80 caratteri o Titolo di 300")
    return {
        "kind": Opportunity.Kind.CALL.value,
        "title": title,
        "text": (text_of(cells) or title)[:60_000],
        "issuer": cells["Soggetto_Concedente"][:200],
        "aid_form": listed(cells["Forma_agevolazione"])[:200],
        **days_of(cells),
        **{name: amount(cells[column], column) for name, column in AMOUNTS.items()},
        "rules": incentives_csv.rules(cells),
        "source_id": code,
        "source_url": address_of(cells["Link_istituzionale"]),
    }


def _check_encoding(row):
    try:
        "".join(row.values()).encode()
    except UnicodeEncodeError as error:
        raise Wrong("caratteri che non sono UTF-8") from error


def days_of(cells):
    opens_on = day(cells["Data_apertura"], "Data_apertura")
    deadline = day(cells["Data_chiusura"], "Data_chiusura")
    if opens_on and deadline and deadline < opens_on:
        raise Wrong(f"Data_chiusura {deadline:%d/%m/%Y} viene prima di Data_apertura {opens_on:%d/%m/%Y}")
    return {"opens_on": opens_on, "deadline": deadline}


def text_of(cells):
    parts = [(title, listed(cells[column])) for title, column in PARTS]
    return "\n\n".join(f"{title}: {text}" if title else text for title, text in parts if text)


def listed(text):
    """The values of a cell as people list them."""
    return re.sub(r" *\| *", ", ", text)


def address_of(text):
    is_address = text.startswith(("https://", "http://")) and len(text) <= 400 and " " not in text
    return text if is_address else ""
