"""The taxonomy of competences, and how much of one is met by another.

Intrinsic information content of a node: Seco, Veale, Hayes, "An intrinsic information content metric for semantic
similarity in WordNet", ECAI 2004. Similarity as a ratio of contents, here asymmetric: after Lin, ICML 1998.
Whole percents, rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LEAST_SIMILARITY = 10  # percent; anything less alike is not alike
EDITORIAL_SIMILARITY = {1: 30, 2: 45, 3: 60}  # percent granted by a complement of that weight


class UnknownCompetence(ValueError):
    """A code that the taxonomy does not have."""


class Complement(NamedTuple):
    """An editor's statement that `offered` completes `needed`: whoever seeks the latter is helped by the former.

    It grants the pair a least similarity of 30, 45 or 60 % (weight 1, 2, 3): never as much as the thing itself,
    never more than another sibling could reach by a better level. It holds for that need and for offers equal to
    or more specific than `offered`. Every reason that rests on it names its author.
    """

    offered: str
    needed: str
    weight: int
    why: str
    author: str


@dataclass(frozen=True)
class Taxonomy:
    """A forest of competences under an unnamed root; facets (application fields) are named but never compared.

    Build it with `Taxonomy.build`, which checks the rows.
    """

    parents: Mapping[str, str | None]
    names: Mapping[str, str]
    facets: frozenset[str]
    sizes: Mapping[str, int]  # a competence and all its descendants
    complements: Mapping[tuple[str, str], Complement]  # by (needed, offered)
    _similarities: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return f"<Taxonomy of {len(self.sizes)} competences and {len(self.facets)} facets>"

    @classmethod
    def build(cls, rows: Iterable[Sequence], complements: Iterable[Sequence] = ()) -> Taxonomy:
        """From rows (code, parent code or blank, name, is_facet) and (offered, needed, weight, why, author).

        What is under a facet is a facet. Complements that touch a facet are left out: a facet is never a competence.
        Raises ValueError, naming the row, for a duplicate, an orphan, a cycle, or a complement that says nothing.
        """
        rows = list(rows)
        parents = _parents(rows)
        paths = {code: _path(code, parents, number) for number, code in enumerate(parents, start=1)}
        flagged = {code for code, _parent, _name, is_facet in rows if is_facet}
        facets = frozenset(code for code, path in paths.items() if flagged.intersection(path))
        return cls(
            parents=parents,
            names={code: name for code, _parent, name, _is_facet in rows},
            facets=facets,
            sizes=_sizes(paths, facets),
            complements=_complements(complements, parents, facets),
        )

    @property
    def competences(self) -> list[str]:
        """Codes that can be offered and needed, in order: everything but the facets."""
        return sorted(self.sizes)

    def path(self, code: str) -> list[str]:
        """The code and what it belongs to, the nearest first. Raises UnknownCompetence."""
        if code not in self.parents:
            raise UnknownCompetence(f"the taxonomy has no competence {code!r}")
        path = [code]
        while (parent := self.parents[path[-1]]) is not None:
            path.append(parent)
        return path

    def information(self, code: str) -> float:
        """Intrinsic information content (Seco, Veale, Hayes 2004): 1 for a leaf, 0 for the unnamed root."""
        return 1 - math.log(self.sizes[code]) / math.log(len(self.sizes) + 1)

    def similarity(self, need: str, offer: str) -> int:
        """How much of `need` is met by `offer`, whole percent: 100 · (IC(nearest common ancestor) / IC(need))².

        Not symmetric: something more specific than the need meets it in full, something more general in part.
        A complement may raise it. Facets are like nothing. Raises UnknownCompetence.
        """
        pair = need, offer
        if pair not in self._similarities:
            complement = self._complement(need, offer)
            editorial = EDITORIAL_SIMILARITY[complement.weight] if complement else 0
            self._similarities[pair] = max(self._intrinsic_similarity(need, offer), editorial)
        return self._similarities[pair]

    def complement(self, need: str, offer: str) -> Complement | None:
        """The editor's statement on which the similarity of this pair rests, or None when the taxonomy suffices."""
        complement = self._complement(need, offer)
        if complement and EDITORIAL_SIMILARITY[complement.weight] > self._intrinsic_similarity(need, offer):
            return complement
        return None

    def _intrinsic_similarity(self, need: str, offer: str) -> int:
        above_need, above_offer = self.path(need), self.path(offer)
        shared = next((code for code in above_offer if code in above_need), None)
        if shared is None or self.facets.intersection((need, offer)):
            return 0
        percent = math.floor(100 * (self.information(shared) / self.information(need)) ** 2 + 0.5)
        return percent if percent >= LEAST_SIMILARITY else 0

    def _complement(self, need: str, offer: str) -> Complement | None:
        """The weightiest statement for this need about the offer or what it belongs to; ties to the nearest."""
        path = [] if offer in self.facets else self.path(offer)
        found = [self.complements[need, code] for code in path if (need, code) in self.complements]
        return max(found, key=lambda complement: complement.weight, default=None)


def _parents(rows: Iterable[Sequence]) -> dict[str, str | None]:
    parents: dict[str, str | None] = {}
    for number, (code, parent, _name, _is_facet) in enumerate(rows, start=1):
        if not code:
            raise ValueError(f"row {number}: no code")
        if code in parents:
            raise ValueError(f"row {number}: {code} is there twice")
        parents[code] = parent or None
    for number, (code, parent) in enumerate(parents.items(), start=1):
        if parent is not None and parent not in parents:
            raise ValueError(f"row {number}: {code} belongs to {parent}, which does not exist")
    return parents


def _path(code: str, parents: Mapping[str, str | None], row: int) -> list[str]:
    path = [code]
    while (parent := parents[path[-1]]) is not None:
        if parent in path:
            raise ValueError(f"row {row}: {code} goes round in a circle through {parent}")
        path.append(parent)
    return path


def _sizes(paths: Mapping[str, list[str]], facets: frozenset[str]) -> dict[str, int]:
    sizes = {code: 0 for code in paths if code not in facets}
    for code in sizes:
        for above in paths[code]:
            sizes[above] += 1
    return sizes


def _complements(rows: Iterable[Sequence], codes: Mapping, facets: frozenset[str]) -> dict:
    complements: dict[tuple[str, str], Complement] = {}
    for number, row in enumerate(rows, start=1):
        complement = Complement(*row)
        offered, needed, weight, _why, author = complement
        for code in (offered, needed):
            if code not in codes:
                raise UnknownCompetence(f"complement {number}: the taxonomy has no competence {code!r}")
        if offered == needed:
            raise ValueError(f"complement {number}: {offered} cannot complete itself")
        if weight not in EDITORIAL_SIMILARITY:
            raise ValueError(f"complement {number}: weight must be 1, 2 or 3, not {weight!r}")
        if not author:
            raise ValueError(f"complement {number}: someone must have written it")
        if (needed, offered) in complements:
            raise ValueError(f"complement {number}: {offered} completes {needed} twice")
        if not facets.intersection((offered, needed)):
            complements[needed, offered] = complement
    return complements
