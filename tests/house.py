"""The plan of the house, read from the sources: which module imports which, in which wing it stands, how long it is.

`python3 manage.py house` prints the picture and the figures of `docs/architecture.md`; `--write` puts them there.
`tests/test_architecture.py` holds the sources to the rules, and the page to this picture.
"""

import ast
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
FENCE = re.compile(r"(<!-- house:(\w+) -->\n```text\n).*?(```)", re.DOTALL)
APPS = ("members", "matchmaking", "news", "gate40")
# Modules at the top of an app that every wing may use: they know models and rules at most. The others stand above.
SHARED = {
    "members": {"bells", "facts", "guards", "readonly", "signals", "transitions"},
    "matchmaking": {"converters", "signals", "widgets"},
    "news": set(),
    "gate40": {"policy", "staff"},
}
UPPER = "app"  # urls, tasks, receivers, admin: whatever is neither a wing nor shared


@cache
def modules() -> dict[str, Path]:
    """Every module of ours, migrations aside: dotted name → path from the root."""
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                relative = path.relative_to(ROOT)
                found[dotted(relative.as_posix())] = relative
    return found


def dotted(path: str) -> str:
    """`news/digests/__init__.py` → `news.digests`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(path: str, text: str) -> Iterator[tuple[str, bool]]:
    """(dotted name, is it relative) of every import, at the top or inside a function; relative ones made absolute."""
    package = dotted(path).split(".") if path.endswith("__init__.py") else dotted(path).split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.level > 0) for alias in node.names)


@cache
def graph() -> dict[str, frozenset[str]]:
    """module → the modules of ours that it imports."""
    return {name: frozenset(targets(path.as_posix(), (ROOT / path).read_text())) for name, path in modules().items()}


def targets(path: str, text: str) -> Iterator[str]:
    known, own = modules(), dotted(path)
    for name, _ in imports(path, text):
        found = name if name in known else name.rpartition(".")[0]
        if found in known and found != own:
            yield found


def wing(path: str) -> str:
    """`matchmaking/rooms/forms.py` → `rooms`; at the top of an app `shared` or `app`."""
    app, *rest = path.removesuffix(".py").split("/")
    if len(rest) > 1:
        return rest[0]
    if rest[0] == "__init__" or rest[0] in SHARED.get(app, ()):
        return "shared"
    return rest[0] if (ROOT / app / rest[0]).is_dir() else UPPER


def crossings() -> dict[tuple[str, str], int]:
    """(importing, imported), each an app and its wing with a dot between → how many imports, within one app."""
    counted: Counter = Counter()
    for name, imported in graph().items():
        path = modules()[name].as_posix()
        for other in imported:
            there = modules()[other].as_posix()
            here, far = (path.split("/")[0], wing(path)), (there.split("/")[0], wing(there))
            if here[0] == far[0] and here != far:
                counted[".".join(here), ".".join(far)] += 1
    return dict(counted)


def circles(edges: dict[str, frozenset[str]] | None = None) -> list[list[str]]:
    """Groups of modules that import each other round and round (Tarjan's strongly connected components over one)."""
    edges = graph() if edges is None else edges
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in edges.get(name, ()):
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            place = stack.index(name)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for name in edges:
        if name not in number:
            visit(name)
    return found


def largest_folder() -> tuple[str, int]:
    """The folder with most modules beside each other, `__init__.py` aside."""
    counted = Counter(path.parent.as_posix() for path in modules().values() if path.name != "__init__.py")
    return max(counted.items(), key=lambda pair: pair[1])


def function_lengths() -> list[tuple[int, str]]:
    """(lines of the body without its docstring, where) of every function of ours, the longest last."""
    return sorted(
        (body_lines(node), f"{path}:{node.name}")
        for path in modules().values()
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1


def template_lines() -> list[tuple[str, str]]:
    """(where, line) of every line of every template."""
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in sorted((ROOT / "templates").rglob("*"))
        if path.is_file()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
    ]


def tags_in(line: str) -> int:
    return len(re.findall(r"{%|{{", line))


def picture() -> str:
    """For each app its wings from the top down, with what they import: `requests (12) → matching 9, models 12, …`."""
    lines = []
    for app in reversed(APPS):
        sizes = Counter(wing(p.as_posix()) for p in modules().values() if p.parts[0] == app and p.name != "__init__.py")
        down: dict[str, dict[str, int]] = defaultdict(dict)
        for (here, far), count in crossings().items():
            if here.split(".")[0] == app:
                down[here.split(".")[1]][far.split(".")[1]] = count
        lines.append(f"{app}/")
        for name in sorted(sizes, key=lambda each: (-height(each, down), each)):
            seen = ", ".join(f"{other} {count}" for other, count in sorted(down[name].items()))
            lines.append(f"  {name + f' ({sizes[name]})':<20} {'→ ' + seen if seen else ''}".rstrip())
    return "\n".join(lines) + "\n"


def height(name: str, down: dict[str, dict[str, int]]) -> int:
    """How many floors stand below a wing. Wings that import each other would have no end: the rules forbid it."""
    return 1 + max((height(other, down) for other in down[name]), default=0)


def figures() -> str:
    """The figures of the house, one a line."""
    lengths = [length for length, _ in function_lengths()]
    templates = [line for _, line in template_lines()]
    folder, size = largest_folder()
    long, dense = sum(len(line) > 120 for line in templates), sum(tags_in(line) > 3 for line in templates)
    return (
        f"import circles (imports inside functions too)   {len(circles())}\n"
        f"modules                                         {len(modules())}\n"
        f"largest flat folder                             {size} ({folder}/)\n"
        f"functions: median, p90, longest (lines)         {statistics.median(lengths):.0f}, "
        f"{lengths[int(len(lengths) * 0.9)]}, {lengths[-1]}\n"
        f"template lines over 120 characters              {100 * long / len(templates):.1f} %\n"
        f"template lines with four tags or more           {100 * dense / len(templates):.1f} %\n"
    )


def page(text: str) -> str:
    """The page with both blocks as they are now."""
    blocks = {"picture": picture(), "figures": figures()}
    return FENCE.sub(lambda found: found[1] + blocks[found[2]] + found[3], text)


def main(arguments: list[str]) -> None:
    if "--write" in arguments:
        PAGE.write_text(page(PAGE.read_text()))
    print(picture() + "\n" + figures(), end="")
