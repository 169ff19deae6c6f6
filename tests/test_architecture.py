"""The house keeps its shape: imports point down, pure folders know no Django, one module sends mail.

Each rule is a function that lists offences in a source text, so that each is also shown to see a planted one. What is
measured of the house, and its picture in `docs/architecture.md`, is in `tests/house.py`.
"""

import ast
from pathlib import Path

import pytest

from tests import house

MAY_IMPORT = {
    "members": set(),
    "matchmaking": {"members"},
    "news": {"members", "matchmaking"},
    "gate40": {"members", "matchmaking", "news"},
}
# Of each app its wings, and the wings of the same app that each may import. `app` (urls, tasks, receivers …) may all.
WINGS = {
    "members": {
        "rules": set(),
        "models": {"rules"},
        "shared": {"models", "rules"},
        "safety": {"models", "rules", "shared"},
        "reference": {"models", "rules", "shared"},
        "directory": {"models", "rules", "shared", "safety"},
        "profiles": {"models", "rules", "shared", "safety"},
        "people": {"models", "rules", "shared", "safety", "profiles"},
        "backoffice": {"models", "rules", "shared", "safety", "reference", "directory"},
    },
    "matchmaking": {
        "algorithms": set(),
        "models": {"algorithms"},
        "shared": {"models", "algorithms"},
        "matching": {"models", "algorithms", "shared"},
        "rooms": {"models", "algorithms", "shared"},
        "services": {"models", "algorithms", "shared"},
        "requests": {"models", "algorithms", "shared", "matching", "rooms"},
        "consortia": {"models", "algorithms", "shared", "matching"},
        "opportunities": {"models", "algorithms", "shared", "matching", "consortia"},
    },
    "news": {
        "parsers": set(),
        "models": {"parsers"},
        "shared": {"models", "parsers"},
        "delivery": {"models", "parsers", "shared"},
        "consent": {"models", "parsers", "shared", "delivery"},
        "notices": {"models", "parsers", "shared", "delivery", "consent"},
        "digests": {"models", "parsers", "shared", "delivery", "consent", "notices"},
        "newsletters": {"models", "parsers", "shared", "delivery", "consent"},
        "admin": {"models", "parsers", "shared", "delivery", "consent", "newsletters"},
    },
    "gate40": {
        "engines": set(),
        "doors": {"shared"},
        "search": {"shared"},
        "templatetags": {"shared"},
        "shared": set(),
        "formats": set(),
        "observatory": {"shared"},
        "demo": {"shared", "observatory"},
    },
}
ABOVE_THE_WINGS = {"app", "management"}
PURE = (
    "gate40/engines/",
    "gate40/observatory/algorithms/",
    "matchmaking/algorithms/",
    "members/rules/",
    "news/delivery/headers.py",
    "news/parsers/",
)
# Inside a wing: use cases at the bottom, forms above them, then whatever is called from outside.
FORMS = {"forms", "fields", "editor", "eligibility_form", "widgets"}
FORMS_KEPT = {"matchmaking/opportunities/saved_searches.py"}  # what a form was asked, as it stands in an address
CALLED = {"views", "admin", "tasks", "feeds", "urls", "receivers", "list_admin"}
MAIL_SENDER = "news/delivery/smtp.py"  # talks to the mail server; whoever has something to say calls `mailing`
MAIL_MODULES = ("smtplib", "django.core.mail")
MAIL_BACKENDS = {"django.core.mail.backends.base"}  # to be a mail backend is not to send
ONE_WINNER = "members/transitions.py"
MOVES_OF_MANY = {  # rows moved in bulk, or under the hold of something else: no single winner and no line of history
    "news/delivery/": "a delivery's states are the queue itself: many rows at once, in the shape that was measured",
    "news/models/suppressions.py": "the deliveries of an address that must hear nothing more",
    "matchmaking/opportunities/registrations.py": "places are given under the hold of the event",
    "members/admin.py": "an action of the staff on a selection",
}
TABLE_WRITERS = {"members/rules/texts.py", "members/rules/spreadsheets.py"}
TOO_VAGUE = {"service", "utils", "util", "helpers", "helper", "common", "misc"}


def sources():
    """(path from the root, text) of every module of ours, migrations aside."""
    for path in house.modules().values():
        yield path.as_posix(), (house.ROOT / path).read_text()


