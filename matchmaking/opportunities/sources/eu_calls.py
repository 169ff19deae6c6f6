"""Opportunities from other people's files. Reading the same file twice changes nothing."""

import json
import re
from datetime import date
from pathlib import Path

import ftfy
from django.db import transaction
from django.utils.text import slugify

from members.models import Alias, Competence
from members.reference.table_files import Rejected, Report, Unreadable
from members.rules.texts import readable

from ...algorithms.term_finder import Vocabulary
from ...models import Imported, Opportunity, Requirement
from .differences import note_difference, plain

EU_CALLS = "eu-calls"
COMPARED = ["title", "text", "issuer", "deadline", "source_url"]
# The official export glues its headings to the text: "Expected Outcome:Projects are…".
_HEADINGS = re.compile(r"(?<!^)\b(Expected Outcome|Expected Impact|Objective|Scope|Procedure|Specific Challenge):\s*")


def import_eu_calls(path: Path, progress=lambda done: None) -> Report:
    """European calls, one JSON object a line (`id` or `topicId`, `title`, `description`; `deadline`, `programme`, `url`
    if known): new ones as drafts, changed ones as differences that staff accept or leave. Competences are suggested
    from the text. Raises `Unreadable` when the file is no such list."""
    report = Report()
    with transaction.atomic():
        known = _known()
        for done, (line, values) in enumerate((_call(number, line) for number, line in _lines(path)), start=1):
            progress(done)
            if isinstance(values, Rejected):
                report.rejected.append((line, str(values)))
            else:
                _keep(values, known, report)
        _suggest_competences(Opportunity.objects.filter(source=EU_CALLS, requirements=None))
    return report


def _known():
    """{code: what its source last said}; a call of before that nobody has compared yet says what it says here."""
    for one in Opportunity.objects.filter(source=EU_CALLS, imported=None):
        Imported.objects.create(opportunity=one, values=plain({name: getattr(one, name) for name in COMPARED}))
    ours = Imported.objects.filter(opportunity__source=EU_CALLS).select_related("opportunity")
    return {each.opportunity.source_id: each for each in ours}


def _keep(values, known, report):
    code = values["source_id"]
    said = {name: values[name] for name in COMPARED}
    if code not in known:
        known[code] = Imported.objects.create(opportunity=Opportunity.objects.create(**values), values=plain(said))
        report.created += 1
    elif note_difference(known[code], said):
        known[code].save(update_fields=["values", "pending", "read_at"])
        report.updated += 1
    else:
        report.unchanged += 1


def _lines(path):
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            lines = [(number, line) for number, line in enumerate(file, start=1) if line.strip()]
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8 text; save it as UTF-8 and try again.") from error
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}.") from error
    if lines and not lines[0][1].lstrip().startswith("{"):
        raise Unreadable(f"{path}: not a list of JSON objects, one a line.")
    return lines


def _call(number, line):
    try:
        row = json.loads(line)
        return number, _values(row)
    except json.JSONDecodeError as error:
        return number, Rejected(f"not JSON: {error.msg} at character {error.pos}")
    except (KeyError, TypeError, AttributeError) as error:
        return number, Rejected(f"a call is a JSON object with an id, a title and a description: {error}")
    except Rejected as error:
        return number, error


def _values(row):
    code = _text(row.get("id") or row.get("topicId") or "")
    title, text = _text(row["title"]), _HEADINGS.sub(r"\n\n\1: ", _text(row["description"]))
    if not code or not title:
        raise Rejected("the call has no id or no title")
    if len(title) > 300 or len(code) > 80:
        raise Rejected("the title is longer than 300 characters or the id longer than 80")
    return {
        "slug": slugify(f"ue {code}")[:120],
        "kind": Opportunity.Kind.CALL,
        "title": title,
        "text": text[:60_000] or title,
        "language": "en",
        "issuer": _text(row.get("programme") or "")[:200],
        "deadline": _date(row.get("deadline")),
        "source": EU_CALLS,
        "source_id": code,
        "source_url": _url(row.get("url") or ""),
    }


def _text(value):
    """Text as its author wrote it: double encodings, byte-order marks and control characters repaired."""
    return readable(ftfy.fix_text(str(value)), break_as=" ").replace("\ufeff", "").strip()


def _date(value):
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise Rejected(f"the deadline «{value}» is not a date like 2026-11-30") from error


def _url(value):
    return value if value.startswith(("https://", "http://")) and len(value) <= 400 else ""


def _suggest_competences(opportunities):
    known = {found.code: found for found in Competence.objects.selectable()}
    vocabulary = vocabulary_of(known)
    Requirement.objects.bulk_create(
        Requirement(opportunity=opportunity, competence=known[code], is_suggested=True)
        for opportunity in opportunities
        for code in vocabulary.suggest(f"{opportunity.title}\n{opportunity.text}")
    )


def vocabulary_of(known):
    """The names of these competences, {code: competence}, and their words of the workshop that somebody has reviewed:
    a word that is good to search by ("stone") may suggest too much."""
    terms = [(code, name) for code, found in known.items() for name in (found.name_it, found.name_en)]
    terms += list(
        Alias.objects.filter(is_reviewed=True, competence__in=known.values()).values_list("competence__code", "term")
    )
    return Vocabulary(terms)
