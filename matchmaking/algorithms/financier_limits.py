"""The hard limits of a financier: whether a firm may be suggested to it, never how much. Pure: no Django.

A firm outside any limit is not suggested, in either direction, and the reason is kept for the staff. What is not known
never excludes: a firm that has not said how much it seeks is not a firm that seeks too much, and asking it costs one
question, while hiding it costs the meeting. An empty list sets no limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SENTENCES = {
    "ticket_min": "cerca %(found)s euro, meno dell'importo minimo di %(limit)s euro",
    "ticket_max": "cerca %(found)s euro, più dell'importo massimo di %(limit)s euro",
    "stage": "è in fase di %(found)s, fuori dalle fasi indicate (%(limit)s)",
    "sector": "le sue competenze (%(found)s) sono fuori dai settori indicati (%(limit)s)",
    "territory": "ha sede in %(found)s, fuori dal territorio indicato (%(limit)s)",
    "exclusion": "l'attività %(found)s è fra quelle escluse (%(limit)s)",
}


@dataclass(frozen=True)
class Terms:
    """What a financier admits: euros, stages, branches of the taxonomy, provinces or whole regions, ATECO excluded."""

    ticket_min: int | None = None
    ticket_max: int | None = None
    stages: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    provinces: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    excluded_activities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LimitedFirm:
    """What a firm is, as far as it has said: each datum may be missing (None or empty).

    `activities` are ATECO codes with everything above them: "28.92" comes with "28.9", "28" and "C".
    """

    capital: int | None = None
    stage: str = ""
    sectors: frozenset[str] = frozenset()
    province: str = ""
    region: str = ""
    activities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OutsideLimit:
    """A limit that a firm is outside of: a key of SENTENCES, the limit, and what was found instead."""

    limit: str
    allowed: str
    found: str

    def as_dict(self) -> dict[str, str]:
        return {"limit": self.limit, "allowed": self.allowed, "found": self.found}


def outside(terms: Terms, firm: LimitedFirm) -> list[OutsideLimit]:
    """Every limit that the firm is outside of; none means that it may be suggested."""
    found = [_ticket(terms, firm), _stage(terms, firm), _sector(terms, firm), _territory(terms, firm)]
    found.append(_exclusion(terms, firm))
    return [reason for reason in found if reason]


def _ticket(terms, firm):
    if firm.capital is None:
        return None
    if terms.ticket_min is not None and firm.capital < terms.ticket_min:
        return OutsideLimit("ticket_min", euros(terms.ticket_min), euros(firm.capital))
    if terms.ticket_max is not None and firm.capital > terms.ticket_max:
        return OutsideLimit("ticket_max", euros(terms.ticket_max), euros(firm.capital))
    return None


def _stage(terms, firm):
    if terms.stages and firm.stage and firm.stage not in terms.stages:
        return OutsideLimit("stage", _listed(terms.stages), firm.stage)
    return None


def _sector(terms, firm):
    if terms.sectors and firm.sectors and not terms.sectors & firm.sectors:
        return OutsideLimit("sector", _listed(terms.sectors), _listed(firm.sectors))
    return None


def _territory(terms, firm):
    if not (terms.provinces or terms.regions) or not firm.province:
        return None
    if firm.province in terms.provinces or firm.region in terms.regions:
        return None
    return OutsideLimit("territory", _listed(terms.provinces | terms.regions), firm.province)


def _exclusion(terms, firm):
    if shared := terms.excluded_activities & firm.activities:
        return OutsideLimit("exclusion", _listed(terms.excluded_activities), _listed(shared))
    return None


def with_everything_above(codes: Iterable[str], sections: Mapping[str, str]) -> frozenset[str]:
    """ATECO codes and what they belong to: the divisions, groups and classes inside a code, and its section's letter.

    `sections` gives the letter of a division of two digits.
    """
    above = {code[:length] for code in codes for length in range(2, len(code) + 1) if code[length - 1] != "."}
    return frozenset(above | {sections[code] for code in above if code in sections} | set(codes))


def sentence(reason: Mapping[str, Any], names: Mapping[str, str], translate=str) -> str:
    """A kept reason in Italian. `names` turns a stored code (a stage) into a word."""
    values = {
        "limit": ", ".join(names.get(each, each) for each in reason["allowed"].split(", ")),
        "found": ", ".join(names.get(each, each) for each in reason["found"].split(", ")),
    }
    return translate(SENTENCES[reason["limit"]]) % values


def euros(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
