"""What a financier will not do, and why a firm is outside: limits say whether, never how much.

A firm outside any limit is not suggested, and every reason is kept. What a firm has not said never puts it outside:
nobody is turned away by an empty field. What a financier has not said limits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Limits:
    """Of a financier. Amounts in whole euros, both ends allowed; an empty set is no limit.

    `territory` holds codes of provinces; `sectors` and `excluded_sectors` hold ATECO codes, and each stands for all
    that begin with it ("23.7" for "23.70.10"). Raises ValueError naming the field.
    """

    instruments: frozenset[str] = frozenset()
    ticket_min: int | None = None
    ticket_max: int | None = None
    stages: frozenset[str] = frozenset()
    territory: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    excluded_sectors: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("instruments", "stages", "territory", "sectors", "excluded_sectors"):
            object.__setattr__(self, name, _codes(name, getattr(self, name)))
        for name in ("ticket_min", "ticket_max"):
            _check_amount(name, getattr(self, name))
        if None not in (self.ticket_min, self.ticket_max) and self.ticket_min > self.ticket_max:
            raise ValueError(f"ticket_min must not exceed ticket_max: {self.ticket_min} > {self.ticket_max}")


@dataclass(frozen=True)
class Financed:
    """What a firm says of itself and of what it seeks; None or empty when it has not said.

    `amount` in whole euros; `sectors` are its ATECO codes: one within the limits is enough, one excluded is too many.
    """

    instruments: frozenset[str] = frozenset()
    amount: int | None = None
    stage: str | None = None
    province: str | None = None
    sectors: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("instruments", "sectors"):
            object.__setattr__(self, name, _codes(name, getattr(self, name)))
        _check_amount("amount", self.amount)


class Outside(NamedTuple):
    """Why a firm is outside: the limit, what the firm says and what the financier allows (or excludes)."""

    limit: str
    said: Any
    allowed: Any

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in self._asdict().items()
        }


SENTENCES = {
    "instruments": "strumenti cercati: %(said)s; offerti: %(allowed)s",
    "ticket_min": "importo cercato %(said)s €, inferiore al minimo di %(allowed)s €",
    "ticket_max": "importo cercato %(said)s €, superiore al massimo di %(allowed)s €",
    "stages": "fase %(said)s; fasi ammesse: %(allowed)s",
    "territory": "provincia %(said)s; territorio: %(allowed)s",
    "sectors": "settori %(said)s; settori ammessi: %(allowed)s",
    "excluded_sectors": "settori %(said)s, esclusi dall'operatore",
}


def outside(limits: Limits, firm: Financed) -> list[Outside]:
    """Every reason why the firm is outside the limits; none when it is inside, or has not said enough to tell."""
    excluded = frozenset(code for code in firm.sectors if _is_under(code, limits.excluded_sectors))
    admitted = any(_is_under(code, limits.sectors) for code in firm.sectors)
    reasons = [
        _unless(firm.instruments & limits.instruments, "instruments", firm.instruments, limits.instruments),
        _unless(_at_least(firm.amount, limits.ticket_min), "ticket_min", firm.amount, limits.ticket_min),
        _unless(_at_least(limits.ticket_max, firm.amount), "ticket_max", firm.amount, limits.ticket_max),
        _unless(firm.stage in limits.stages, "stages", firm.stage, limits.stages),
        _unless(firm.province in limits.territory, "territory", firm.province, limits.territory),
        _unless(admitted, "sectors", firm.sectors, limits.sectors),
        _unless(not excluded, "excluded_sectors", excluded, limits.excluded_sectors),
    ]
    return [reason for reason in reasons if reason]


def sentence(reason: Outside, translate: Callable[[str], str] = str) -> str:
    """A reason in plain Italian; `translate` is gettext for whoever has it."""
    return translate(SENTENCES[reason.limit]) % {"said": _text(reason.said), "allowed": _text(reason.allowed)}


def _unless(is_inside: Any, limit: str, said: Any, allowed: Any) -> Outside | None:
    """A reason, unless the firm is inside or one of the two has not said anything."""
    has_said = said not in (None, "", frozenset()) and allowed not in (None, frozenset())
    return Outside(limit, said, allowed) if has_said and not is_inside else None


def _at_least(amount: int | None, least: int | None) -> bool:
    return amount is None or least is None or amount >= least


def _is_under(code: str, above: Iterable[str]) -> bool:
    """Whether a code is one of these or belongs to one: 23.70.10 is under 23.7 and 23, not under 2."""
    digits = code.replace(".", "")
    return any(digits.startswith(each.replace(".", "")) for each in above)


def _codes(name: str, codes: Iterable[str]) -> frozenset[str]:
    if isinstance(codes, str) or not all(isinstance(code, str) and code for code in codes):
        raise ValueError(f"{name} must be a set of codes, not {codes!r}")
    return frozenset(codes)


def _check_amount(name: str, amount: Any) -> None:
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 0):
        raise ValueError(f"{name} must be whole euros, not {amount!r}")


def _text(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value)
