"""What `manage.py coverage` prints, from what coverage.py found."""

import json

from gate40 import wing_coverage


def found(lines, met_lines, branches=0, met_branches=0):
    return {
        "summary": {
            "num_statements": lines,
            "covered_lines": met_lines,
            "missing_lines": lines - met_lines,
            "num_branches": branches,
            "covered_branches": met_branches,
            "missing_branches": branches - met_branches,
        }
    }


FILES = {
    "matchmaking/requests/requests.py": found(10, 9, 4, 3),
    "matchmaking/requests/views/sent.py": found(30, 10),
    "matchmaking/models/requests.py": found(20, 20),
    "matchmaking/urls.py": found(5, 5),
    "news/parsers/pec.py": found(10, 10),
}


def test_each_wing_has_a_row_and_pages_do_not_count_as_use_cases():
    wings = wing_coverage.by_wing(FILES)
    assert list(wings) == [
        "matchmaking/models",
        "matchmaking/requests",
        "matchmaking (top)",
        "news/parsers",
        wing_coverage.INNER,
    ]
    assert wings["matchmaking/requests"].percents == (100 * 19 / 40, 75.0)
    assert wings[wing_coverage.INNER].percents == (95.0, 75.0)


def test_what_lacks_most_comes_first_and_what_lacks_nothing_is_not_named(tmp_path):
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {**FILES, "news/consent/ledger.py": found(10, 5)}}))
    said = wing_coverage.printed(report).splitlines()
    at = said.index("Not reached, lines and branches:")
    assert [row.split() for row in said[at + 1 :]] == [
        ["news/consent/ledger.py", "5"],
        ["matchmaking/requests/requests.py", "2"],
    ]
    assert "(goal 97 %, 92 %)" in said[at - 2]


def test_a_wing_without_branches_lacks_none():
    assert wing_coverage.Reached(lines=4, met_lines=1).percents == (25.0, 100.0)
