"""What a cell of an office's list means. Each reader gives the value that is kept, notes what it had to change, or says
in one sentence why it cannot be: a `ValueError` with a text for people."""

import re
from contextlib import suppress
from datetime import date, datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..models import Adhesion, Organization
from ..models.organizations import WRONG
from ..rules import identifiers
from ..rules.spreadsheets import Formula, fold, plain
from ..rules.texts import readable

NOTHING = {"nd", "na", "nn", "nc", "nessuno", "nessuna", "nonpervenuto", "null", "none"}  # and cells without a letter
ERRORS = ("#N/", "#RIF", "#REF", "#VAL", "#DIV", "#NOM", "#NAM", "#NUM", "#NULL")  # of Excel, in two languages
FOREIGN = re.compile(r"(?!IT)[A-Z]{2}[A-Z0-9]{2,13}")
SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)
THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
COUNT = re.compile(r"(?:n\.?\s*)?(\d+)(?:[.,]0+)?\s*(?:addett\w+|dipendent\w+|occupat\w+|unit\w+|ula)?", re.IGNORECASE)
CALLED = re.compile(r"\+?[\d][\d\s()/.\-]{3,38}\d")
NOT_CALLED = "+0123456789 ()/.-"


def is_nothing(value) -> bool:
    """Empty, or what people write into a cell that must not be empty: "-", "n.d.", "#N/D"."""
    text = plain(value)
    return not text or fold(text) in NOTHING or not fold(text) or text.upper().startswith(ERRORS)


def text(value, notes, longest):
    if isinstance(value, Formula):
        raise ValueError(
            _("È una formula di cui il file non contiene il risultato: aprilo in Excel, salvalo e riprova.")
        )
    found = plain(value)
    if len(found) > longest:
        raise ValueError(_("Il testo è troppo lungo: al massimo %(longest)d caratteri.") % {"longest": longest})
    return found


def prose(value, notes, longest):
    """Text that may have more than one line."""
    if not isinstance(value, str) or isinstance(value, Formula) or "\n" not in value:
        return text(value, notes, longest)
    lines = [plain(line) for line in readable(value).split("\n")]
    return text("", notes, longest) or _within("\n".join(lines).strip(), longest)


def _within(found, longest):
    if len(found) > longest:
        raise ValueError(_("Il testo è troppo lungo: al massimo %(longest)d caratteri.") % {"longest": longest})
    return found


def number_of(kind, value, notes):
    """Partita IVA or codice fiscale. Excel drops the zeros in front: they come back when the check digit agrees."""
    found = re.sub(r"[\s.\-/'’_]", "", text(value, notes, 60)).upper()
    found = re.sub(r"^(?:PARTITAIVA|PIVA|CODICEFISCALE|CF)[:.]?", "", found)
    if SCIENTIFIC.fullmatch(text(value, notes, 60)):
        raise ValueError(
            _("Excel ha abbreviato il numero e le cifre sono perse: formatta la colonna come testo e riscrivilo.")
        )
    if kind == "vat_number" and FOREIGN.fullmatch(found) and len(found) != 16:
        raise ValueError(
            _("È un numero IVA estero (%(country)s): qui entra una partita IVA italiana, o niente.")
            % {"country": found[:2]}
        )
    digits = found.removeprefix("IT")
    if digits.isdecimal() and 5 <= len(digits) < 11:
        padded = digits.zfill(11)
        with suppress(identifiers.Wrong):
            found = identifiers.vat_number(padded)
            notes.append(
                _("letto «%(found)s»: a «%(text)s» mancavano gli zeri davanti, e la cifra di controllo torna")
                % {"found": found, "text": plain(value)}
            )
    try:
        return getattr(identifiers, kind)(found)
    except identifiers.Wrong as error:
        raise ValueError(str(WRONG[kind, error.code])) from error


def website(value, notes):
    found = text(value, notes, 1000).strip("<>;,")
    first = re.split(r"[;,\s]+", found)[0]
    if first != found:
        notes.append(_("tra «%(text)s» è preso il primo sito") % {"text": found[:80]})
    if "@" in first:
        raise ValueError(_("Questo è un indirizzo e-mail, non un sito."))
    first = (
        re.sub(r"(?i)^(?:https?:?/{0,2})?(?=[^/:]+\.)", "", first) if not re.match(r"(?i)https?://", first) else first
    )
    first = first if re.match(r"(?i)https?://", first) else f"https://{first}"
    scheme, _colon, rest = first.partition("://")
    address = f"{scheme.lower()}://{rest}"
    try:
        return Organization._meta.get_field("website").clean(address, None)
    except ValidationError:
        raise ValueError(_("Non è l'indirizzo di un sito: per esempio www.impresa.it.")) from None


