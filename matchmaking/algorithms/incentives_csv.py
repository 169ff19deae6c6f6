"""The rows of incentivi.gov.it's open data, understood. Pure: no Django.

A file in, (line, row or reason) out, one record at a time. A broken record costs itself, never its neighbours: whoever
reads knows on which line it began and why it was left out.
"""

from __future__ import annotations

import csv
import html
import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from members.rules.texts import readable

COLUMNS = [
    "ID_Incentivo",
    "Titolo",
    "Descrizione",
    "Obiettivo_Finalita",
    "Data_apertura",
    "Data_chiusura",
    "Note_di_apertura_chiusura",
    "Dimensioni",
    "Tipologia_Soggetto",
    "Forma_agevolazione",
    "Costi_Ammessi",
    "Spesa_Ammessa_min",
    "Spesa_Ammessa_max",
    "Agevolazione_Concedibile_min",
    "Agevolazione_Concedibile_max",
    "Settore_Attivita",
    "Codici_ATECO",
    "Regioni",
    "Comuni",
    "Ambito_territoriale",
    "Soggetto_Concedente",
    "Base_normativa_primaria",
    "Stanziamento_incentivo",
    "Link_istituzionale",
    "Data_ultimo_aggiornamento",
]
ESSENTIAL = {"ID_Incentivo", "Titolo"}
LONGEST = 1_000  # lines that one record may take before it counts as an open quotation mark


class UnusableFile(ValueError):
    """The file as a whole cannot be read: the message says what to do."""


class Wrong(ValueError):
    """One row cannot be understood: the message says why."""


class Header(NamedTuple):
    """How the file is written: its separator, its columns, and which of them we know or miss."""

    separator: str
    columns: list[str]
    unknown: list[str]
    missing: list[str]


def header(line: str) -> Header:
    """Raises UnusableFile when the first line is not that of the export."""
    best = max(",;\t|", key=lambda separator: len(set(_fields(line, separator) or []) & set(COLUMNS)))
    columns = [name.strip() for name in _fields(line, best) or []]
    if absent := sorted(ESSENTIAL - set(columns)):
        raise UnusableFile(f"non è l'esportazione di incentivi.gov.it: manca la colonna {', '.join(absent)}")
    unknown = [name for name in columns if name not in COLUMNS]
    return Header(best, columns, unknown, [name for name in COLUMNS if name not in columns])


def _fields(text, separator) -> list[str] | None:
    """The fields of one record; None when its quotation marks do not match."""
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def records(lines: Iterable[str], layout: Header) -> Iterator[tuple[int, dict[str, str] | Wrong]]:
    """(line where it begins, its values by column) of each record; `Wrong` for one that does not hold together.

    `lines` are those after the header, with their ends. A record goes on while a quotation mark is open. If that leads
    nowhere, reading starts anew at the next line that begins like a record: nothing that is whole gets lost.
    """
    begins = re.compile(rf'^"?[\w./-]{{1,40}}"?{re.escape(layout.separator)}')
    coming = _Lines(lines)
    for number, line in coming:
        if not line.strip():
            continue
        taken, is_closed = _one(line, coming, layout, begins)
        answer = _read("".join(taken), layout) if is_closed else Wrong("virgolette aperte e mai chiuse")
        yield number, answer
        if isinstance(answer, Wrong):
            coming.give_back(taken[_next_start(taken, begins) :])


class _Lines:
    """Numbered lines, of which the last ones can be given back."""

    def __init__(self, lines, first=2):
        self.lines, self.back, self.number = iter(lines), deque(), first - 1

    def __iter__(self):
        return self

    def __next__(self):
        line = self.back.popleft() if self.back else next(self.lines)
        self.number += 1
        return self.number, line

    def give_back(self, lines):
        self.back.extendleft(reversed(lines))
        self.number -= len(lines)


def _one(line, coming, layout, begins):
    """(the lines of one record, whether its quotation marks are closed)."""
    taken, is_open = [line], line.count('"') % 2 == 1
    while is_open:
        _number, line = next(coming, (0, None))
        if line is None:
            return taken, False
        taken.append(line)
        if len(taken) > LONGEST or (begins.match(line) and _is_whole(line, layout)):
            return taken, False
        is_open ^= line.count('"') % 2 == 1
    return taken, True


def _is_whole(line, layout):
    """Is this line a record by itself? Inside a record, the line that closes a quotation mark has an odd one."""
    return line.count('"') % 2 == 0 and not isinstance(_read(line, layout), Wrong)


def _read(text, layout) -> dict[str, str] | Wrong:
    values = _fields(readable(text, break_as=" ", keeps_halves=True), layout.separator)
    if values is not None and len(values) == len(layout.columns):
        return dict(zip(layout.columns, values, strict=True))
    return _why(values, layout)


def _next_start(taken, begins):
    """How many lines to leave: up to the next that begins like a record."""
    return next((at for at, line in enumerate(taken) if at and begins.match(line)), len(taken))


def _why(values, layout):
    if values is None:
        return Wrong("virgolette fuori posto")
    return Wrong(f"ha {len(values)} campi invece di {len(layout.columns)}")


# --- Values -------------------------------------------------------------------------------------------------------

