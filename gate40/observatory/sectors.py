"""The sectors of a province, and what a firm of each can be expected to offer: for the simulation.

What firms of the sector say that they offer comes first, wherever they are. On the first day nobody has said anything:
then the title of their ATECO code is read as if somebody had typed it into the search.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from members.directory.questions import Question
from members.models import Adhesion, Competence, FirmDetails, Offer, Organization

DIVISION = 2  # digits of an ATECO division
UNSAID = "–"
MOST_GUESSED = 4  # competences read out of a title


@dataclass(frozen=True)
class Sector:
    """`waiting` firms of the province are no members; `profiles` are the codes that firms of the sector offer."""

    code: str
    title: str
    waiting: int
    profiles: tuple[frozenset[str], ...]
    is_guessed: bool


def find_sectors(network, province) -> list[Sector]:
    """Those with firms that could still come, the largest first."""
    titles, firms = {}, {}
    for firm, code, title in FirmDetails.activities.through.objects.values_list(
        "firmdetails__organization", "economicactivity__code", "economicactivity__title_it"
    ).order_by("economicactivity__code"):
        firms.setdefault(code[:DIVISION], set()).add(firm)
        titles.setdefault(code[:DIVISION], []).append(title)
    offers = _offers({firm for each in firms.values() for firm in each})
    waiting = _waiting(network, province)
    found = [_sector(code, titles[code], firms[code], offers, waiting) for code in firms if firms[code] & waiting]
    unsaid = waiting - {firm for each in firms.values() for firm in each}
    if unsaid:  # nobody knows what they do: like any other firm
        anybody = Organization.objects.of_kind("firm").values_list("pk", flat=True)
        found.append(_sector(UNSAID, [_("settore non indicato")], unsaid, _offers(anybody), waiting, like=anybody))
    return sorted(found, key=lambda sector: (-sector.waiting, sector.code))


def _offers(firms):
    offers = {}
    for firm, code in Offer.objects.filter(organization__in=firms).values_list("organization", "competence__code"):
        offers.setdefault(firm, set()).add(code)
    return offers


def _waiting(network, province):
    """Firms of the province that do not belong to the network, shadows too."""
    members = Adhesion.objects.members().filter(network=network).values("organization")
    here = Q(kind=Organization.Kind.FIRM, municipality__province=province)
    return set(Organization.objects.filter(here).exclude(pk__in=members).values_list("pk", flat=True))


def _sector(code, titles, firms, offers, waiting, like=None):
    said = tuple(frozenset(offers[firm]) for firm in sorted(like if like is not None else firms) if firm in offers)
    guessed = () if said else tuple(filter(None, (_guess(title) for title in dict.fromkeys(titles))))
    return Sector(code, titles[0], len(firms & waiting), said or guessed, is_guessed=not said)


def _guess(title):
    """The competences that a title leads to, as the search would find them."""
    question = Question.of(title)
    leaves = Competence.objects.selectable()
    answer = question.settle(lambda reading: leaves.answering(reading).exists())
    if not answer.is_found:
        return frozenset()
    return frozenset(leaves.answering(answer.reading).values_list("code", flat=True)[:MOST_GUESSED])
