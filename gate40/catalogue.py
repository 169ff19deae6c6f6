"""The English catalogue without system gettext: which strings there are, and the compiled file that Django reads.

`python3 manage.py catalogue` collects every marked string into `locale/en/LC_MESSAGES/django.po` (keeping what is
translated) and compiles it; a test fails while a string has no translation or the compiled file is stale.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("gate40", "members", "matchmaking", "news")
FUNCTIONS = {"_": 0, "_now": 0, "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0, "ngettext_lazy": 0}
WITH_CONTEXT = {"pgettext": 1, "pgettext_lazy": 1, "npgettext": 1}
_LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_MARKED = re.compile(rf"\b(?:_|n?p?gettext)\((?:\s*(?:{_LITERAL}|count)\s*,?)+\)", re.DOTALL)


def strings() -> dict[tuple[str | None, str, str | None], set[str]]:
    """Every marked string as (context, text, plural) → the files that hold it, relative to the project."""
    found: dict[tuple, set[str]] = {}
    root = Path(settings.BASE_DIR)
    for path in _sources(root):
        text = path.read_text()
        code = text if path.suffix == ".py" else _template_code(text)
        for key in _calls(code):
            found.setdefault(key, set()).add(path.relative_to(root).as_posix())
    for text in _sentences_of_the_score():
        found.setdefault((None, text, None), set()).add("matchmaking/algorithms/scoring.py")
    return found


def _sources(root: Path) -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in sorted((root / app).rglob("*.py")) if "migrations" not in path.parts)
    yield from (path for path in sorted((root / "templates").rglob("*")) if path.suffix in (".html", ".txt"))


def _template_code(text: str) -> str:
    """A template as the calls that Django's own extraction makes of it, one on a line."""
    return "\n".join(match[0] for match in _MARKED.finditer(templatize(text)))


def _calls(code: str) -> Iterator[tuple[str | None, str, str | None]]:
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        values = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if name in FUNCTIONS and values and isinstance(values[0], str):
            yield None, values[0], values[1] if name.startswith("ngettext") else None
        elif name in WITH_CONTEXT and len(values) > 1:
            yield values[0], values[1], values[2] if name.startswith("n") else None


def _sentences_of_the_score() -> Iterator[str]:
    """The pure scorer cannot mark its sentences; they are translated where they are shown."""
    from matchmaking.algorithms import scoring

    for sentences in (scoring.SENTENCES, scoring.ASKED_OF_YOU, scoring.ASKED_OF_THEM):
        yield from sentences.values()


def catalogue_path() -> Path:
    return Path(settings.BASE_DIR) / "locale" / "en" / "LC_MESSAGES" / "django.po"


def collect() -> polib.POFile:
    """The catalogue with every string of today and the translations that it had."""
    path = catalogue_path()
    old = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for (context, text, plural), files in sorted(strings().items(), key=lambda item: (item[0][1], item[0][0] or "")):
        known = old.get((context, text))
        entry = polib.POEntry(msgctxt=context, msgid=text, occurrences=[(file, "") for file in sorted(files)])
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = known.msgstr_plural if known and known.msgstr_plural else {0: "", 1: ""}
        elif known:
            entry.msgstr = known.msgstr
        if "%(" in text or "%s" in text:
            entry.flags.append("python-format")
        catalogue.append(entry)
    return catalogue


def write() -> polib.POFile:
    """Collect, save and compile. Gives the catalogue."""
    path, catalogue = catalogue_path(), collect()
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    path.with_suffix(".mo").write_bytes(catalogue.to_binary())
    return catalogue