_DATES = (
    (re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$"), (1, 2, 3)),
    (re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: .*)?$"), (3, 2, 1)),
    (re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2})$"), (3, 2, 1)),  # of this century
    (re.compile(r"^(\d{4})(\d{2})(\d{2})$"), (1, 2, 3)),
)


def day(text: str, column: str) -> date | None:
    """ "2026-11-30", "2026-11-30T00:00:00", "30/11/2026", "30-11-2026", "20261130"; empty is none."""
    text = text.strip()
    if not text:
        return None
    for pattern, order in _DATES:
        if found := pattern.match(text):
            try:
                year, month, of_month = (found[part] for part in order)
                return date(int(f"20{year}" if len(year) == 2 else year), int(month), int(of_month))
            except ValueError:
                break
    raise Wrong(f"{column}: «{text}» non è una data")


def amount(text: str, column: str) -> Decimal | None:
    """ "1.500.000,00 €", "1500000", "1.500.000", "1500000.50", "1,500,000.00"; empty is none; "1,500" is no amount."""
    plain = re.sub(r"[\s€\u00a0]|EUR|euro", "", text, flags=re.IGNORECASE)
    if not plain:
        return None
    if re.fullmatch(r"\d{1,3},\d{3}", plain):
        raise Wrong(f"{column}: «{text.strip()}» può essere mille o uno: manca un segno")
    if re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", plain):  # as the English write it
        plain = plain.replace(",", "")
    is_italian = "," in plain or re.fullmatch(r"\d{1,3}(\.\d{3})+", plain)
    plain = plain.replace(".", "").replace(",", ".") if is_italian else plain
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise Wrong(f"{column}: «{text.strip()}» non è un importo") from None
    if not value.is_finite() or not 0 <= value < 10**13:
        raise Wrong(f"{column}: «{text.strip()}» è fuori misura")
    return value.quantize(Decimal("0.01"))


def items(text: str) -> list[str]:
    """The values of a cell: divided by pipes, semicolons or ends of line; by commas where there is nothing else."""
    divider = r"[|;\r\n]+" if re.search(r"[|;\r\n]", text) else ","
    return list(dict.fromkeys(filter(None, (each.strip() for each in re.split(divider, text)))))


def prose(text: str) -> str:
    """Text without markup, with the paragraphs it had."""
    text = re.sub(r"(?i)<\s*(br|/p|/li|/div|/h\d)[^>]*>", "\n", text)
    text = html.unescape(re.sub(r"<[^>]+>", "", text)).replace("\r\n", "\n").replace("\x00", "")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


# --- Who may take part, as rules ----------------------------------------------------------------------------------

EVERYBODY = re.compile(r"^(tutt[ie]\b.*|tutti i settori.*|all|qualsiasi.*|nazionale|italia|intero territorio.*)$", re.I)
_SIZES = {"micro": "micro", "piccol": "small", "medi": "medium", "grand": "large"}


def rules(row: dict[str, str]) -> list[dict]:
    """The rules of `eligibility` that the columns state, as dicts; what is not stated makes no rule."""
    found = [
        {"about": "size", "any_of": sizes(row.get("Dimensioni", ""))},
        {"about": "ateco", "any_of": activities(row.get("Codici_ATECO", ""))},
        {"about": "territory", "any_of": territories(row.get("Regioni", ""), row.get("Comuni", ""))},
        {"about": "kind", "any_of": kinds(row.get("Tipologia_Soggetto", ""))},
    ]
    return [rule for rule in found if rule["any_of"]]


def sizes(text: str) -> list[str]:
    """Empty when all of them are named: that is no condition."""
    words = text.casefold()
    if "pmi" in words:
        words += " micro piccol medi"
    named = [size for stem, size in _SIZES.items() if stem in words]
    return named if len(named) < len(_SIZES) else []


def activities(text: str) -> list[str]:
    """ATECO prefixes and section letters: "C - Manifattura | 28.92"."""
    if any(EVERYBODY.match(each) for each in items(text)):
        return []
    codes = [re.match(r"([A-V]|\d\d(?:\.\d{1,2}){0,2}|\d{3,6})(?![\w.])", each, re.I) for each in items(text)]
    return list(dict.fromkeys(found[1].upper() for found in codes if found))


def territories(regions: str, towns: str) -> list[str]:
    """Towns when they are named, else regions; nothing when the whole country is."""
    named = [each for each in items(towns) if not EVERYBODY.match(each)]
    if named:
        return [f"comune:{each}" for each in named]
    named = items(regions)
    if len(named) >= 20 or any(EVERYBODY.match(each) for each in named):
        return []
    return [f"regione:{each}" for each in named]


def kinds(text: str) -> list[str]:
    """The kinds of organization that a call names. One that names others too (people, public bodies) is no condition
    on them; one that names only others is for nobody here, and says so by a rule that asks for its words."""
    words = text.casefold()
    if not words.strip() or EVERYBODY.match(words.strip()):
        return []
    named = [
        kind
        for kind, stems in {
            "firm": ("impres", "startup", "start-up", "cooperativ", "consorz", "professionist"),
            "research_center": ("ricerca", "universit"),
            "financier": ("intermediari finanziari", "banc", "fondi di investimento"),
        }.items()
        if any(stem in words for stem in stems)
    ]
    return named or items(text)
