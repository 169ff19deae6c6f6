"""docs/asvs.csv says what shows each requirement: what it names exists, and none of the two levels is left out."""

import csv
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ANSWERS = {"test", "document", "operator", "not applicable", "open"}
# How many requirements of level 1 and of level 2 the standard has (OWASP ASVS 5.0.0).
LEVELS = {"1": 70, "2": 183}


def rows():
    with (ROOT / "docs/asvs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def missing(row):
    """What the row names and is not there."""
    if row["answer"] == "test":
        path, _, name = row["where"].partition("::")
        source = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
        return [] if re.search(rf"^def {re.escape(name)}\(", source, re.MULTILINE) else [row["where"]]
    if row["answer"] == "document":
        return [] if (ROOT / row["where"]).is_file() else [row["where"]]
    return []


def test_whatever_a_row_names_exists():
    assert [gone for row in rows() for gone in missing(row)] == []


def test_a_test_that_is_not_there_is_seen():
    """The negative control."""
    invented = {"answer": "test", "where": "tests/test_permissions.py::test_that_nobody_wrote"}
    assert missing(invented) == [invented["where"]]
    assert missing({"answer": "test", "where": "tests/nowhere.py::test_x"})
    assert missing({"answer": "document", "where": "docs/nowhere.md"})


def test_every_requirement_of_both_levels_has_one_answer_and_a_reason():
    found = rows()
    assert Counter(row["level"] for row in found) == LEVELS
    assert len({row["requirement"] for row in found}) == len(found)
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", row["requirement"]) for row in found)
    assert [row for row in found if row["answer"] not in ANSWERS or not row["where"] or not row["what"]] == []