def email(value, notes, others=None):
    """The first address of the cell; `others` takes the rest, for nothing that somebody wrote is lost."""
    found = re.sub(r"(?i)mailto:|[<>\"]", " ", text(value, notes, 1000))
    addresses = [one.strip(".:") for one in re.split(r"[;,/\s]+", found) if one.strip(".:")]
    for address in addresses:
        try:
            Organization._meta.get_field("contact_email").clean(address, None)
        except ValidationError:
            raise ValueError(
                _("«%(text)s» non è un indirizzo e-mail: per esempio nome@impresa.it.") % {"text": address[:80]}
            ) from None
    if len(addresses) > 1:
        notes.append(
            _("tra più indirizzi è preso il primo, %(first)s; gli altri vanno negli appunti riservati")
            % {"first": addresses[0]}
        )
        if others is not None:
            others += addresses[1:]
    return addresses[0] if addresses else ""


def phone(value, notes, others=None):
    """A number that Excel took for a sum has lost its zero, or its plus, and gets it back."""
    found = text(value, notes, 400)
    if isinstance(value, (int, float)):
        whole = f"+{found}" if found.startswith("39") and len(found) > 10 else found
        whole = f"0{found}" if not found.startswith(("3", "8", "1", "0")) else whole
        if whole != found:
            notes.append(
                _("telefono letto «%(whole)s»: Excel aveva tolto l'inizio a «%(found)s»")
                % {"whole": whole, "found": found}
            )
        return whole
    if set(found) <= set(NOT_CALLED) and len(found) <= 40:
        return found
    first = CALLED.search(found)
    if not first:
        raise ValueError(_("Non c'è un numero di telefono: servono le cifre."))
    if others is not None:
        others.append(found)
    notes.append(
        _("di «%(text)s» è preso %(first)s; il testo intero va negli appunti riservati")
        % {"text": found[:80], "first": first[0]}
    )
    return first[0]


def workers(value, notes):
    found = text(value, notes, 60)
    if THOUSANDS.fullmatch(found):
        found = found.replace(".", "")
    count = COUNT.fullmatch(found)
    if not count or len(count[1]) > 7:
        raise ValueError(_("«%(text)s» non è un numero intero.") % {"text": found[:40]})
    return int(count[1])


def postal_code(value, notes):
    found = re.sub(r"^[A-Z]{1,2}-", "", text(value, notes, 40).upper())
    if found.isdecimal() and len(found) in (3, 4):
        found = found.zfill(5)
        notes.append(_("CAP letto «%(found)s»") % {"found": found})
    if not re.fullmatch(r"[0-9]{5}", found):
        raise ValueError(_("Un CAP ha 5 cifre."))
    return found


def kind(value, notes):
    """ "impresa", "centro di ricerca", "operatore finanziario"."""
    words = {fold(word): one for one in Organization.Kind for word in (one, one.label)}
    words |= {
        fold(word): Organization.Kind.FIRM for word in ("azienda", "ditta", "imprese", "società", "impresa individuale")
    }
    found = text(value, notes, 200)
    if fold(found) not in words:
        raise ValueError(
            _("«%(text)s» non è un tipo: impresa, centro di ricerca o operatore finanziario.") % {"text": found[:40]}
        )
    return words[fold(found)]


def adhesion_state(value, notes):
    states = {fold(word): state for state in Adhesion.State for word in (state, state.label)}
    found = text(value, notes, 200)
    if fold(found) not in states:
        known = ", ".join(str(state.label).lower() for state in Adhesion.State)
        raise ValueError(_("«%(text)s» non è uno stato: %(known)s.") % {"text": found[:40], "known": known})
    return states[fold(found)]


def day(value, notes):
    """31/12/2025, 31-12-25 or 2025-12-31; a spreadsheet gives the day itself."""
    if isinstance(value, (datetime, date)):
        return value.date() if isinstance(value, datetime) else value
    found = text(value, notes, 60).split(" ")[0].replace(".", "/").replace("-", "/")
    for form in ("%d/%m/%Y", "%Y/%m/%d", "%d/%m/%y"):
        with suppress(ValueError):
            return datetime.strptime(found, form).date()
    raise ValueError(_("«%(text)s» non è una data: scrivi giorno/mese/anno.") % {"text": found[:40]})


READERS = {
    "name": partial(text, longest=160),
    "kind": kind,
    "vat_number": partial(number_of, "vat_number"),
    "tax_code": partial(number_of, "tax_code"),
    "description": partial(prose, longest=4000),
    "website": website,
    "phone": phone,
    "contact_email": email,
    "workers": workers,
    "street": partial(text, longest=160),
    "postal_code": postal_code,
    "locality": partial(text, longest=80),
    "pec": email,
    "addressee": partial(text, longest=120),
    "adhesion_state": adhesion_state,
    "adhesion_since": day,
}
WITH_OTHERS = {"phone", "contact_email", "pec"}  # readers that hand on what does not fit