def crossings(path, text):
    """Imports of another app that the arrows do not allow, and absolute imports of one's own."""
    app = path.split("/")[0]
    for name, is_relative in house.imports(path, text):
        other = name.split(".")[0]
        if not is_relative and other in MAY_IMPORT and other not in MAY_IMPORT[app] and not _is_command(path, other):
            yield f"{path} imports {name}"


def _is_command(path, other):
    """A management command is run by name: it imports its own app as a stranger would."""
    return "/management/" in path and path.split("/")[0] == other


def wing_crossings(path, text):
    """Imports of another wing of the same app that the table does not allow."""
    app, here = path.split("/")[0], house.wing(path)
    if here in ABOVE_THE_WINGS:
        return
    for name in house.targets(path, text):
        there = house.modules()[name].as_posix()
        wing = house.wing(there)
        if there.split("/")[0] == app and wing not in {here, "shared"} | WINGS[app].get(here, set()):
            yield f"{path} ({here}) imports {name} ({wing})"
        elif there.split("/")[0] == app and wing == "shared" != here and "shared" not in WINGS[app].get(here, set()):
            yield f"{path} ({here}) imports {name} (shared)"


def floor_of(path):
    """0 for a use case, 1 for a form, 2 for a page, a task or whatever else is called from outside."""
    words = {Path(path).stem, *Path(path).parts[:-1]}
    return 2 if words & CALLED else 1 if words & FORMS or path in FORMS_KEPT else 0


def climbers(path, text):
    """Imports that run up inside an app: a use case of a form, a form of a page."""
    app = path.split("/")[0]
    for name in house.targets(path, text):
        there = house.modules()[name].as_posix()
        is_own = there.split("/")[0] == app and house.wing(path) not in ABOVE_THE_WINGS
        if is_own and floor_of(there) > floor_of(path):
            yield f"{path} imports {name}, which is above it"


def impurities(path, text):
    if path.startswith(PURE):
        names = (name for name, _ in house.imports(path, text))
        yield from (f"{path} imports {name}" for name in names if name.split(".")[0] in ("django", "celery"))


def mail_senders(path, text):
    if path == MAIL_SENDER:
        return
    for name, is_relative in house.imports(path, text):
        module = name.rpartition(".")[0]
        if not is_relative and name.startswith(MAIL_MODULES) and module not in MAIL_BACKENDS:
            yield f"{path} imports {name}"


def moves_of_their_own(path, text):
    """UPDATEs that write a state past the one who sees to one winner."""
    if path == ONE_WINNER or path.startswith((*MOVES_OF_MANY, "gate40/demo/")):
        return
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    for call in calls:
        named = {keyword.arg for keyword in call.keywords}
        if isinstance(call.func, ast.Attribute) and call.func.attr == "update" and named & {"state", "status"}:
            yield f"{path}:{call.lineno} moves a state"


def careless_tables(path, text):
    """Two modules write tables (for machines, for people), with cells that no spreadsheet runs; every feed is one that
    a reader can read."""
    if path not in TABLE_WRITERS:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter"):
                yield f"{path} writes a table of its own"
    if path != "members/safety/feeds.py" and "syndication.views" in text and "feed_type = ReadableRss" not in text:
        yield f"{path} has a feed that one row can break"


def vague_names(path, text):
    if Path(path).stem in TOO_VAGUE:
        yield path


