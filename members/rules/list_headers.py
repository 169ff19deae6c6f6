"""Which column of an office's list holds what: names in any spelling, and their row. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .spreadsheets import fold, plain

# The exact names, as `fold` leaves them; then parts of a name that tell, asked in this order.
NAMES = {
    "name": "denominazione ragionesociale nome nomeimpresa nomeazienda azienda impresa ditta societa organizzazione "
    "denominazioneimpresa intestazione cliente socio consorziato",
    "kind": "tipo tipologia tipoorganizzazione",
    "vat_number": "partitaiva piva pariva partiva iva vat vatnumber partitaivacodicefiscale pivacf cfpiva pivacodfisc",
    "tax_code": "codicefiscale codfiscale codfisc cf cfiscale",
    "municipality": "comune citta comunesede comunedisede cittasede paese sedecomune",
    "province": "provincia prov pr sigla siglaprovincia",
    "description": "checosafa attivita descrizione descrizioneattivita oggettosociale settore lavorazioni prodotti",
    "website": "sito sitoweb sitointernet web internet url www indirizzoweb homepage",
    "phone": "telefono tel telefonofisso fisso recapitotelefonico ntel cellulare cell mobile telefonouff",
    "contact_email": "email mail emailpercontatti emailaziendale indirizzoemail postaelettronica emailpericontatti",
    "workers": "addetti naddetti numeroaddetti dipendenti ndipendenti numerodipendenti occupati nraddetti",
    "street": "indirizzo via sedelegale indirizzosede viaecivico indirizzosedelegale indirizzopostale",
    "postal_code": "cap codicepostale codiceavviamentopostale",
    "locality": "localita frazione",
    "pec": "pec indirizzopec emailpec postacertificata postaelettronicacertificata mailpec",
    "addressee": "referente allattenzionedi attenzione alegalerappresentante legalerappresentante titolare "
    "personadariferimento personadiriferimento contatto allacortesiaattenzione",
    "network": "rete",
    "adhesion_state": "statoadesione statodelladesione adesione",
    "adhesion_since": "adesionedal dataadesione dataiscrizione",
}
IGNORED = {"riga", "motivo", "note", "n", "nr", "num", "numero", "id", "progressivo", "fax", "stato"}
PARTS = [
    ("pec", "pec certificata"),
    ("contact_email", "email mail elettronica"),
    ("website", "sito web www internet"),
    ("vat_number", "partitaiva piva"),
    ("tax_code", "codicefisc codfisc"),
    ("workers", "addetti dipendent occupati"),
    ("province", "provincia"),
    ("municipality", "comune"),
    ("locality", "localita frazione"),
    ("phone", "telefon cellulare tel"),
    ("name", "ragionesociale denominazione nomeimpresa nomeazienda"),
    ("description", "attivita checosafa descrizione"),
    ("addressee", "referente rappresentante titolare"),
    ("street", "indirizzo"),
]
EXACT = {word: field for field, words in NAMES.items() for word in words.split()}
TOP = 30  # rows in which the headers are looked for
LONGEST = 40  # characters of a header that is one


def guess(header, remembered: Mapping[str, str] | None = None) -> str:
    """The field that a header means, "" for none; what somebody once said of this very header comes first."""
    word = fold(plain(header))
    if remembered and word in remembered:
        return remembered[word]
    if not word or word in IGNORED or len(word) > LONGEST:
        return ""
    if word in EXACT:
        return EXACT[word]
    return next((field for field, parts in PARTS if any(part in word for part in parts.split())), "")


def columns(headers: Iterable, remembered: Mapping[str, str] | None = None) -> list[str]:
    """A field for each header; two that mean the same: the first has it."""
    found, taken = [], set()
    for header in headers:
        field = guess(header, remembered)
        found.append("" if field in taken else field)
        taken.add(field)
    return found


def head_row(rows: Iterable[tuple[int, list]], remembered: Mapping[str, str] | None = None) -> tuple[int, list, int]:
    """(its number, its cells, how many of them are known) of the row that says what the columns are.

    Titles above hold few known names; without any, the first row of two cells or more is taken.
    """
    best, first = (0, [], 0), None
    for number, cells in rows:
        if number > TOP:
            break
        known = sum(bool(field) for field in columns(cells, remembered))
        if known > best[2]:
            best = number, cells, known
        if first is None and sum(cell is not None for cell in cells) > 1:
            first = number, cells, 0
    return best if best[2] else first or best


def is_total(cells: Mapping[str, object]) -> bool:
    """A sum at the end of a list is no firm: it says so, and says neither where it is nor what its number is."""
    word = fold(plain(cells.get("name")))
    is_named = word.startswith(("total", "tot", "somma", "subtotal")) and len(word) < 30
    return is_named and not any(
        cells.get(field) for field in ("municipality", "vat_number", "tax_code", "contact_email")
    )
