"""What a call leaves to be paid, and the financiers whose ticket covers it.

Their hard limits decide (`financier_limits`): one outside whose limits any firm of the group falls is not named, and
neither is one that does not show its terms to the members. Of the firms only sector, stage, place and activities are
looked at.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext

from members.models import FinancierTerms, Organization
from members.rules.visibility import Viewer

from ..algorithms import financier_limits
from ..algorithms.financier_limits import euros
from ..matching import inputs
from . import partnerships

MOST_RATE = 50  # percent: calls that pay more leave little to look for


@dataclass(frozen=True)
class Split:
    """The cost of a project, what the call pays of it, and the rest: whole euros."""

    cost: int
    rate: int
    contribution: int
    is_capped: bool

    @property
    def rest(self) -> int:
        return self.cost - self.contribution

    @property
    def sentence(self) -> str:
        """The arithmetic in words."""
        values = {
            "cost": euros(self.cost),
            "rate": self.rate,
            "contribution": euros(self.contribution),
            "rest": euros(self.rest),
        }
        if self.is_capped:
            text = gettext("costo %(cost)s €, contributo %(rate)s %% ma non oltre %(contribution)s €, resta %(rest)s €")
        else:
            text = gettext("costo %(cost)s €, contributo %(rate)s %% = %(contribution)s €, resta %(rest)s €")
        return text % values


def split(opportunity, cost: int | None) -> Split | None:
    """The arithmetic for a project of this cost; None where the call pays more than half, or does not say."""
    rate = opportunity.cofunding_rate
    if not cost or not rate or rate > MOST_RATE:
        return None
    contribution = int((Decimal(cost) * rate / 100).quantize(Decimal(1), ROUND_HALF_UP))
    most = opportunity.amount_max
    is_capped = most is not None and contribution > most
    return Split(cost, rate, int(most) if is_capped else contribution, is_capped)


@dataclass(frozen=True)
class Financier:
    organization: Organization
    terms: FinancierTerms

    @property
    def ticket(self) -> str:
        least, most = self.terms.ticket_min, self.terms.ticket_max
        if least is None:
            return gettext("ticket fino a %(most)s €") % {"most": euros(most)}
        if most is None:
            return gettext("ticket da %(least)s €") % {"least": euros(least)}
        return gettext("ticket %(least)s–%(most)s €") % {"least": euros(least), "most": euros(most)}


def financiers_for(part: Split, group) -> list[Financier]:
    """The financiers whose ticket covers the rest and inside whose limits every firm of the group is, by name.

    The first of the group is its lead. A number of queries that does not grow.
    """
    finance = inputs.Finance(inputs.Everybody(with_blind=False))
    asking = [_asking(finance, each.pk, part.rest) for each in group if each.kind == Organization.Kind.FIRM]
    asking = asking or [financier_limits.LimitedFirm(capital=part.rest)]
    able = [
        id
        for id, terms in finance.terms.items()
        if (terms.ticket_min is not None or terms.ticket_max is not None)
        and not any(financier_limits.outside(terms, firm) for firm in asking)
    ]
    found = partnerships.candidates_for(group[0]).filter(pk__in=able).select_related("terms")
    return [Financier(each, each.terms) for each in found if each.shows("terms", Viewer.MEMBER)]


def _asking(finance, id, rest) -> financier_limits.LimitedFirm:
    """The firm as the limits see it, looking for the rest. Of one that is not published nothing else is known."""
    known = finance.firm(id) if id in finance.everybody.row_of else financier_limits.LimitedFirm()
    return replace(known, capital=rest)
