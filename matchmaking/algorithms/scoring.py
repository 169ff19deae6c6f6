"""What one organization covers of what another lacks: a score, and the reasons that sum to it.

The reference of the portal: plain Python, no framework, whole numbers. Similarities and coverages are whole
percents, points are hundredths (0 to 10,000), and each of them is rounded once, half up, so that every engine
gives the same answer. How much two competences are alike is in `taxonomy.py`; `engine.py` scores everybody at once over
arrays; `docs/scoring.md` explains it all to a firm.

Sources
-------
Harmonic mean of the two directions: Pizzato et al., "RECON: a reciprocal recommender", RecSys 2010.
Euler's rule to divide a homogeneous function among its arguments; largest remainders (Hamilton) for what is left.

Blind needs
-----------
A blind need works for the one who has it and for nobody else: it counts in its owner's own list and never in a
score, rank, line or count that another organization sees. So `score(seeker, partner)` reads every need of the
seeker and only the public needs of the partner, and `mutual` reads public needs only. A score belongs to its
seeker: showing it to the partner would show the seeker's blind needs.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

from .taxonomy import Complement, Taxonomy, UnknownCompetence

FORMULA = 1  # raised when the arithmetic changes; calibrations change `Weights.version` instead

THEY_OFFER, WE_OFFER, DISTANCE, AGE = "they_offer", "we_offer", "distance", "age"


def rounded(numerator: int, denominator: int) -> int:
    """The nearest whole number to a non-negative ratio, halves up. The only rounding in the score."""
    return (2 * numerator + denominator) // (2 * denominator)


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` into whole parts proportional to `weights`; what is left goes to the largest remainders.

    The parts sum to `total`, unless every weight is zero: then every part is zero. Ties go to the earlier part.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


# --- What is compared -------------------------------------------------------------------------------------------


def _check(name: str, value: Any, low: int, high: int | None) -> None:
    """Raise ValueError, naming the field, unless `value` is a whole number in the range."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < low or (high is not None and value > high):
        expected = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {expected}, not {value}")


