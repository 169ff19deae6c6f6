"""Templates for a designer and a translator: lines that fit a screen, one tag a line where tags are several.

Each rule is a function that lists offences in a template, so that each is also shown to see a planted one.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 120
CROWD = 4  # tags in one line
TAG = re.compile(r"\{[%{]")


def templates():
    """(path from the root, text) of every page and every mail."""
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def too_long(text):
    return [line for line in text.splitlines() if len(line) > WIDTH]


def crowded(text):
    return [line for line in text.splitlines() if len(TAG.findall(line)) >= CROWD]


def test_no_line_is_longer_than_a_screen():
    assert [(name, line) for name, text in templates() for line in too_long(text)] == []


def test_lines_with_four_tags_are_one_in_a_hundred_at_most():
    lines = sum(len(text.splitlines()) for _name, text in templates())
    found = [(name, line) for name, text in templates() for line in crowded(text)]
    assert len(found) <= lines / 100, found


@pytest.mark.parametrize(
    ("line", "is_long", "is_crowded"),
    [
        ("x" * 120, False, False),
        ("x" * 121, True, False),
        ("{% if a %}{{ a }}{% endif %}", False, False),
        ("{% if a %}{{ a }}{% endif %} {{ b }}", False, True),
        ("{% if a %}\n{{ a }}\n{% endif %}\n{{ b }}", False, False),
    ],
)
def test_the_two_rules_see_a_planted_offence(line, is_long, is_crowded):
    assert (bool(too_long(line)), bool(crowded(line))) == (is_long, is_crowded)
