"""The pages agree with the code: what they name exists, what they count is counted here.

A page is read for the names of ours that it cites between backticks, for its links and for its commands; the comments
and docstrings of the code for the same names. Each rule is shown to see a planted offence.
"""

import ast
import builtins
import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.core.management import get_commands

from matchmaking.algorithms import eligibility
from news.parsers import rich_text

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["members", "matchmaking", "news", "gate40", "tests", "benchmarks"]
BEING_REWRITTEN: set[str] = set()
ENDINGS = "py|md|csv|html|js|css|sh|txt|toml|yml|po"
PATH = re.compile(rf"(?:[\w.-]+/)*[\w.-]+\.(?:{ENDINGS})|(?:[\w.-]+/)+")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\(\))?(?:\.[A-Za-z_]\w*(?:\([^()]*\))?)+")
NAME = re.compile(r"[A-Z][a-z]\w*|[a-z]+_\w*[a-z0-9]|[A-Z]+_[A-Z_]+")
BORN_LATER = {"var/"}  # not in the tree, but made by its commands
DOORS = {"up", "house", "verify", "lint", "bench", "coverage"}  # commands of manage.py that are not Django's
NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]


# What there is --------------------------------------------------------------------------------------------------------
@cache
def files():
    """Every file of the tree, as a path from the root."""
    kept = (path for path in ROOT.rglob("*") if path.is_file() and not _is_made(path.relative_to(ROOT)))
    return {path.relative_to(ROOT).as_posix() for path in kept}


def _is_made(path):
    return path.parts[0] in ("var", ".git") or path.parts[0].startswith(".venv") or "__pycache__" in path.parts


@cache
def modules():
    """Dotted name -> syntax tree, of every module of ours."""
    found = {}
    for path in files():
        if path.endswith(".py") and path.split("/")[0] in [*FOLDERS, "manage.py"]:
            dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found[dotted] = ast.parse((ROOT / path).read_text())
    return found


@cache
def names_in(dotted):
    """What a module defines at its top, or imports from its own package (a folder of models)."""
    found = set()
    for node in modules()[dotted].body:
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {alias.name for alias in node.names}
        found |= _defined_by(node)
    return found


