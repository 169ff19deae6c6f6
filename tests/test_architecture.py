"""The house keeps its shape: imports point down, pure modules know no Django, one module sends mail.

Each rule is a function that lists offences in a source text, so that each is also shown to see a planted one.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "members": set(),
    "matchmaking": {"members"},
    "news": {"members", "matchmaking"},
    "gate40": {"members", "matchmaking", "news"},
}
PURE = {
    "gate40/engines/embedded.py",
    "gate40/observatory/algorithms/suppression.py",
    "gate40/engines/processes.py",
    "matchmaking/algorithms/offer_columns.py",
    "matchmaking/algorithms/team_search.py",
    "matchmaking/algorithms/eligibility.py",
    "matchmaking/algorithms/engine.py",
    "matchmaking/algorithms/evaluation.py",
    "matchmaking/algorithms/worked_example.py",
    "matchmaking/algorithms/incentives_csv.py",
    "matchmaking/algorithms/financier_limits.py",
    "matchmaking/algorithms/scoring.py",
    "matchmaking/algorithms/term_finder.py",
    "matchmaking/algorithms/taxonomy.py",
    "matchmaking/algorithms/nda_text.py",
    "matchmaking/algorithms/text_index.py",
    "matchmaking/algorithms/working_days.py",
    "members/rules/identifiers.py",
    "members/rules/spelling.py",
    "members/rules/visibility.py",
    "members/rules/wording.py",
    "news/parsers/bounces.py",
    "news/parsers/pec.py",
    "news/parsers/rich_text.py",
}
MAIL_SENDER = (
    "news/delivery/smtp.py"  # talks to the mail server; whoever has something to say calls news/delivery/mailing.py
)
MAIL_MODULES = ("smtplib", "django.core.mail")
MAIL_BACKENDS = {"django.core.mail.backends.base"}  # to be a mail backend is not to send
TOO_VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def sources():
    """(path from the root, text) of every module of ours, migrations aside."""
    for app in MAY_IMPORT:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text()


def imports(text):
    """(dotted name, is it relative) of every import in a module, at the top or inside a function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}" if node.module else alias.name, node.level > 0


def crossings(path, text):
    """Imports of another app that the arrows do not allow, and absolute imports of one's own."""
    app = path.split("/")[0]
    for name, is_relative in imports(text):
        other = name.split(".")[0]
        if not is_relative and other in MAY_IMPORT and other not in MAY_IMPORT[app] and not _is_command(path, other):
            yield f"{path} imports {name}"


def _is_command(path, other):
    """A management command is run by name: it imports its own app as a stranger would."""
    return "/management/" in path and path.split("/")[0] == other


def impurities(path, text):
    if path in PURE:
        yield from (f"{path} imports {name}" for name, _ in imports(text) if name.split(".")[0] in ("django", "celery"))


def mail_senders(path, text):
    if path == MAIL_SENDER:
        return
    for name, is_relative in imports(text):
        module = name.rpartition(".")[0]
        if not is_relative and name.startswith(MAIL_MODULES) and module not in MAIL_BACKENDS:
            yield f"{path} imports {name}"


def vague_names(path, text):
    if Path(path).stem in TOO_VAGUE:
        yield path


def offences(rule):
    return [offence for path, text in sources() for offence in rule(path, text)]


@pytest.mark.parametrize("rule", [crossings, impurities, mail_senders, vague_names])
def test_the_house_keeps_the_rule(rule):
    assert offences(rule) == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (crossings, "members/directory/views.py", "from matchmaking.models import Match"),
        (crossings, "members/directory/views.py", "def page():\n    import news.delivery.mailing"),
        (crossings, "matchmaking/matching/match_lists.py", "from news import mailing"),
        (crossings, "news/digests/digests.py", "import gate40.views"),
        (crossings, "news/digests/digests.py", "from news.models import Delivery"),
        (impurities, "matchmaking/algorithms/scoring.py", "def score():\n    from django.conf import settings"),
        (mail_senders, "gate40/accounts.py", "from django.core.mail import send_mail"),
        (mail_senders, "members/directory/views.py", "import smtplib"),
        (mail_senders, "news/digests/digests.py", "from django.core import mail"),
        (vague_names, "members/utils.py", ""),
    ],
)
def test_each_rule_sees_a_planted_offence(rule, path, text):
    assert list(rule(path, text)) != []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (crossings, "news/digests/digests.py", "from matchmaking.models import Match\nfrom . import mailing"),
        (crossings, "gate40/views.py", "from news.models import Announcement"),
        (impurities, "matchmaking/algorithms/scoring.py", "import math"),
        (mail_senders, "gate40/outbox.py", "from django.core.mail.backends.base import BaseEmailBackend"),
    ],
)
def test_no_rule_forbids_what_is_allowed(rule, path, text):
    assert list(rule(path, text)) == []


def test_every_pure_module_exists():
    assert [path for path in PURE if not (ROOT / path).is_file()] == []
