"""What no line of the portal does, read from its sources: each rule is shown to see a planted offence."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import reverse

from matchmaking.opportunities import calendars
from matchmaking.rooms import outcomes
from news.consent import ledger

ROOT = Path(__file__).resolve().parents[3]
OURS = [path for app in ("gate40", "members", "matchmaking", "news") for path in sorted((ROOT / app).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
STORES = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie\s*=")
LOOSE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|__proto__|\beval\(|new Function|postMessage"
)


def evaluated(text):
    names = {
        node.func.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and hasattr(node.func, "id")
    }
    return names & {"eval", "exec", "compile", "__import__"}


def broken_hashes(text):
    return re.findall(r"hashlib\.(?:md5|sha1)\b|\bmd5\(|\bsha1\(", text)


def offences(rule, paths):
    return [path.relative_to(ROOT).as_posix() for path in paths if rule(path.read_text())]


@pytest.mark.parametrize(("rule", "planted"), [(evaluated, "eval(x)"), (broken_hashes, "hashlib.md5(x)")])
def test_no_code_is_evaluated_and_no_broken_hash_is_used(rule, planted):
    assert offences(rule, OURS) == []
    assert rule(planted)  # the control


def test_our_scripts_store_nothing_and_build_no_page_from_text():
    assert SCRIPTS
    assert offences(STORES.search, SCRIPTS) == []
    assert offences(LOOSE.search, SCRIPTS) == ["static/js/formset.js"]  # copies the empty row of its own page
    assert STORES.search("localStorage.x = 1")
    assert LOOSE.search("a.innerHTML = b")


def test_the_image_carries_no_history_and_no_secrets():
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "var"} <= set(left_out)


def test_a_link_serves_its_own_purpose_alone(client, cast):
    """The keys are the same: the salts are not."""
    outcome = outcomes.link(cast.room, cast["alfa"], 30, cast.people["owner"]).split("/")[-2]
    confirm = ledger.confirm_url([cast.subscription]).split("/")[-2]
    calendar = calendars.calendar_token(cast.people["owner"])
    pages = {"matchmaking:outcome": outcome, "news:confirm": confirm, "matchmaking:calendar": calendar}
    answers = {
        (page, token): client.get(reverse(page, args=[token])).status_code for page in pages for token in pages.values()
    }
    assert {page for (page, token), status in answers.items() if status == 200 and pages[page] == token} == set(pages)
    assert [pair for pair, status in answers.items() if status != 404 and pages[pair[0]] != pair[1]] == []
