"""Sheets as an office has them: whatever file comes, rows come out, numbered as Excel numbers them. Pure: no Django.

A cell is a text, a number, a moment or None. Reading anew starts anew; no sheet is ever whole in memory.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from . import texts

BLANKS = 1_000  # rows without a word, one after the other: behind them a sheet has ended
COLUMNS = 100  # a row is read up to here
UNPACKED = 150_000_000  # bytes: a sheet that grows beyond is a bomb, not a list
LONGEST = 32_767  # characters that a cell of Excel holds
DELIMITERS = ";,\t|"
ITALIAN = set("àèéìòùÀÈÉÌÒÙ’‘“”«»°€–ç")
SINGLE = ("cp1252", "cp850", "mac_roman")  # Excel of Windows, of MS-DOS, of the Mac


class Unreadable(ValueError):
    """No list can be read out of this file. `code`: "old_excel", "broken", "huge" or "empty"."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Formula(str):
    """A formula whose result the file does not hold: whoever wrote it never let Excel calculate."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """One table of a file. `rows()` gives (number as in Excel, cells) from the top each time."""

    name: str
    content: bytes
    position: int | None  # in its workbook; None for a file of text

    def rows(self) -> Iterator[tuple[int, list]]:
        found = _text_rows(self.content) if self.position is None else _excel_rows(self.content, self.position)
        blanks = 0
        for number, row in found:
            cells = [_cell(value) for value in row[:COLUMNS]]
            blanks = 0 if any(cell is not None for cell in cells) else blanks + 1
            if blanks > BLANKS:
                return
            yield number, cells


def sheets(content: bytes) -> list[Sheet]:
    """The sheets of a file that are not hidden; a file of text has one. Raises `Unreadable`."""
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable("old_excel")
    if content[:4] == b"PK\x03\x04":
        return _sheets_of_workbook(content)
    if _is_binary(content):
        raise Unreadable("broken")
    return [Sheet("", content, None)]


# Excel ----------------------------------------------------------------------------------------------------------------
def _sheets_of_workbook(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED:
                raise Unreadable("huge")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [
            Sheet(sheet.title, content, position)
            for position, sheet in enumerate(book.worksheets)
            if sheet.sheet_state == "visible"
        ]
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken file makes its reader say
        raise Unreadable("broken") from error


def _excel_rows(content, position):
    try:
        results = _values(content, position, data_only=True)
        if not _has_formulas(content):
            yield from enumerate(results, 1)
            return
        pairs = zip(results, _values(content, position, data_only=False), strict=False)
        for number, (row, written) in enumerate(pairs, 1):
            yield (
                number,
                [Formula(raw) if cell is None and raw else cell for cell, raw in zip(row, written, strict=False)],
            )
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("broken") from error


def _values(content, position, data_only):
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    sheet = book.worksheets[position]
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    return sheet.iter_rows(values_only=True)


def _has_formulas(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/"):
                with packed.open(name) as file:
                    if any(b"<f>" in chunk or b"<f " in chunk for chunk in _overlapping(file)):
                        return True
    return False


def _overlapping(file, size=1 << 20):
    before = b""
    while chunk := file.read(size):
        yield before + chunk
        before = chunk[-3:]


# Text -----------------------------------------------------------------------------------------------------------------
def decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 if it says so or holds together, else the code page that makes the most Italian of it."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        sample = content[:200_000]
        best = max(SINGLE, key=lambda encoding: _italian(sample.decode(encoding, errors="replace")))
        return content.decode(best, errors="replace")


def _italian(text):
    return sum(1 if one in ITALIAN else -1 for one in text if ord(one) > 127)


def _is_binary(content):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    head = content[:4_096]
    strange = sum(byte < 32 and byte not in (9, 10, 11, 13) for byte in head)
    return strange * 5 > len(head) or head.startswith((b"%PDF", b"%!PS", b"{\\rtf")) or b"<html" in head[:500].lower()


def _text_rows(content):
    text = decoded(content)
    told = re.match(r'"?sep=(.)"?\r?\n', text, re.IGNORECASE)  # Excel's own way to say it; no row of the sheet
    text, delimiter = (text[told.end() :], told[1]) if told else (text, _delimiter(text))
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
    except csv.Error as error:
        raise Unreadable("broken") from error


def _delimiter(text):
    """The one that divides most rows into the same number of cells; titles above hold none and do not count."""
    lines = text[:20_000].splitlines()[:40]

    def evenness(delimiter):
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
        return max(((widths.count(width) * (width - 1), width) for width in widths), default=(0, 0))

    try:
        return max(DELIMITERS, key=evenness)
    except csv.Error:
        return ";"


# Cells ----------------------------------------------------------------------------------------------------------------
def _cell(value):
    if not isinstance(value, str):
        return value
    text = texts.readable(value).strip()
    return (Formula(text) if isinstance(value, Formula) else text) or None


def plain(value) -> str:
    """A cell as one line of text: "12" for 12.0, blanks of every kind as one, and no apostrophe that we put there."""
    if value is None or value is False:
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    if isinstance(value, (datetime, date)):
        return value.strftime("%d/%m/%Y")
    text = " ".join(re.sub(r"[\u200b-\u200f\u2060\ufeff\xad]", "", str(value)).split())
    return texts.as_typed(text)


def fold(text: str) -> str:
    """What two ways to write one word share: small letters and digits, without accents, apostrophes, blanks."""
    bare = unicodedata.normalize("NFKD", str(text).casefold())
    return "".join(one for one in bare if one.isalnum())


# Out ------------------------------------------------------------------------------------------------------------------
def neutral(value):
    """No text that a spreadsheet would run: it gets an apostrophe in front, which reading takes away again."""
    return texts.harmless_cell(value) if isinstance(value, str) else value


def workbook(head: list[str], rows: Iterable[Iterable], title: str = "Elenco") -> bytes:
    """An xlsx whose first row stays in sight and can be filtered. Numbers are numbers and days are days."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for position, text in enumerate(head):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(position + 1)].width = min(max(len(text) + 4, 14), 40)
    sheet.append([_bold(sheet, text) for text in head])
    try:
        for row in rows:
            sheet.append([_for_excel(sheet, value) for value in row])
    except BaseException:  # rows that break off leave no half-written file behind
        sheet.close()
        sheet._writer.cleanup()
        raise
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bold(sheet, text):
    cell = WriteOnlyCell(sheet, neutral(text))
    cell.font = Font(bold=True)
    return cell


def _for_excel(sheet, value):
    if isinstance(value, str):
        return neutral(texts.readable(value))[:LONGEST]
    if isinstance(value, (date, datetime)):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "dd/mm/yyyy hh:mm" if isinstance(value, datetime) else "dd/mm/yyyy"
        return cell
    return value


def italian_csv(head: list[str], rows: Iterable[Iterable]) -> Iterator[str]:
    """The CSV that an Italian Excel opens with a double click: a mark in front, semicolons, days as written."""
    line = io.StringIO()
    out = csv.writer(line, delimiter=";")
    line.write("\ufeff")
    out.writerow([neutral(text) for text in head])
    yield line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        out.writerow([_for_csv(value) for value in row])
        yield line.getvalue()


def _for_csv(value):
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return neutral(texts.readable(value)) if isinstance(value, str) else value
