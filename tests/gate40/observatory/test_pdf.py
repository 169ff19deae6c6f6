"""The PDF as PDF/UA-1 wants it, rule by rule, on the objects that are about to be written.

A validator in Java is not at hand in the tests. These are the rules of ISO 14289-1 that the structure of our report can
break; each check is shown to see an offence.
"""

import re
import zlib

import pytest

from gate40.observatory.documents import paper, pdf
from tests.cast import give

pytestmark = pytest.mark.django_db
CELLS, ROWS = {"/TH", "/TD"}, {"/THead", "/TBody", "/TFoot", "/Table"}
MAY_HOLD = {"/TR": CELLS, "/THead": {"/TR"}, "/TBody": {"/TR"}, "/Table": {"/TR", "/THead", "/TBody", "/Caption"}}
PARENTS = {"/TH": {"/TR"}, "/TD": {"/TR"}, "/TR": ROWS, "/LI": {"/L"}, "/LBody": {"/LI"}, "/Lbl": {"/LI"}}


@pytest.fixture
def drawn(cast, monkeypatch):
    """(the file, its structure elements by reference) of a report that has something in every table."""
    give(cast["gamma"], offers={"ADD.01.01": 4}), give(cast["beta"], needs={"ADD.01.01": 2, "PRD.01.05": 1})
    kept, finish = [], pdf._name_header_cells
    monkeypatch.setattr(pdf, "_name_header_cells", lambda objects: (finish(objects), kept.extend(objects)))
    try:
        content = paper.draw(cast.experiment)
    except paper.Missing:
        pytest.skip("PDF skipped: no Pango on this machine")
    return content, {one.reference: one for one in kept if isinstance(one, dict) and "S" in one and "P" in one}


def kids(element, elements):
    return [elements[each] for each in element.get("K", []) if isinstance(each, bytes | str) and each in elements]


def faults(elements):
    """What a validator would say of the structure."""
    level = 0
    for element in elements.values():
        kind, parent = element["S"], elements.get(element["P"], {}).get("S")
        if kind in PARENTS and parent not in PARENTS[kind]:
            yield f"{kind} in {parent}"
        if kind in MAY_HOLD:
            yield from (f"{kind} holds {kid['S']}" for kid in kids(element, elements) if kid["S"] not in MAY_HOLD[kind])
        if kind == "/TH" and "Scope" not in element.get("A", {}):
            yield "a header cell without scope"
        if kind == "/TD" and not element.get("A", {}).get("Headers"):
            yield "a cell that no header names"
        if kind == "/Figure" and "Alt" not in element:
            yield "a figure without a text"
    for element in elements.values():
        if re.fullmatch(r"/H[1-6]", element["S"]):
            if int(element["S"][2]) > level + 1:
                yield f"{element['S']} after /H{level}"
            level = int(element["S"][2])


def unpacked(content):
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"\n".join(unzipped(each) for each in packed)


def unzipped(data):
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


def test_the_structure_of_the_report_breaks_no_rule(drawn):
    _content, elements = drawn
    kinds = {element["S"] for element in elements.values()}
    assert {"/Table", "/TH", "/TD", "/H1", "/H2", "/H3", "/L", "/Link"} <= kinds
    assert sorted(set(faults(elements))) == []


def test_the_document_says_what_it_is_and_brings_its_fonts(drawn):
    content = unpacked(drawn[0])
    for words in (b"/Marked true", b"/Lang (it)", b"/DisplayDocTitle true", b"/StructTreeRoot", b"/ParentTree"):
        assert words in content, words
    assert re.search(rb"pdfuaid:part[^0-9]*1", content)
    described = re.findall(rb"/Type\s*/FontDescriptor.*?>>", content, re.DOTALL)
    assert described and all(b"/FontFile" in each for each in described)
    pages = re.findall(rb"<<[^<>]*?/Type\s*/Page\b(?!s).*?>>", content, re.DOTALL)
    assert 1 <= len(pages) <= 8 and content.count(b"/Tabs /S") == len(pages)


@pytest.mark.parametrize("broken", ["nested", "unscoped", "headless", "skipped"])
def test_the_checks_see_each_offence(drawn, broken):
    """The negative controls."""
    _content, elements = drawn
    first = {kind: next(one for one in elements.values() if one["S"] == kind) for kind in ("/TD", "/TH", "/H2")}
    if broken == "nested":
        first["/TH"]["P"] = first["/TD"].reference
    elif broken == "unscoped":
        del first["/TH"]["A"]
    elif broken == "headless":
        del first["/TD"]["A"]
    else:
        first["/H2"]["S"] = "/H4"
    assert list(faults(elements))
