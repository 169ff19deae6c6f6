"""Whom a request may go to, and who fits it best, each with its reasons.

A request for collaboration reaches only those that hold at least one of its competences. A request for money reaches
financiers alone, if the firm agrees to be seen by them, and never one whose limits it is outside of.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from members.models import FinancierTerms, Organization

from ..algorithms import financier_limits, scoring
from ..matching.candidates import SHOWN, Fit
from ..matching.inputs import Everybody, names
from ..matching.reasons import reasons

SEEKER = "richiesta"  # in the kept scores: nothing of them may say whose request it is


def holders(request):
    """The published organizations that offer at least one of the competences; whoever asks may be among them."""
    asked = request.asked.values("competence")
    return Organization.objects.published().filter(offers__competence__in=asked).distinct()


def admitted(request):
    """Whoever may be asked, as a queryset: the page shows these, and nobody else gets past `requests.invite_more`."""
    if not request.is_financing:
        return holders(request).exclude(pk=request.organization_id)
    return Organization.objects.published().filter(pk__in=financiers_within_limits(request))


def nameable(request):
    """Whom somebody who was asked may name instead: the same for everybody, whoever asks."""
    if request.is_financing:
        return Organization.objects.published().of_kind(Organization.Kind.FINANCIER)
    return holders(request)


def financiers_within_limits(request) -> list[int]:
    """The ids of the financiers that give what is asked to such a firm; none unless the firm agrees to be seen."""
    firm = Organization.objects.published().filter(pk=request.organization_id, is_visible_to_financiers=True)
    if not firm.exists():
        return []
    finance = Everybody(with_blind=False).finance
    asking = _as_asked(finance.firm(request.organization_id), request)
    giving = dict(FinancierTerms.objects.exclude(instruments=[]).values_list("organization_id", "instruments"))
    return [
        id
        for id in finance.financiers
        if not (id in finance.terms and financier_limits.outside(finance.terms[id], asking))
        and (not request.instrument or request.instrument in giving.get(id, [request.instrument]))
    ]


def _as_asked(firm, request) -> financier_limits.LimitedFirm:
    """The firm as it stands behind this request: the amount and the stage that the request names count."""
    return replace(firm, capital=request.amount or firm.capital, stage=request.stage or firm.stage)


@dataclass(frozen=True)
class Reasoned:
    """An organization that is asked, and the score to keep with its invitation (None for a request for money)."""

    organization: Organization
    score: scoring.Score | None


def reasoned(request, organizations) -> list[Reasoned]:
    """Each organization with what it covers of the request, as it is today."""
    organizations = list(organizations)
    if request.is_financing or not organizations:
        return [Reasoned(each, None) for each in organizations]
    everybody = Everybody(with_blind=False)
    return [Reasoned(each, _score(request, everybody, each.pk)) for each in organizations]


def _score(request, everybody, id):
    """Far away is no reason: a request says whom it wants, and distance would tell where it comes from."""
    if id not in everybody.row_of:  # its data could not be computed with
        return None
    partner = replace(everybody.profile(id), place=None)
    return scoring.fit(request.needs, partner, everybody.taxonomy, weights=everybody.weights, seeker=SEEKER)


def best(request, most: int = SHOWN) -> list[Fit]:
    """The admitted organizations that cover most of what is asked, best first, ties by id; financiers by name."""
    if request.is_financing:
        return [Fit(each, Decimal(0), []) for each in admitted(request).with_places().order_by("name")[:most]]
    everybody, known = Everybody(with_blind=False), names()
    if not request.needs or not everybody.ids:
        return []
    may_be_asked = set(admitted(request).values_list("pk", flat=True))
    ranked = everybody.engine.fit(request.needs, len(everybody.ids))
    chosen = [id for id, _points in ranked if id in may_be_asked][:most]
    organizations = Organization.objects.with_places().in_bulk(chosen)
    scores = {id: _score(request, everybody, id) for id in chosen}
    return [Fit(organizations[id], Decimal(each.points) / 100, reasons(each, known)) for id, each in scores.items()]
