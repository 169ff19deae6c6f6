"""A spreadsheet is XML from outside: what its entities name is neither read from this machine nor grown in memory."""

import io
import time
import zipfile

import openpyxl
import pytest

from members.rules import spreadsheets

SHEET = "xl/worksheets/sheet1.xml"
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'


def planted(doctype, text, tmp_path):
    """A workbook of one cell, whose sheet declares what it likes."""
    book, out = io.BytesIO(), io.BytesIO()
    made = openpyxl.Workbook()
    made.active.append(["vuota"])
    made.save(book)
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if part == SHEET:
                space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                rows = f'<worksheet xmlns="{space}"><sheetData>{ROW.format(text)}</sheetData></worksheet>'
                content = f'<?xml version="1.0"?>{doctype}{rows}'.encode()
            target.writestr(part, content)
    return out.getvalue()


def cells(content):
    return [cell for sheet in spreadsheets.sheets(content) for _number, row in sheet.rows() for cell in row]


def read(content):
    try:
        return cells(content)
    except spreadsheets.Unreadable:
        return "refused"


def test_an_entity_reads_no_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("segretissimo")
    doctype = f'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    assert "segretissimo" not in str(read(planted(doctype, "prima &x; dopo", tmp_path)))


def test_entities_do_not_grow(tmp_path):
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    content = planted(f'<!DOCTYPE worksheet [<!ENTITY a0 "ah">{laughs}]>', "&a9;", tmp_path)
    began = time.process_time()
    assert len(str(read(content))) < 1_000_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE worksheet [<!ENTITY x "y">]>'])
def test_the_control_is_read(doctype, tmp_path):
    """Without what is dangerous the same sheet is read: it is not its shape that is refused."""
    assert "prima" in str(read(planted(doctype, "prima", tmp_path)))