RULES = [
    crossings,
    wing_crossings,
    climbers,
    impurities,
    mail_senders,
    moves_of_their_own,
    careless_tables,
    vague_names,
]


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_the_rule(rule):
    assert [offence for path, text in sources() for offence in rule(path, text)] == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (crossings, "members/directory/views.py", "from matchmaking.models import Match"),
        (crossings, "members/directory/views.py", "def page():\n    import news.delivery.mailing"),
        (crossings, "matchmaking/matching/match_lists.py", "from news.delivery import mailing"),
        (crossings, "news/digests/digests.py", "import gate40.views"),
        (crossings, "news/digests/digests.py", "from news.models import Delivery"),
        (wing_crossings, "matchmaking/matching/partners.py", "from ..requests.requests import send_request"),
        (wing_crossings, "matchmaking/rooms/rooms.py", "def page():\n    from ..requests import deadlines"),
        (wing_crossings, "matchmaking/models/rooms.py", "from ..matching import inputs"),
        (wing_crossings, "matchmaking/algorithms/engine.py", "from ..models import Match"),
        (wing_crossings, "members/models/people.py", "from ..guards import public"),
        (wing_crossings, "members/directory/search.py", "from ..people import claims"),
        (wing_crossings, "news/delivery/sender.py", "from ..consent import ledger"),
        (wing_crossings, "news/parsers/bounces.py", "from ..models import Delivery"),
        (wing_crossings, "gate40/observatory/report.py", "from ..demo import year"),
        (climbers, "matchmaking/requests/requests.py", "from .forms import RequestForm"),
        (climbers, "matchmaking/requests/forms.py", "from .views import sent"),
        (climbers, "members/directory/search.py", "from .tasks import note_unmet_search"),
        (impurities, "matchmaking/algorithms/scoring.py", "def score():\n    from django.conf import settings"),
        (impurities, "news/parsers/another.py", "import celery"),
        (mail_senders, "gate40/accounts.py", "from django.core.mail import send_mail"),
        (mail_senders, "members/directory/views.py", "import smtplib"),
        (mail_senders, "news/digests/digests.py", "from django.core import mail"),
        (moves_of_their_own, "members/people/claims.py", "waiting.update(state=state, decided_at=now)"),
        (moves_of_their_own, "matchmaking/opportunities/publication.py", "Opportunity.objects.update(status='closed')"),
        (careless_tables, "news/admin/deliveries.py", "import csv\ncsv.writer(file)"),
        (careless_tables, "news/feeds.py", "from django.contrib.syndication.views import Feed\nclass F(Feed): pass"),
        (vague_names, "members/utils.py", ""),
    ],
)
def test_each_rule_sees_a_planted_offence(rule, path, text):
    assert list(rule(path, text)) != []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (crossings, "news/digests/digests.py", "from matchmaking.models import Match\nfrom . import saved_searches"),
        (crossings, "gate40/views.py", "from news.models import Announcement"),
        (
            wing_crossings,
            "matchmaking/requests/requests.py",
            "from ..rooms import rooms\nfrom ..signals import announce",
        ),
        (wing_crossings, "matchmaking/urls.py", "from .consortia import views"),
        (climbers, "matchmaking/requests/views/sent.py", "from ..forms import RequestForm\nfrom .. import requests"),
        (impurities, "matchmaking/algorithms/scoring.py", "import math"),
        (mail_senders, "gate40/outbox.py", "from django.core.mail.backends.base import BaseEmailBackend"),
        (moves_of_their_own, "members/people/claims.py", "Organization.objects.update(reviewed_on=today)"),
        (moves_of_their_own, "news/delivery/sender.py", "held.update(state=State.PENDING, batch=None)"),
    ],
)
def test_no_rule_forbids_what_is_allowed(rule, path, text):
    assert list(rule(path, text)) == []


def test_no_modules_import_each_other_in_a_circle():
    assert house.circles() == []


def test_a_planted_circle_is_seen():
    edges = {**house.graph(), "members.rules.visibility": frozenset({"members.rules.identifiers"})}
    edges["members.rules.identifiers"] = frozenset({"members.rules.visibility"})
    assert house.circles(edges) == [["members.rules.identifiers", "members.rules.visibility"]]


def test_every_wing_stands_in_the_table():
    found = {(path.parts[0], house.wing(path.as_posix())) for path in house.modules().values()}
    assert {(app, wing) for app, wing in found if wing not in ABOVE_THE_WINGS} == {
        (app, wing) for app, wings in WINGS.items() for wing in wings if (app, wing) in found
    }


def test_no_folder_grows_flat_and_no_function_long():
    folder, size = house.largest_folder()
    assert size <= 20, folder
    lengths = [length for length, _ in house.function_lengths()]
    assert lengths[len(lengths) // 2] <= 6
    assert lengths[int(len(lengths) * 0.9)] <= 14
    assert lengths[-1] <= 40, house.function_lengths()[-1]


def test_the_page_shows_the_house_as_it_is():
    """Outdated: `python3 manage.py house --write`."""
    text = house.PAGE.read_text()
    assert house.page(text) == text
    assert "matching" in house.picture()
