"""What a text in one's own words is near to: organizations and competences.

Reads only what everybody may read of a published profile: name, description and declared offers. It proposes and breaks
ties; it never replaces declared competences.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from members.models import Alias, Competence, Need, Offer, Organization

from ..algorithms import term_finder, text_index

MOST = 12


@dataclass(frozen=True)
class TextFound:
    """An organization near to a text, and the words of its profile that the text shares."""

    organization: Organization
    words: list[str]


def rank_organizations(text: str, most: int = MOST) -> list[TextFound]:
    """The published organizations nearest to the text, each sharing at least a word with it."""
    texts = public_texts()
    found = []
    for ranked in _index(_frozen(texts)).rank(text, most=10 * most):  # far down the list nothing is shared
        if words := text_index.shared_words(text, "\n".join(texts[ranked.id])):
            found.append((ranked.id, words))
        if len(found) == most:
            break
    organizations = Organization.objects.published().with_places().in_bulk([pk for pk, _words in found])
    return [TextFound(organizations[pk], words) for pk, words in found if pk in organizations]


def suggest_competences(text: str, most: int = 8) -> list[Competence]:
    """Competences that the text seems to ask for; a person chooses."""
    known = {competence.code: competence for competence in Competence.objects.selectable()}
    names = {code: [found.name_it, found.name_en] for code, found in known.items()}
    for code, term in Alias.objects.filter(competence__in=known.values()).values_list("competence__code", "term"):
        names[code].append(term)
    return [known[code] for code in term_finder.suggest_by_likeness(text, names, most)]


def tie_break(pairs) -> dict[tuple[int, int], float]:
    """How near each partner's profile is to what its seeker says and openly needs: for (seeker, partner) pairs of equal
    points. Greater is nearer, 0 shares nothing; comparable among the partners of one seeker only. Three queries."""
    pairs = list(pairs)
    texts, asked = public_texts(), _questions({seeker for seeker, _partner in pairs})
    index = _index(_frozen(texts))
    near = {seeker: dict(index.rank(question, most=None)) for seeker, question in asked.items()}
    return {(seeker, partner): near.get(seeker, {}).get(partner, 0.0) for seeker, partner in pairs}


def public_texts() -> dict[int, list[str]]:
    """Of every published organization, its texts: the description, the name and the declared offers."""
    published = Organization.objects.published()
    texts = {pk: [description, name] for pk, name, description in published.values_list("pk", "name", "description")}
    offers = Offer.objects.filter(organization__in=published, is_declared=True).order_by("competence__code")
    for pk, name in offers.values_list("organization_id", "competence__name_it"):
        texts.get(pk, []).append(name)
    return texts


def _questions(seekers):
    """Description and open needs: a blind need is never read here."""
    texts = defaultdict(list)
    for pk, description in Organization.objects.filter(pk__in=seekers).values_list("pk", "description"):
        texts[pk].append(description)
    needs = Need.objects.filter(organization__in=seekers, is_blind=False).order_by("competence__code")
    for pk, name in needs.values_list("organization_id", "competence__name_it"):
        texts[pk].append(name)
    return {pk: "\n".join(found) for pk, found in texts.items()}


def _frozen(texts):
    return tuple((pk, tuple(found)) for pk, found in sorted(texts.items()))


@lru_cache(maxsize=2)
def _index(texts):
    """Kept for as long as the texts are the very same: whatever changes is indexed anew."""
    return text_index.Index.build(dict(texts))
