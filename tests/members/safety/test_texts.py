"""Cells that no spreadsheet runs, whatever its separator, and that come back as they were typed."""

import csv
import io
from datetime import date

import pytest

from members.rules import texts

LIVE = "=+-@＝＋－＠"


def starts_live(text):
    """Would a spreadsheet that splits at any of the separators find a cell that runs?"""
    cells = [cell for mark in ";\t\n" for row in text.splitlines() for cell in row.split(mark)]
    return [cell for cell in cells if cell.strip('" ').startswith(tuple(LIVE))]


@pytest.mark.parametrize("mark", LIVE)
@pytest.mark.parametrize("before", ["", "\t", "\r", "ciao;", 'ciao;"', "ciao; ", "ciao\n", "ciao\t", ' "', "a;b;"])
def test_a_cell_is_never_a_formula(before, mark):
    typed = f"{before}{mark}1+1"
    assert starts_live(texts.harmless_cell(typed)) == []
    assert starts_live(typed) or before == "\r"  # the control: as it was typed, it would run


@pytest.mark.parametrize("typed", ["=1", "ciao;=1", "a;-b\n+c", "+39 0585", "a,=b", "l'olio", "niente"])
def test_what_was_made_harmless_comes_back_as_typed(typed):
    assert texts.as_typed(texts.harmless_cell(typed)) == typed


def test_numbers_days_and_nothing_stay():
    assert [texts.harmless_cell(each) for each in (-5, None, date(2026, 1, 1))] == [-5, None, date(2026, 1, 1)]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_is_read_back_and_runs_nowhere(delimiter):
    [row] = csv.reader(io.StringIO(texts.as_csv([["a;=1", "@b", "c\x00\x0bd", -5]], delimiter)), delimiter=delimiter)
    assert row == ["a;'=1", "'@b", "c\nd", "-5"]


EVERY_BREAK = "a\r\nb\rc\x0bd\x0ce\x1cf\x85g\u2028h\u2029i"


def test_what_no_program_reads_goes_and_every_break_is_the_same():
    assert texts.readable(EVERY_BREAK).split("\n") == list("abcdefghi")
    assert texts.readable(EVERY_BREAK, break_as=" ") == "a\nb\nc d e f g h i"
    dirty = "u\x00n\x07o\x1b \x7fd\x9bu\ud800e\ufffe\uffff"
    assert (texts.readable(dirty), texts.readable(dirty, keeps_halves=True)) == ("uno due", "uno du\ud800e")
    assert [texts.readable(kept) for kept in ("tab\tè già 😀", "", "a\u00a0b")] == ["tab\tè già 😀", "", "a\u00a0b"]


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xFFFE, 0xFFFF])
def test_what_was_made_readable_is_readable(code):
    """No text that this function lets out is refused at the door of a field."""
    assert texts.is_readable(texts.readable(f"a{chr(code)}b"))
