"""A reader who keeps every report that they could ever open, and subtracts. Pure: no Django.

`contents` are reports as plain JSON: the closed months in bands and the closed reports. `leaks` plays them against
each other and names whatever a handful of firms could be told from.
"""

from collections.abc import Sequence
from itertools import combinations

from .attack import Line, handfuls, told

EVIDENCE = ("needs_home", "needs_elsewhere", "requests", "searches")


def leaks(contents: Sequence[dict], visible: dict[str, int] | None = None) -> dict[str, int]:
    """{what: how many firms} of everything that can be worked out and is a handful; empty when all is well.

    `visible` are the needs of the province that the reader can count on profiles, by competence: what a report says
    beyond them is what somebody hides.
    """
    found = _funnels(contents)
    for name in EVIDENCE:
        found |= _evidence(contents, name)
    found |= _outcomes(contents)
    return found | (_beyond(contents, visible) if visible is not None else {})


def _columns(contents):
    """Every column of every funnel: (its name, [figures])."""
    for place, content in enumerate(contents):
        for at, day in enumerate(content["funnel"]["days"]):
            yield f"{place}/{day}", [row["counts"][at] for row in content["funnel"]["rows"]]


def _funnels(contents):
    """The unknowns are the firms that stop after each stage of each column: a stage is the sum of those from it on."""
    lines, wanted, columns = [], {}, list(_columns(contents))
    for name, figures in columns:
        for stage, value in enumerate(figures):
            lines.append(Line(_from(name, stage, len(figures)), *told(value, hidden_low=0)))
            wanted[f"imbuto {name}: tappa {stage}"] = _from(name, stage, len(figures))
            for later in range(stage + 1, len(figures)):
                group = {(name, at): 1 for at in range(stage, later)}
                wanted[f"imbuto {name}: fra {stage} e {later}"] = group
    for (one, figures), (other, _figures) in combinations(columns, 2):
        for stage in range(len(figures)):
            here, there = _from(one, stage, len(figures)), _from(other, stage, len(figures))
            wanted[f"imbuto da {one} a {other}: tappa {stage}"] = here | dict.fromkeys(there, -1)
            wanted[f"imbuto da {one} a {other}: dopo {stage}"] = {(one, stage): 1, (other, stage): -1}
    return handfuls(lines, wanted)


def _from(name, stage, stages):
    return {(name, at): 1 for at in range(stage, stages)}


def _evidence(contents, name):
    """Competences are the unknowns; a branch is their sum. What moved from one report to another is a group too."""
    lines, wanted, hidden = [], {}, set()
    for place, content in enumerate(contents):
        rows = content["gaps"]["leaves"]
        for row in [*rows, *content["gaps"]["branches"]]:
            parts = {(place, each["code"]): 1 for each in rows if each["code"].startswith(row["code"])}
            if name == "searches" and "." not in row["code"]:  # what is only searched for is in no list
                parts[place, row["code"]] = 1
            if parts:
                told_as = f"{name} {place}: {row['code']}"
                lines.append(Line(parts, *told(row[name])))
                wanted[told_as] = parts
                hidden |= {told_as} if row[name] is None else set()
    if name == "searches":
        for one, other in combinations(range(len(contents)), 2):
            both = {code for place, code in (key for line in lines for key in line.parts) if place == one}
            wanted |= {f"{name} da {one} a {other}: {code}": {(one, code): 1, (other, code): -1} for code in both}
    return handfuls(lines, wanted, hidden)


def _outcomes(contents):
    lines, wanted, hidden = [], {}, set()
    for place, content in enumerate(contents):
        for table in content["outcomes"]["tables"]:
            whole = {(place, table["label"], row["label"]): 1 for row in table["rows"][1:]}
            for at, row in enumerate(table["rows"]):
                parts = {(place, table["label"], row["label"]): 1} if at else whole
                told_as = f"{place}: {table['label']}, {row['label']}"
                lines.append(Line(parts, *told(row["value"])))
                wanted[told_as] = parts
                hidden |= {told_as} if row["value"] is None else set()
    return handfuls(lines, wanted, hidden)


def _beyond(contents, visible):
    """What each report counts beyond what stands on the profiles."""
    found = {}
    for place, content in enumerate(contents):
        for row in content["gaps"]["leaves"]:
            total, key = row["needs_home"], f"bisogni riservati {place}: {row['code']}"
            is_read = visible.get(row["code"], 0)
            lines = [Line({"open": 1}, is_read, is_read), Line({"open": 1, "blind": 1}, *told(total))]
            found |= handfuls(lines, {key: {"blind": 1}})
            if total is None and not is_read:  # hidden means that somebody asks, and nobody does openly
                found[key] = 1
    return found
