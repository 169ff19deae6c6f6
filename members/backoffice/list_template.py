"""The empty list that staff hand out: the columns by the names that an import knows, and a sheet that explains."""

import io

import openpyxl
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .list_import import LABELS, NEEDED

EXPLAINED = {
    "name": _("Serve sempre. La ragione sociale intera."),
    "municipality": _("Serve sempre. Un comune, non una località: per «Marina di Carrara» il comune è Carrara."),
    "province": _("La sigla o il nome, se due comuni si chiamano allo stesso modo."),
    "vat_number": _("11 cifre. La colonna è già formattata come testo, così gli zeri davanti restano."),
    "tax_code": _("16 caratteri, o 11 cifre per una società."),
    "kind": _("impresa (se manca), centro di ricerca, operatore finanziario."),
    "workers": _("Un numero intero."),
    "postal_code": _("5 cifre."),
    "locality": _("Se l'indirizzo postale non porta il nome del comune."),
    "pec": _("Si stampa sulle lettere e basta: il portale non le scrive."),
    "addressee": _("La persona a cui va la lettera."),
    "adhesion_state": _("contattata, interessata, domanda presentata, aderente, uscita."),
    "adhesion_since": _("giorno/mese/anno; oggi se manca."),
}
ORDER = [*NEEDED, *(name for name in LABELS if name not in NEEDED)]


def workbook() -> bytes:
    """An xlsx in Italian, whoever asks: the import knows the columns by these names."""
    with translation.override(settings.LANGUAGE_CODE):
        return _workbook()


def _workbook():
    book = openpyxl.Workbook()
    sheet, notes = book.active, book.create_sheet(str(_("Istruzioni")))
    sheet.title, sheet.freeze_panes = str(_("Elenco")), "A2"
    for at, name in enumerate(ORDER, 1):
        cell = sheet.cell(1, at, str(LABELS[name]))
        cell.font = Font(bold=True)
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width = 22
        if name not in ("workers", "adhesion_since"):
            column.number_format = "@"
        notes.append([str(LABELS[name]), str(EXPLAINED.get(name, ""))])
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 22, 90
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
