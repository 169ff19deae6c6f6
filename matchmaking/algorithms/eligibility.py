"""Whether an organization may take part in an opportunity, and the sentence of each rule. Pure: no Django.

Three answers: yes, no, to be checked. "No" is said only of what is known: a datum that is missing, or not fine enough
to decide, is to be checked and never a refusal. One rule that says no is enough for no; else one rule to be checked is
enough to check; else yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

YES, CHECK, NO = "eligible", "to_check", "not_eligible"

# What a rule can be about.
SIZE, ATECO, LEGAL_FORM, TERRITORY, KIND, AGE, WORKERS = (
    "size",
    "ateco",
    "legal_form",
    "territory",
    "kind",
    "age",
    "workers",
)
LISTS = (SIZE, ATECO, LEGAL_FORM, TERRITORY, KIND)  # one of `any_of`
RANGES = (AGE, WORKERS)  # from `least` to `most`; an age in months

SIZES = {"micro": "micro", "small": "piccola", "medium": "media", "large": "grande"}
# Recommendation 2003/361/EC: with so many workers a firm is out of the class; with fewer, turnover may still say so.
_FROM_NEXT = {"micro": 10, "small": 50, "medium": 250}
# Divisions of the sections that ATECO 2007 and ATECO 2025 write in the same way; the other letters changed meaning.
SECTIONS = {"A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "I": (55, 56)}


@dataclass(frozen=True)
class EligibilityRule:
    """What an opportunity asks: one of the words `any_of`, or a number between `least` and `most` (both included).

    Territories are written "comune:Carrara", "comune:Carrara (MS)", "provincia:MS", "regione:Toscana"; activities are
    ATECO prefixes ("28", "28.9", "28.92") or section letters.
    """

    about: str
    any_of: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def __post_init__(self):
        if self.about not in LISTS + RANGES:
            raise ValueError(f"no rule is about {self.about!r}")
        if self.about in LISTS and not self.any_of:
            raise ValueError(f"a rule about {self.about} names what it admits")
        if self.about in RANGES and self.least is None and self.most is None:
            raise ValueError(f"a rule about {self.about} has a least, a most, or both")
        object.__setattr__(self, "any_of", tuple(self.any_of))

    def as_dict(self) -> dict[str, Any]:
        values = {"about": self.about, "any_of": list(self.any_of), "least": self.least, "most": self.most}
        return {name: value for name, value in values.items() if value not in (None, [])}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EligibilityRule:
        """Raises ValueError for what is no rule."""
        try:
            return cls(**{**values, "any_of": tuple(values.get("any_of", ()))})
        except TypeError as error:
            raise ValueError(f"not a rule: {error}") from error


@dataclass(frozen=True)
class Applicant:
    """What is known of an organization; None and empty are not known."""

    kind: str = ""
    size: str | None = None
    workers: int | None = None
    ateco: tuple[str, ...] = ()
    legal_form: str = ""
    municipality: str = ""
    province: str = ""
    region: str = ""
    founded_on: date | None = None


@dataclass(frozen=True)
class Finding:
    """What one rule answers: the verdict, and the sentence as a key of SENTENCES with its values."""

    rule: EligibilityRule
    verdict: str
    key: str
    values: dict[str, Any] = field(compare=False, hash=False)


@dataclass(frozen=True)
class Assessment:
    """The verdict of all the rules, and each finding in the order of the rules."""

    verdict: str
    findings: tuple[Finding, ...]


def assess(rules: Iterable[EligibilityRule], firm: Applicant, today: date) -> Assessment:
    """Every rule asked of one organization. No rules, nothing forbids: yes."""
    findings = tuple(judge(rule, firm, today) for rule in rules)
    said = {finding.verdict for finding in findings}
    return Assessment(NO if NO in said else CHECK if CHECK in said else YES, findings)


def judge(rule: EligibilityRule, firm: Applicant, today: date) -> Finding:
    """One rule asked of one organization."""
    verdict, own = _JUDGES[rule.about](rule, firm, today)
    state = "unknown" if own is None else verdict
    return Finding(rule, verdict, f"{rule.about}.{state}", {"asked": _asked(rule), "own": own})


# --- Each kind of rule: (verdict, what we know in words or None when we do not) -----------------------------------


def _size(rule, firm, today):
    if firm.size:
        return _among(rule.any_of, {firm.size}), SIZES.get(firm.size, firm.size)
    if firm.workers is None:
        return CHECK, None
    possible = [name for name in SIZES if name == "large" or firm.workers < _FROM_NEXT[name]]
    verdict = NO if _among(rule.any_of, set(possible)) == NO else CHECK
    return verdict, f"almeno {SIZES[possible[0]]}" if verdict == NO else None


def _among(admitted, own):
    return YES if set(admitted) & own else NO


def _ateco(rule, firm, today):
    if not firm.ateco:
        return CHECK, None
    answers = {_activity(asked, own) for asked in rule.any_of for own in firm.ateco}
    verdict = YES if YES in answers else CHECK if CHECK in answers else NO
    return verdict, ", ".join(firm.ateco)


def _activity(asked: str, own: str) -> str:
    """Is the activity `own` inside `asked`? A code coarser than the one asked cannot tell."""
    asked, own = asked.strip().upper(), own.strip().upper()
    if asked.isalpha() and not own.isalpha():
        return _in_section(asked, own)
    asked, own = (re.sub(r"[^0-9A-Z]", "", code) for code in (asked, own))
    if own.startswith(asked):
        return YES
    return CHECK if asked.startswith(own) or own.isalpha() else NO


def _in_section(letter, own):
    first, last = SECTIONS.get(letter, (None, None))
    division = re.match(r"\d\d", own)
    if first is None or division is None:
        return CHECK
    return YES if first <= int(division[0]) <= last else NO


def _legal_form(rule, firm, today):
    if not firm.legal_form:
        return CHECK, None
    return _among({_plain(form) for form in rule.any_of}, {_plain(firm.legal_form)}), firm.legal_form


def _territory(rule, firm, today):
    known = {
        f"comune:{firm.municipality}" if firm.municipality else "",
        f"comune:{firm.municipality} ({firm.province})" if firm.municipality and firm.province else "",
        f"provincia:{firm.province}" if firm.province else "",
        f"regione:{firm.region}" if firm.region else "",
    } - {""}
    if _among(map(_plain, rule.any_of), set(map(_plain, known))) == YES:
        return YES, _seat(firm)
    levels = {"comune": firm.municipality, "provincia": firm.province, "regione": firm.region}
    if any(not levels.get(place.partition(":")[0]) for place in rule.any_of):
        return CHECK, None
    return NO, _seat(firm)


def _seat(firm):
    return firm.municipality or firm.province or firm.region


def _kind(rule, firm, today):
    if not firm.kind:
        return CHECK, None
    return _among(rule.any_of, {firm.kind}), KINDS.get(firm.kind, firm.kind)


def _age(rule, firm, today):
    """In months; the day on which the last month ends still counts."""
    if firm.founded_on is None:
        return CHECK, None
    old_enough = rule.least is None or _months_later(firm.founded_on, rule.least) <= today
    young_enough = rule.most is None or today <= _months_later(firm.founded_on, rule.most)
    return YES if old_enough and young_enough else NO, firm.founded_on.strftime("%d/%m/%Y")


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - date.resolution).day
    return date(year, month + 1, min(day.day, last))


def _workers(rule, firm, today):
    if firm.workers is None:
        return CHECK, None
    inside = (rule.least is None or firm.workers >= rule.least) and (rule.most is None or firm.workers <= rule.most)
    return YES if inside else NO, str(firm.workers)


_JUDGES = {
    SIZE: _size,
    ATECO: _ateco,
    LEGAL_FORM: _legal_form,
    TERRITORY: _territory,
    KIND: _kind,
    AGE: _age,
    WORKERS: _workers,
}


# --- In words -----------------------------------------------------------------------------------------------------

KINDS = {"firm": "un'impresa", "research_center": "un centro di ricerca", "financier": "un operatore finanziario"}

SENTENCES = {
    "size.eligible": "richiede %(asked)s impresa: la vostra è %(own)s",
    "size.not_eligible": "richiede %(asked)s impresa: la vostra è %(own)s",
    "size.unknown": "richiede %(asked)s impresa: la dimensione della vostra non è indicata",
    "ateco.eligible": "richiede attività ATECO %(asked)s: la vostra è %(own)s",
    "ateco.not_eligible": "richiede attività ATECO %(asked)s: la vostra è %(own)s",
    "ateco.to_check": "richiede attività ATECO %(asked)s: la vostra, %(own)s, non basta a dirlo",
    "ateco.unknown": "richiede attività ATECO %(asked)s: la vostra non è indicata",
    "legal_form.eligible": "richiede forma giuridica %(asked)s: la vostra è %(own)s",
    "legal_form.not_eligible": "richiede forma giuridica %(asked)s: la vostra è %(own)s",
    "legal_form.unknown": "richiede forma giuridica %(asked)s: la vostra non è indicata",
    "territory.eligible": "richiede sede in %(asked)s: la vostra è a %(own)s",
    "territory.not_eligible": "richiede sede in %(asked)s: la vostra è a %(own)s",
    "territory.unknown": "richiede sede in %(asked)s: la vostra non è indicata",
    "kind.eligible": "è per %(asked)s: siete %(own)s",
    "kind.not_eligible": "è per %(asked)s: siete %(own)s",
    "kind.unknown": "è per %(asked)s: non sappiamo che cosa siete",
    "age.eligible": "richiede costituzione %(asked)s: la vostra è del %(own)s",
    "age.not_eligible": "richiede costituzione %(asked)s: la vostra è del %(own)s",
    "age.unknown": "richiede costituzione %(asked)s: la data della vostra non è indicata",
    "workers.eligible": "richiede %(asked)s addetti: ne avete %(own)s",
    "workers.not_eligible": "richiede %(asked)s addetti: ne avete %(own)s",
    "workers.unknown": "richiede %(asked)s addetti: quanti ne avete non è indicato",
}


def sentence(finding: Finding, translate: Callable[[str], str] = str) -> str:
    """The rule in plain Italian, with what we know: "richiede micro o piccola impresa: la vostra è piccola"."""
    return translate(SENTENCES[finding.key]) % finding.values


def _asked(rule: EligibilityRule) -> str:
    """What the rule admits, in words: "micro o piccola", "Toscana o Liguria", "da meno di 5 anni"."""
    if rule.about == SIZE:
        return either([SIZES.get(name, name) for name in rule.any_of])
    if rule.about == KIND:
        return either([KINDS.get(name, name) for name in rule.any_of])
    if rule.about == TERRITORY:
        return either([_place(name) for name in rule.any_of])
    if rule.about == AGE:
        return _span(rule, _time, "da almeno %s", "da non più di %s")
    if rule.about == WORKERS:
        return _span(rule, str, "almeno %s", "non più di %s")
    return either(rule.any_of)


def _span(rule, worded, least, most):
    said = [(least, rule.least), (most, rule.most)]
    return " e ".join(phrase % worded(number) for phrase, number in said if number is not None)


def _time(months: int) -> str:
    years, rest = divmod(months, 12)
    if rest:
        return f"{months} mesi"
    return "un anno" if years == 1 else f"{years} anni"


def _place(name: str) -> str:
    level, _colon, place = name.partition(":")
    return f"provincia di {place}" if level == "provincia" else place


def either(words: Iterable[str], most: int = 6) -> str:
    """ "a, b o c"; of a long list the first, and how many more."""
    words = list(words)
    if len(words) > most:
        return f"{', '.join(words[:most])} o altre {len(words) - most} voci"
    return " o ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