def _defined_by(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.AnnAssign):
        return {node.target.id} if isinstance(node.target, ast.Name) else set()
    if isinstance(node, ast.Assign):
        return {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return set()


@cache
def attributes():
    """Class -> its attributes, those of its bases of ours and those that its methods give to `self` included."""
    own, bases = {}, {}
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                given = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
                on_self = {each.attr for each in given if isinstance(each.value, ast.Name) and each.value.id == "self"}
                own.setdefault(node.name, {"objects"}).update(on_self, *map(_defined_by, node.body))
                bases.setdefault(node.name, set()).update(base.id for base in node.bases if isinstance(base, ast.Name))
    for name in own:
        for base in bases[name] & set(own):
            own[name] |= own[base]
    return own


@cache
def functions():
    return {each.name for tree in modules().values() for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@cache
def words():
    """Every word of the sources: names, strings, SQL of the migrations, settings of the containers."""
    kept = [path for path in files() if path.endswith((".py", ".yml", ".html")) or path.startswith(".env")]
    return set(
        re.findall(r"\w+", "\n".join((ROOT / path).read_text() for path in kept if path != "tests/test_docs.py"))
    )


@cache
def strings():
    """Every text between quotes in the sources."""
    nodes = (node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


# What is cited --------------------------------------------------------------------------------------------------------
@cache
def pages():
    """(path, text) of every page, without its pictures of screens."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")]
    paths = (path.relative_to(ROOT).as_posix() for path in found)
    return {path: (ROOT / path).read_text() for path in paths if path not in BEING_REWRITTEN}


@cache
def remarks():
    """(path, text) of the docstrings and comments of every module."""
    found = {}
    for path in sorted(files()):
        if path.endswith(".py") and "/migrations/" not in path and path != "tests/test_docs.py":
            tokens = tokenize.generate_tokens(io.StringIO((ROOT / path).read_text()).readline)
            found[path] = "\n".join(token.string for token in tokens if _is_remark(token))
    return found


def _is_remark(token):
    return token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""'))


def cited(text):
    """What stands between backticks, examples of several lines left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def lost_paths(path, text):
    """Files and folders that are not in the tree; a name without folders may lie anywhere."""
    for word in cited(text):
        if PATH.fullmatch(word) and not re.search(r"\b[A-Z]+\.", word) and not _is_path(word) and word not in strings():
            yield f"{path} names {word}"


def _is_path(word):
    if word in BORN_LATER or word.startswith(("var/", ".venv")):
        return True
    if word.endswith("/"):
        return any(file.startswith(word) for file in files())
    return word in files() or any(file.endswith(f"/{word}") for file in files())


def lost_names(path, text):
    """`module.function`, `Class.field`: the module and the class are ours and hold that name."""
    for word in cited(text):
        is_ours = DOTTED.fullmatch(word) and not PATH.fullmatch(word) and not word.endswith(".it")
        if is_ours and word not in strings() and not _resolves(word):
            yield f"{path} names {word}"


def _resolves(word):
    parts = re.sub(r"\([^()]*\)", "", word).split(".")
    if parts[0] in attributes():
        return parts[1] in attributes()[parts[0]] and all(part in functions() for part in parts[2:])
    return any(_is_in_module(parts[:cut], parts[cut:]) for cut in range(1, len(parts) + 1))


def _is_in_module(module, rest):
    ending = ".".join(module)
    places = [dotted for dotted in modules() if dotted == ending or dotted.endswith(f".{ending}")]
    if not rest:
        return bool(places)
    holds = any(rest[0] in names_in(dotted) for dotted in places)
    return holds and all(part in attributes().get(rest[0], functions()) for part in rest[1:])


def lost_words(path, text):
    """Names without a dot, `Delivery` or `send_due`: the sources know the word."""
    for word in cited(text):
        if NAME.fullmatch(word) and word not in words():
            yield f"{path} names {word}"


def lost_modules(path, text):
    """The first column of a table headed "module" lists modules."""
    known = {dotted.rpartition(".")[2] for dotted in modules()}
    for table in re.findall(r"^\| module .*\n\|[ -|]+\n((?:\|.*\n)+)", text, flags=re.MULTILINE):
        for row in table.splitlines():
            yield from (
                f"{path} lists {word}" for word in cited(row.split("|")[1]) if word.removesuffix(".py") not in known
            )


def lost_links(path, text):
    """Links lead somewhere, and `decisions/0010` is a decision."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        if not (ROOT / path).parent.joinpath(target).exists():
            yield f"{path} links to {target}"
    for number in re.findall(r"decisions?[ /](\d{4})", text):
        if not list(ROOT.glob(f"docs/decisions/{number}-*.md")):
            yield f"{path} cites decision {number}"


def lost_commands(path, text):
    """`manage.py NAME` is a command, `bench NAME` a benchmark."""
    known = set(get_commands()) | DOORS | {"COMMAND"}
    for command, name in re.findall(r"manage\.py ([a-z_]+|[A-Z]+)\b(?: ([a-z_]+|[A-Z]+)\b)?", text):
        if command not in known:
            yield f"{path} tells to run {command}"
        elif command == "bench" and name and name != "NAME" and f"benchmarks/{name}.py" not in files():
            yield f"{path} tells to run bench {name}"


def lost_errors(path, text):
    """ "Raises Refused": there is such an exception, of ours or of Python."""
    for word in re.findall(r"\bRaises `?([A-Z]\w+)", text):
        if not hasattr(builtins, word) and word not in _spoken_in(path):
            yield f"{path} raises {word}"


def _spoken_in(path):
    """The names that the code of a file uses, and the exceptions of its own folder."""
    dotted = path.removesuffix(".py").replace("/", ".")
    near = [tree for name, tree in modules().items() if name.rpartition(".")[0] == dotted.rpartition(".")[0]]
    found = {node.name for tree in near for node in tree.body if isinstance(node, ast.ClassDef)}
    return found | {
        node.id for node in ast.walk(modules().get(dotted, ast.Module([], []))) if isinstance(node, ast.Name)
    }


IN_PAGES = [lost_paths, lost_names, lost_words, lost_modules, lost_links, lost_commands]
IN_CODE = [lost_paths, lost_names, lost_errors]


@pytest.mark.parametrize("rule", IN_PAGES)
def test_pages_name_what_exists(rule):
    assert [lost for path, text in pages().items() for lost in rule(path, text)] == []


@pytest.mark.parametrize("rule", IN_CODE)
def test_docstrings_and_comments_name_what_exists(rule):
    assert [lost for path, text in remarks().items() for lost in rule(path, text)] == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (lost_paths, "`matchmaking/asking.py`"),
        (lost_paths, "`joining.py`"),
        (lost_paths, "`news/pure/`"),
        (lost_names, "`asking.send`"),
        (lost_names, "`requests.send_the_request`"),
        (lost_names, "`news.consent.ledger.lines()`"),
        (lost_names, "`Delivery.sent_when`"),
        (lost_words, "`DeliveryOfYesterday`"),
        (lost_words, "`send_whatever_is_due`"),
        (lost_modules, "| module | does |\n| --- | --- |\n| `mailing`, `sending` | sends |\n"),
        (lost_links, "[a page](nowhere.md)"),
        (lost_links, "`decisions/0099`"),
        (lost_commands, "`python3 manage.py dance`"),
        (lost_commands, "`python3 manage.py bench dances`"),
        (lost_errors, "Raises RefusedForEver, before anything is written."),
    ],
)
def test_each_rule_sees_a_planted_offence(rule, text):
    assert list(rule("docs/planted.md", text)) != []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (lost_paths, "`matchmaking/requests/requests.py`, `policy.csv`, `gate40/observatory/`"),
        (lost_names, "`requests.send_request`, `news.consent.ledger.broken_lines()`, `Delivery.sent_at`"),
        (lost_names, '`Organization.objects.published().in_province("MS")`'),
        (lost_words, "`Delivery`, `send_due`, `MAIL_WINDOW`"),
        (lost_modules, "| module | does |\n| --- | --- |\n| `mailing`, `sender.py` | sends |\n"),
        (lost_links, "[a page](style.md), `decisions/0010`"),
        (lost_commands, "`python3 manage.py bench delivery --mails 10`, `manage.py load_ateco FILE`"),
        (lost_errors, "Raises ValueError."),
    ],
)
def test_no_rule_forbids_what_is_there(rule, text):
    assert list(rule("docs/planted.md", text)) == []


# What is counted ------------------------------------------------------------------------------------------------------
DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def moment(schedule):
    """When beat rings, in the words of docs/operations.md."""
    if not isinstance(schedule, crontab):
        return _span(schedule)
    if len(schedule.minute) > 1:
        return _span(3600 // len(schedule.minute))
    clock = f"{min(schedule.hour)}:{min(schedule.minute):02}"
    if len(schedule.day_of_week) == 1:
        return f"every {DAYS[min(schedule.day_of_week)]}, {clock}"
    if len(schedule.day_of_month) == 1:
        return f"every month, on day {min(schedule.day_of_month)}, {clock}"
    return f"every hour, at :{min(schedule.minute):02}" if len(schedule.hour) == 24 else f"every night, {clock}"


def _span(seconds):
    if seconds < 60:
        return f"every {seconds:.0f} seconds"
    minutes = int(seconds // 60)
    return "every minute" if minutes == 1 else f"every {NUMBERS[minutes] if minutes <= 12 else minutes} minutes"


def by_itself(text):
    """Task -> when, from the table of what happens by itself."""
    table = text.partition("## What happens by itself")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines() if row.startswith("|")]
    return {task: when for when, _what, cell in rows for task in cited(cell)}


def scheduled():
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    return {entry["task"]: moment(entry["schedule"]) for entry in entries}


def test_operations_tells_all_that_happens_by_itself_and_when():
    assert by_itself(pages()["docs/operations.md"]) == scheduled()


def test_a_row_that_is_missing_or_late_is_seen():
    text = pages()["docs/operations.md"]
    rows = [row for row in text.splitlines() if "matchmaking.tasks.rebuild" in row]
    assert by_itself(text.replace(rows[0], "")) != scheduled()
    assert by_itself(text.replace("4:10", "4:11")) != scheduled()


def tags_told(text):
    """(the number in words, the tags listed behind it)."""
    number, listed = re.search(r"(\w+) tags \(([^)]*)\)", text).groups()
    return number, set(cited(listed))


def test_newsletters_lists_the_tags_that_staff_may_use():
    assert tags_told(pages()["docs/newsletters.md"]) == (NUMBERS[len(rich_text.TAGS)], rich_text.TAGS)


def rules_told(text):
    """The kinds of rule of the sentence "… kinds of rule (kind, size, … and workers)"."""
    number, listed = re.search(r"(\w+)\s+kinds of rule \(([^)]*)\)", text).groups()
    return number, {kind.strip().casefold().replace(" ", "_") for kind in re.split(r",| and ", listed)}


def test_opportunities_lists_the_kinds_of_rule():
    kinds = {*eligibility.LISTS, *eligibility.RANGES}
    assert rules_told(pages()["docs/opportunities.md"]) == (NUMBERS[len(kinds)], kinds)
