"""What the tests reach, wing by wing: lines and branches, from the JSON that coverage.py writes. Pure: no Django."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HALL = "(top)"  # modules at the top of an app
OUTER = {"views", "forms", "admin", "models", "urls", "apps", "tasks", "receivers", "signals", "management", "demo"}
INNER = "use cases and algorithms"
GOAL = {"lines": 97.0, "branches": 92.0}  # percent of what is inside


@dataclass
class Reached:
    """How many lines and branches there are, and how many of them the tests have met."""

    lines: int = 0
    met_lines: int = 0
    branches: int = 0
    met_branches: int = 0

    def add(self, summary: dict) -> None:
        self.lines += summary["num_statements"]
        self.met_lines += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.met_branches += summary["covered_branches"]

    @property
    def percents(self) -> tuple[float, float]:
        return _percent(self.met_lines, self.lines), _percent(self.met_branches, self.branches)


def _percent(met, there):
    return 100 * met / there if there else 100.0


def wing_of(path: str) -> str:
    """`matchmaking/requests/views/sent.py` is in the wing "matchmaking/requests"."""
    app, *rest = path.split("/")
    return f"{app}/{rest[0]}" if len(rest) > 1 else f"{app} {HALL}"


def is_inside(path: str) -> bool:
    """Is it a use case or an algorithm: in a wing, and neither a page nor a form, an admin or a model?"""
    app, *rest = path.removesuffix(".py").split("/")
    return len(rest) > 1 and not OUTER & set(rest)


def by_wing(files: dict[str, dict]) -> dict[str, Reached]:
    """From path → what coverage.py found there; the last row is `INNER`, whatever the wing."""
    wings: dict[str, Reached] = defaultdict(Reached)
    inside = Reached()
    for path, found in sorted(files.items()):
        wings[wing_of(path)].add(found["summary"])
        if is_inside(path):
            inside.add(found["summary"])
    return {**wings, INNER: inside}


def table(files: dict[str, dict], thinnest: int = 12) -> str:
    """A row for each wing, then the modules inside that lack most."""
    rows = [f"{'':34}  lines  branches"]
    for wing, reached in by_wing(files).items():
        lines, branches = reached.percents
        rows.append(f"{wing:34} {lines:5.1f} %   {branches:5.1f} %")
    rows[-1] += f"   (goal {GOAL['lines']:.0f} %, {GOAL['branches']:.0f} %)"
    lacking = sorted((_lacking(found), path) for path, found in files.items() if is_inside(path))
    rows += ["", "Not reached, lines and branches:"]
    rows += [f"{path:60} {-count:4}" for count, path in lacking[:thinnest] if count]
    return "\n".join(rows)


def _lacking(found):
    return -(found["summary"]["missing_lines"] + found["summary"]["missing_branches"])


def printed(report: Path) -> str:
    return table(json.loads(report.read_text())["files"])
