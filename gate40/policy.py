"""Who may open which page: `policy.csv` is the expectation that the tests hold the pages to, for people to read; these
functions serve the check and the tests. The right itself is what a page's guard checks.

A cell of the table says what a role meets:
    A      the page
    L      the way to sign in
    own    the page for the organization it represents, 404 for any other
    seen   the page when the object is published or its own, 404 otherwise
    F      the way to set up the second factor
    staff  a page of the admin, or 403 when it is not this group's work
    A/L    one or the other, by the method of the request
    403    a refusal;  404 nothing, as if there were no such page
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import URLPattern, get_resolver

TABLE = Path(__file__).with_name("policy.csv")
THIRD_PARTY = Path(__file__).with_name("third_party.csv")
OURS = ("gate40.", "members.", "matchmaking.", "news.")


@cache
def rights() -> dict[str, dict[str, str]]:
    """Policy → role → cell."""
    with TABLE.open(newline="") as file:
        return {row.pop("policy"): row for row in csv.DictReader(line for line in file if not line.startswith("#"))}


@cache
def third_party() -> dict[str, str]:
    """View name → policy, for pages that packages bring. An upgrade that adds a page must add its row."""
    with THIRD_PARTY.open(newline="") as file:
        return {row["view"]: row["policy"] for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Page:
    """An address: its view's name with the namespace, the view, and the parameters that the address takes."""

    name: str
    view: Callable
    parameters: tuple[str, ...]
    is_named: bool

    @property
    def policy(self) -> str | None:
        """What its guard says, the admin's, or the row of the third-party table; None if nobody says."""
        if declared := getattr(self.view, "policy", None):
            return declared
        if self.name.startswith("admin:"):
            return "admin.entrance" if self.name == "admin:login" else "admin"
        return None if self.view.__module__.startswith(OURS) else third_party().get(self._leads_to or self.name)

    @property
    def _leads_to(self) -> str | None:
        """The name of the page that a mere redirect (an address of earlier days) leads to: its policy holds there."""
        return getattr(self.view, "view_initkwargs", {}).get("pattern_name")


def pages() -> Iterator[Page]:
    """Every address of the portal, from the URL resolver."""
    return _walk(get_resolver(), "", ())


def _walk(resolver, namespace, parameters):
    for entry in resolver.url_patterns:
        taken = (*parameters, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLPattern):
            yield Page(f"{namespace}{entry.name or entry.callback.__name__}", entry.callback, taken, bool(entry.name))
        else:
            yield from _walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, taken)
