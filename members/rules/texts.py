"""Text that can be stored, shown and read by every program. Pure: no Django.

PostgreSQL stores no NUL, XML has no control characters, UTF-8 no halves of a pair; a spreadsheet runs a cell that
begins like a formula, and takes what stands after its own separator for a new cell.
"""

import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO

ENDS_OF_LINE = re.compile(r"\r\n?")
BREAKS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # what some programs take for the end of a line
HALVES = re.compile(r"[\ud800-\udfff]")  # bytes that were no text
UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SOFT_BREAKS = str.maketrans("\x0b\x0c", "\n\n")  # what a word processor puts between two lines or two pages
NUMBERS = (int, float, Decimal, date)
LIVE = "=+\\-@＝＋－＠"
STARTS_FORMULA = re.compile(rf"(\A[\t\r\n\"\s]*|[;\t\r\n][\"\s]*|,\"?)(?=[{LIVE}])")
MADE_HARMLESS = re.compile(rf"(\A[\t\r\n\"\s]*|[;\t\r\n][\"\s]*|,\"?)'(?=[{LIVE}])")


def is_readable(text: str) -> bool:
    return not CONTROL.search(text)


def is_key(text: str) -> bool:
    """Could it be the number of a row? Digits alone, and no more than a database keeps."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def with_plain_breaks(text: str) -> str:
    """The breaks of a word processor as ends of line."""
    return text.translate(SOFT_BREAKS)


def readable(text: str, break_as: str = "\n", keeps_halves: bool = False) -> str:
    """The text without what no program reads, for what was stored or sent before anybody looked: every end of a line is
    the same, a break that only some programs know is `break_as`, control characters are gone. The one place that does
    it; `keeps_halves` leaves the bytes that are no text to whoever says so of the row they stand in."""
    if text.isprintable():
        return text
    text = UNREADABLE.sub("", BREAKS.sub(break_as, ENDS_OF_LINE.sub("\n", text)))
    return text if keeps_halves else HALVES.sub("", text)


def harmless_cell(value):
    """A cell that no spreadsheet runs, whatever its separator; numbers, days and nothing stay as they are."""
    if value is None or isinstance(value, NUMBERS):
        return value
    return STARTS_FORMULA.sub(r"\1'", readable(str(value)))


def as_typed(text: str) -> str:
    """What `harmless_cell` made harmless, as it was."""
    return MADE_HARMLESS.sub(r"\1", text)


def as_csv(rows, delimiter=",") -> str:
    """Rows of cells as CSV, each of them harmless: the one place of the portal that writes it."""
    file = StringIO()
    csv.writer(file, delimiter=delimiter).writerows([harmless_cell(cell) for cell in row] for row in rows)
    return file.getvalue()
