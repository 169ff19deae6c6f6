"""A page as a tagged PDF, by WeasyPrint. It draws with Pango, a library of the system: without it, it says so."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

FONTS = "fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-{}.woff2"
FACES = {300: "300", 400: "regular", 600: "600", 700: "700"}


class Missing(Exception):
    """What the machine lacks to write a PDF, in words."""


def render(html: str, stylesheet: str, identifier: bytes | None = None) -> bytes:
    """The PDF of a whole page with a stylesheet of `static/`. Nothing is fetched but our own fonts. Raises Missing.

    With an `identifier` the same page gives the same bytes: nothing of it is a date, a path or drawn by lot.
    """
    try:
        CSS, HTML, FontConfiguration = _weasyprint()
    except (ImportError, OSError) as error:
        raise Missing(
            _(
                "Qui il PDF non si può comporre: manca la libreria Pango. Chi gestisce il portale può installarla "
                "(su Debian e Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0). Nel frattempo "
                "la relazione si può stampare dal browser."
            )
        ) from error
    fonts = FontConfiguration()
    css = CSS(string=f"{_faces()}\n{_static(stylesheet).read_text()}", font_config=fonts, url_fetcher=_our_fonts)
    document = HTML(string=html, base_url="about:blank", url_fetcher=_our_fonts)
    return document.write_pdf(
        stylesheets=[css],
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier,
        finisher=lambda _document, made: _name_header_cells(made.objects),
    )


def _name_header_cells(objects):
    """Number the header cells of tables, and say of each whether it heads a row or a column.

    WeasyPrint names them by where they lie in the memory of the process: two drawings of one page would differ.
    """
    from pydyf import Array, Dictionary, String

    elements = {one.reference: one for one in objects if isinstance(one, Dictionary) and "S" in one}
    names = {}
    for element in elements.values():
        if element["S"] == "/TH" and "ID" in element:
            name = names.setdefault(element["ID"].string, String(f"th{len(names) + 1}"))
            row = elements[element["P"]]
            heads_a_row = any(elements[cell]["S"] == "/TD" for cell in row["K"] if cell in elements)
            element["ID"] = name
            element["A"] = Dictionary({"O": "/Table", "Scope": "/Row" if heads_a_row else "/Column"})
    for element in elements.values():
        if element["S"] == "/TD" and "Headers" in element.get("A", {}):
            headers = [names[one.string] for one in element["A"]["Headers"] if one.string in names]
            element["A"]["Headers"] = Array(headers)


def _weasyprint():
    """WeasyPrint's classes.

    Imported, it lets Pillow pass broken pictures in the whole process. That is taken back here: uploads would be judged
    less strictly once somebody had asked for a PDF.
    """
    from PIL import ImageFile
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return CSS, HTML, FontConfiguration


def _static(name) -> Path:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return Path(found)


def _faces():
    return "\n".join(
        f'@font-face {{ font-family: "Titillium Web"; font-weight: {weight}; '
        f'src: url("{_static(FONTS.format(name)).as_uri()}") }}'
        for weight, name in FACES.items()
    )


def _our_fonts(url, *_arguments, **_options):
    """The text of a report can make us read nothing: neither the net nor another file."""
    path = Path(unquote(urlsplit(url).path)).resolve()
    allowed = {_static(FONTS.format(name)).resolve() for name in FACES.values()}
    if not url.startswith("file:") or path not in allowed:
        raise ValueError(f"a report fetches nothing: {url}")
    from weasyprint.urls import URLFetcherResponse

    return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/woff2"})
