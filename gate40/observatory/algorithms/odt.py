"""A text document (OpenDocument) of headings, paragraphs and tables, for whoever must edit it. Pure: no Django.

The same blocks give the same bytes: nothing in the file is a date or drawn by lot.
"""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

MIME = "application/vnd.oasis.opendocument.text"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip archive knows


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Table:
    """`rows` are lists of cells as long as `head`."""

    head: list[str]
    rows: list[list[str]]


def write(title: str, blocks: Iterable[Heading | Paragraph | Table], language: tuple[str, str] = ("it", "IT")) -> bytes:
    """The file. Tables have a heading row that is repeated on every page."""
    body = "".join(_block(block, place) for place, block in enumerate(blocks))
    parts = {
        "mimetype": MIME,
        "content.xml": _root("content", f"<office:body><office:text>{body}</office:text></office:body>"),
        "styles.xml": _root("styles", _styles(*language)),
        "meta.xml": _root("meta", f"<office:meta><dc:title>{escape(title)}</dc:title></office:meta>"),
        "META-INF/manifest.xml": _manifest(),
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return file.getvalue()


def _block(block, place):
    if isinstance(block, Heading):
        return (
            f'<text:h text:style-name="H{block.level}" text:outline-level="{block.level}">{_text(block.text)}</text:h>'
        )
    if isinstance(block, Paragraph):
        return f'<text:p text:style-name="Body">{_text(block.text)}</text:p>'
    head = f"<table:table-header-rows>{_row(block.head, 'Head')}</table:table-header-rows>"
    columns = f'<table:table-column table:number-columns-repeated="{len(block.head)}"/>'
    rows = "".join(_row(cells, "Body") for cells in block.rows)
    return f'<table:table table:name="T{place}">{columns}{head}{rows}</table:table>'


def _row(cells, style):
    told = "".join(
        f'<table:table-cell office:value-type="string"><text:p text:style-name="{style}">{_text(cell)}</text:p>'
        "</table:table-cell>"
        for cell in cells
    )
    return f"<table:table-row>{told}</table:table-row>"


def _text(text):
    return "<text:line-break/>".join(escape(line.strip()) for line in str(text).splitlines()) or ""


SPACES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'
SIZES = {"H1": "18pt", "H2": "13pt", "H3": "11pt", "Head": "9pt", "Body": "10pt"}


def _root(name, inside):
    return f'{DECLARED}<office:document-{name} {SPACES} office:version="1.3">{inside}</office:document-{name}>'


def _styles(language, country):
    styles = "".join(
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties '
        f'fo:margin-bottom="2mm"{_KEPT if name[0] == "H" else ""}/><style:text-properties fo:font-size="{size}" '
        f'fo:font-weight="{"bold" if name[0] == "H" else "normal"}" fo:language="{language}" fo:country="{country}"/>'
        "</style:style>"
        for name, size in SIZES.items()
    )
    return f"<office:styles>{styles}</office:styles>"


_KEPT = ' fo:keep-with-next="always"'


def _manifest():
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
    files = [("/", MIME), ("content.xml", "text/xml"), ("styles.xml", "text/xml"), ("meta.xml", "text/xml")]
    entries = "".join(entry.format(*file) for file in files)
    return f'{DECLARED}<manifest:manifest xmlns:manifest="{space}" manifest:version="1.3">{entries}</manifest:manifest>'