@dataclass(frozen=True)
class Weights:
    """What staff may calibrate; all judgement, none of it measured. Percents unless the name says otherwise.

    Raises ValueError naming the field that is out of range.
    """

    direct: int = 70  # for what the partner covers of the seeker's gap
    mutual: int = 30  # for what both gain; direct + mutual = 100
    levels: tuple[int, int, int, int, int] = (60, 70, 80, 90, 100)  # what a level from 1 to 5 is worth
    trl_step: int = 15  # lost for each step of technology readiness short of the one asked
    trl_floor: int = 40  # what is left at worst
    trl_unknown: int = 10  # lost when a readiness is asked and none is stated
    inferred: int = 50  # what an offer that nobody declared is worth
    distance_step_km: int = 20  # kilometres that cost one percent
    distance_max: int = 15
    age_after_days: int = 180  # days since the last review that cost nothing
    age_step_days: int = 30  # further days that cost one percent
    age_max: int = 15

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        for name in ("direct", "mutual", "trl_step", "trl_floor", "trl_unknown", "inferred"):
            _check(name, getattr(self, name), 0, 100)
        for name in ("distance_step_km", "age_step_days"):
            _check(name, getattr(self, name), 1, None)
        for name in ("distance_max", "age_max"):
            _check(name, getattr(self, name), 0, 50)
        _check("age_after_days", self.age_after_days, 0, None)
        if self.direct + self.mutual != 100:
            raise ValueError(f"direct and mutual must sum to 100, not {self.direct + self.mutual}")
        self._check_levels()

    def _check_levels(self) -> None:
        if len(self.levels) != 5:
            raise ValueError(f"levels must be five, not {len(self.levels)}")
        for worth in self.levels:
            _check("levels", worth, 0, 100)
        if list(self.levels) != sorted(self.levels):
            raise ValueError("levels must not go down: a higher level is never worth less")

    @cached_property
    def version(self) -> str:
        """A name for these values: the same values have the same name, wherever they are kept."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    def one_way(self) -> Weights:
        """For whoever seeks and offers nothing, as an opportunity does: only what is covered counts."""
        return replace(self, direct=100, mutual=0)


@dataclass(frozen=True)
class Offer:
    """A competence that an organization has: level from 1 to 5, technology readiness from 1 to 9 when stated.

    `declared` is false when someone inferred it (from a text, a patent, a project) and the organization has not
    confirmed it. Raises ValueError.
    """

    code: str
    level: int
    trl: int | None = None
    declared: bool = True

    def __post_init__(self) -> None:
        _check_code(self.code)
        _check("level", self.level, 1, 5)
        if self.trl is not None:
            _check("trl", self.trl, 1, 9)


@dataclass(frozen=True)
class Need:
    """A competence that an organization lacks: priority from 1 to 3, readiness asked from 1 to 9 if any.

    `blind` when only its owner may know. Raises ValueError.
    """

    code: str
    priority: int = 2
    trl: int | None = None
    blind: bool = False

    def __post_init__(self) -> None:
        _check_code(self.code)
        _check("priority", self.priority, 1, 3)
        if self.trl is not None:
            _check("trl", self.trl, 1, 9)


def _check_code(code: Any) -> None:
    if not isinstance(code, str) or not code:
        raise ValueError(f"code must be the code of a competence, not {code!r}")


@dataclass(frozen=True)
class Profile:
    """An organization as the score sees it.

    `place` is (latitude, longitude) in degrees, or any code (a province, a municipality) that the caller's table
    of distances knows, or None. `reviewed_days_ago` counts days since someone last confirmed the profile, or None.
    """

    id: int | str
    kind: str = "firm"
    offers: tuple[Offer, ...] = ()
    needs: tuple[Need, ...] = ()
    place: tuple[float, float] | str | None = None
    reviewed_days_ago: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "offers", tuple(self.offers))
        object.__setattr__(self, "needs", tuple(self.needs))
        if self.reviewed_days_ago is not None:
            _check("reviewed_days_ago", self.reviewed_days_ago, 0, None)


# --- Supply and gain --------------------------------------------------------------------------------------------


def readiness(need: Need, offer: Offer, weights: Weights) -> int:
    """What is left, in percent, of an offer whose technology is less ready than asked. Not asked: all of it."""
    if need.trl is None:
        return 100
    if offer.trl is None:
        return 100 - weights.trl_unknown
    missing = max(0, need.trl - offer.trl)
    return min(100, max(weights.trl_floor, 100 - weights.trl_step * missing))


def met(need: Need, offer: Offer, taxonomy: Taxonomy, weights: Weights) -> int:
    """How much of a need an offer meets, whole percent: similarity · level · readiness, halved when inferred."""
    product = taxonomy.similarity(need.code, offer.code) * weights.levels[offer.level - 1]
    product *= readiness(need, offer, weights) * (100 if offer.declared else weights.inferred)
    return rounded(product, 100**3)


class Supply(NamedTuple):
    """How much of a need an organization meets (whole percent), and with which of its offers; None when nothing."""

    percent: int
    offer: Offer | None


NOTHING = Supply(0, None)


def supply(need: Need, offers: Iterable[Offer], taxonomy: Taxonomy, weights: Weights) -> Supply:
    """The best offer for a need. Ties: the smaller code, the higher level, declared first, the readier."""
    found = [Supply(met(need, offer, taxonomy, weights), offer) for offer in offers]
    return min((best for best in found if best.percent), key=_best_first, default=NOTHING)


def _best_first(found: Supply) -> tuple:
    offer = found.offer
    return -found.percent, offer.code, -offer.level, not offer.declared, -(offer.trl or 0)


def distinct(needs: Iterable[Need], taxonomy: Taxonomy, with_blind: bool = True) -> list[Need]:
    """Each (competence, readiness asked) once, at its highest priority, in order. Facets are not needs.

    A need said both openly and blindly is open. Raises UnknownCompetence.
    """
    merged: dict[tuple[str, int], Need] = {}
    for need in needs:
        if need.code not in taxonomy.parents:
            raise UnknownCompetence(f"the taxonomy has no competence {need.code!r}")
        if need.code in taxonomy.facets or (need.blind and not with_blind):
            continue
        key = need.code, need.trl or 0
        same = merged.get(key, need)
        merged[key] = replace(need, priority=max(need.priority, same.priority), blind=need.blind and same.blind)
    return [merged[key] for key in sorted(merged)]


class Gain(NamedTuple):
    """A need, what its owner has already, and what the other would bring."""

    need: Need
    own: Supply
    brought: Supply

    @property
    def weighted_gap(self) -> int:
        return self.need.priority * (100 - self.own.percent)

    @property
    def weighted_gain(self) -> int:
        return self.need.priority * max(0, self.brought.percent - self.own.percent)


def gains(needs: Sequence[Need], own: Profile, other: Profile, taxonomy: Taxonomy, weights: Weights) -> list[Gain]:
    """For each need of `own`, what it has and what `other` would bring. Only what is lacking can be gained."""
    return [
        Gain(need, supply(need, own.offers, taxonomy, weights), supply(need, other.offers, taxonomy, weights))
        for need in needs
    ]


def coverage(found: Iterable[Gain]) -> int:
    """How much of the gap is covered, whole percent: Σ w·gain / Σ w·(100 − own supply). No gap, nothing covered."""
    found = list(found)
    gap = total_gap(found)
    return rounded(100 * sum(gain.weighted_gain for gain in found), gap) if gap else 0


def total_gap(found: Iterable[Gain]) -> int:
    """Σ w·(100 − own supply): everything that the owner of these needs lacks."""
    return sum(gain.weighted_gap for gain in found)


# --- Distance and age -------------------------------------------------------------------------------------------


def kilometres(here: Any, there: Any) -> int | None:
    """Great-circle distance between two (latitude, longitude) in degrees, in whole kilometres; None if unknown.

    Two equal codes are 0 km apart; different codes need the caller's own table.
    """
    if here is None or there is None:
        return None
    if here == there:
        return 0
    if isinstance(here, str) or isinstance(there, str):
        return None
    (lat_1, lon_1), (lat_2, lon_2) = (map(math.radians, place) for place in (here, there))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return round(2 * 6371.0 * math.asin(math.sqrt(min(1.0, half))))


def distance_loss(km: int | None, weights: Weights) -> int:
    """Percent taken by distance: one for each whole step. What is not known costs nothing."""
    return 0 if km is None else min(weights.distance_max, km // weights.distance_step_km)


def age_loss(days: int | None, weights: Weights) -> int:
    """Percent taken by a profile that nobody has reviewed: one for each whole step after the days that are free."""
    if days is None:
        return 0
    return min(weights.age_max, max(0, days - weights.age_after_days) // weights.age_step_days)


def whole_km(distance_km: float | None) -> int | None:
    """A distance as the score reads it; None stays unknown. Raises ValueError for what is no distance."""
    if distance_km is None:
        return None
    if isinstance(distance_km, bool) or not math.isfinite(distance_km) or distance_km < 0:
        raise ValueError(f"distance_km must be a distance in kilometres, not {distance_km!r}")
    return round(distance_km)


# --- The score --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One reason and its points (hundredths, negative when it takes away), with everything it was computed from.

    `they_offer`: the seeker's need and the partner's offer; `we_offer`: the partner's need and the seeker's offer.
    For both: similarity, readiness and the supply they make, and what the owner of the need had already (percents).
    `distance` (quantity in km) and `age` (quantity in days): the percent they take.
    """

    kind: str
    points: int
    need: Need | None = None
    offer: Offer | None = None
    similarity: int = 0
    readiness: int = 0
    supply: int = 0
    own_supply: int = 0
    complement: Complement | None = None
    quantity: int = 0
    percent: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is empty is left out."""
        values = {key: value for key, value in vars(self).items() if value}
        values |= {key: dict(vars(values[key])) for key in ("need", "offer") if key in values}
        if self.complement:
            values["complement"] = self.complement._asdict()
        return {"kind": self.kind, "points": self.points} | values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Line:
        """Raises TypeError or ValueError when the values are not those of a line."""
        types = {"need": Need, "offer": Offer, "complement": Complement}
        return cls(**{key: types[key](**value) if key in types else value for key, value in values.items()})


@dataclass(frozen=True)
class Score:
    """Points in hundredths (0 to 10,000) of a partner for a seeker, and the lines that sum to them.

    `x` is what the partner covers of the seeker's gap and `y` what the seeker covers of the partner's, whole
    percents of `seeker_gap` and `partner_gap` (Σ priority · what was lacking; the partner's public needs only).
    `weights` names the calibration (`Weights.version`), `formula` the arithmetic: with the values kept in the lines
    they answer a complaint months later, when profiles, taxonomy and weights have changed.
    """

    seeker: int | str
    partner: int | str
    points: int
    x: int = 0
    y: int = 0
    seeker_gap: int = 0
    partner_gap: int = 0
    lines: tuple[Line, ...] = ()
    distance_km: int | None = None
    reviewed_days_ago: int | None = None
    weights: str = Weights().version
    formula: int = FORMULA

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON. Inverse of `from_dict`."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return values | {"lines": [line.as_dict() for line in self.lines]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
        """A score as it was stored. Raises ValueError if its lines no longer sum to it."""
        kept = cls(**{**values, "lines": tuple(Line.from_dict(line) for line in values["lines"])})
        if sum(line.points for line in kept.lines) != kept.points:
            raise ValueError("the lines do not sum to the score")
        return kept


def score(
    seeker: Profile,
    partner: Profile,
    taxonomy: Taxonomy,
    distance_km: float | None = None,
    weights: Weights = Weights(),
) -> Score:
    """The partner seen by the seeker: `direct`·x + `mutual`·H(x, y), less distance and age.

    Without `distance_km`, the distance between the two places if both are coordinates, unknown otherwise.
    The partner's blind needs are not read. Raises ValueError (UnknownCompetence for a code nobody knows).
    """
    km = whole_km(distance_km) if distance_km is not None else kilometres(seeker.place, partner.place)
    theirs = gains(distinct(seeker.needs, taxonomy), seeker, partner, taxonomy, weights)
    ours = gains(distinct(partner.needs, taxonomy, with_blind=False), partner, seeker, taxonomy, weights)
    x, y = coverage(theirs), coverage(ours)
    gained = base_points(x, y, weights)
    kept = kept_points(gained, distance_loss(km, weights), age_loss(partner.reviewed_days_ago, weights))
    lines = _gain_lines(gained, theirs, ours, taxonomy, weights)
    lines += _loss_lines(gained - kept, km, partner.reviewed_days_ago, weights)
    return Score(
        seeker.id,
        partner.id,
        kept,
        x,
        y,
        total_gap(theirs),
        total_gap(ours),
        tuple(lines),
        km,
        partner.reviewed_days_ago,
        weights.version,
    )


def mutual(a: Profile, b: Profile, taxonomy: Taxonomy, weights: Weights = Weights()) -> Score:
    """100·H(x, y): how much two organizations complete each other, for lists without a viewer.

    Symmetric; public needs only, on both sides; neither distance nor age.
    """
    a, b = (replace(each, needs=_public(each), place=None, reviewed_days_ago=None) for each in (a, b))
    return score(a, b, taxonomy, weights=replace(weights, direct=0, mutual=100))


def _public(profile: Profile) -> tuple[Need, ...]:
    return tuple(need for need in profile.needs if not need.blind)


def fit(
    needs: Iterable[Need],
    partner: Profile,
    taxonomy: Taxonomy,
    distance_km: float | None = None,
    weights: Weights = Weights(),
    seeker: int | str = "",
) -> Score:
    """100·x: how much of what an opportunity asks an organization covers, less distance and age."""
    return score(Profile(seeker, "opportunity", needs=tuple(needs)), partner, taxonomy, distance_km, weights.one_way())


def base_points(x: int, y: int, weights: Weights) -> int:
    """Hundredths before distance and age, from the two coverages in whole percents. H = 2xy / (x + y)."""
    return weights.direct * x + (rounded(weights.mutual * 2 * x * y, x + y) if x + y else 0)


def kept_points(points: int, *losses: int) -> int:
    """Hundredths left after the losses (percents of the same points), rounded once."""
    return rounded(points * (100 - sum(losses)), 100)


def _gain_lines(points: int, theirs: list[Gain], ours: list[Gain], taxonomy: Taxonomy, weights: Weights) -> list[Line]:
    """A line for each need that somebody gains on, the seeker's first; they sum to `points`.

    H is homogeneous of degree one, so Euler's rule divides it without a rest: x·∂H/∂x = 2xy²/(x+y)² to the needs of
    the seeker and y·∂H/∂y = 2x²y/(x+y)² to those of the partner; inside each, in proportion to priority · gain.
    All multiplied by (x+y)² and by both sums of gains, to stay whole.
    """
    x, y = coverage(theirs), coverage(ours)
    theirs = [gain for gain in theirs if gain.weighted_gain]
    ours = [gain for gain in ours if gain.weighted_gain]
    all_theirs = sum(gain.weighted_gain for gain in theirs) or 1
    all_ours = sum(gain.weighted_gain for gain in ours) or 1
    for_theirs = x * (weights.direct * (x + y) ** 2 + 2 * weights.mutual * y**2) * all_ours
    for_ours = 2 * weights.mutual * x**2 * y * all_theirs
    shares = [gain.weighted_gain * for_theirs for gain in theirs] + [gain.weighted_gain * for_ours for gain in ours]
    kinds = [THEY_OFFER] * len(theirs) + [WE_OFFER] * len(ours)
    return [
        _gain_line(kind, part, gain, taxonomy, weights)
        for kind, part, gain in zip(kinds, apportion(points, shares), theirs + ours, strict=True)
    ]


def _gain_line(kind: str, points: int, gain: Gain, taxonomy: Taxonomy, weights: Weights) -> Line:
    need, offer = gain.need, gain.brought.offer
    return Line(
        kind=kind,
        points=points,
        need=need,
        offer=offer,
        similarity=taxonomy.similarity(need.code, offer.code),
        readiness=readiness(need, offer, weights),
        supply=gain.brought.percent,
        own_supply=gain.own.percent,
        complement=taxonomy.complement(need.code, offer.code),
    )


def _loss_lines(points: int, km: int | None, days: int | None, weights: Weights) -> list[Line]:
    """What distance and age take of the `points` lost; a line only for what takes something."""
    far, old = distance_loss(km, weights), age_loss(days, weights)
    for_distance, for_age = apportion(points, [far, old])
    lines = [
        Line(DISTANCE, -for_distance, quantity=km or 0, percent=far),
        Line(AGE, -for_age, quantity=days or 0, percent=old),
    ]
    return [line for line in lines if line.points]


# --- In words ---------------------------------------------------------------------------------------------------

SENTENCES = {
    "need.they_offer": "cercate %(need)s",
    "need.we_offer": "cercano %(need)s",
    "blind": "in via riservata",
    "offer.they_offer": "offrono %(offer)s",
    "offer.we_offer": "offrite %(offer)s",
    "same.they_offer": "la offrono",
    "same.we_offer": "la offrite",
    "level": "livello %(level)s",
    "specific": "più specifica",
    "similar": "simile %(to)s%(similarity)s %%",
    "editorial": "accostata %(to)s%(similarity)s %% da %(author)s (%(why)s)",
    "trl.short": "TRL %(trl)s su %(trl_asked)s",
    "trl.unknown": "TRL non indicato",
    "inferred": "dedotta e non dichiarata",
    "own.they_offer": "già vostra %(own_to)s%(own)s %%",
    "own.we_offer": "già loro %(own_to)s%(own)s %%",
    "distance": "a %(quantity)s km, %(percent)s %% in meno",
    "age": "profilo non rivisto da %(quantity)s giorni, %(percent)s %% in meno",
}

# The same lines where an opportunity asks: read by the organization that would take part, and by whoever looks for one.
ASKED_OF_YOU = SENTENCES | {
    "need.they_offer": "chiede %(need)s",
    "offer.they_offer": "offrite %(offer)s",
    "same.they_offer": "la offrite",
}
ASKED_OF_THEM = SENTENCES | {"need.they_offer": "chiede %(need)s"}


def phrases(line: Line, names: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """The clauses of a line, as keys of SENTENCES and the values they take: for whoever translates them."""
    if line.kind in (DISTANCE, AGE):
        return [(line.kind, {"quantity": whole_text(line.quantity), "percent": line.percent})]
    values = _values(line, names)
    return [(key, values) for key in _clauses(line)]


def _clauses(line: Line) -> list[str]:
    same = line.need.code == line.offer.code
    clauses = {
        f"need.{line.kind}": True,
        "blind": line.need.blind,
        f"same.{line.kind}" if same else f"offer.{line.kind}": True,
        "level": True,
        "specific": not same and line.similarity == 100,
        "similar": line.similarity < 100 and not line.complement,
        "editorial": line.complement,
        "trl.short": line.readiness < 100 and line.offer.trl,
        "trl.unknown": line.readiness < 100 and not line.offer.trl,
        "inferred": not line.offer.declared,
        f"own.{line.kind}": line.own_supply,
    }
    return [key for key, said in clauses.items() if said]


def _values(line: Line, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "need": _named(line.need.code, names),
        "offer": _named(line.offer.code, names),
        "level": line.offer.level,
        "to": to_the(line.similarity),
        "similarity": line.similarity,
        "trl": line.offer.trl,
        "trl_asked": line.need.trl,
        "own_to": to_the(line.own_supply),
        "own": line.own_supply,
        "author": line.complement.author if line.complement else "",
        "why": line.complement.why if line.complement else "",
    }


def _named(code: str, names: Mapping[str, str]) -> str:
    """The name of a competence; in guillemets when commas of its own would be lost among those of the sentence."""
    name = names.get(code, code)
    return f"«{name}»" if "," in name else name


def sentence(line: Line, names: Mapping[str, str], translate: Callable[[str], str] = str) -> str:
    """A line in plain Italian, with its points: «cercate Scansione 3D, offrono Metrologia, …: +23,40».

    `names` gives the name of a code; `translate` is gettext for whoever has it.
    """
    said = ", ".join(translate(SENTENCES[key]) % values for key, values in phrases(line, names))
    return f"{said}: {points_text(line.points, sign=True)}"


def points_text(points: int, sign: bool = False) -> str:
    """Hundredths as Italians write them: 2340 is "23,40", with its sign "+23,40"; a loss is "−3,20"."""
    before = "−" if points < 0 else "+" if sign else ""
    return f"{before}{abs(points) // 100},{abs(points) % 100:02d}"


def whole_text(number: int) -> str:
    """A whole number as Italians write it: 1240 is "1.240"."""
    return f"{number:,}".replace(",", ".")


def to_the(percent: int) -> str:
    """The article that a percentage wants: "al " 30 %, "all'" 81 % (ottantuno), 8, 1 and 11."""
    return "all'" if percent in (1, 8, 11) or 80 <= percent <= 89 else "al "
