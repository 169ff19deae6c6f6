"""What a financier does not want to hear of: firms and sectors. It concerns its own lists, and nobody else is shown it.

A muted request arrives all the same, for whoever sent it must not find out; it waits apart, and no mail tells of it.
"""

from members.models import Competence, Offer, Organization

from ..models import Mute


def mute_firm_or_sector(organization, by, firm=None, sector=None) -> bool:
    """Not to hear of a firm, or of a sector. Saying it twice adds nothing."""
    values = {"firm": firm, "sector": sector}
    return Mute.objects.get_or_create(organization=organization, **values, defaults={"by": by})[1]


def unmute_row(organization, mute_id) -> bool:
    return Mute.objects.filter(organization=organization, pk=mute_id).delete()[0] > 0


def firms():
    return Organization.objects.published().of_kind(Organization.Kind.FIRM).order_by("name")


def sectors():
    return Competence.objects.branches().order_by("code")


class Muted:
    """Who and what one organization has muted, read in one query; further queries only when something is."""

    def __init__(self, organization):
        said = Mute.objects.filter(organization=organization).values_list("firm", "sector__code")
        self.firms = {firm for firm, _sector in said if firm}
        self.sectors = {sector for _firm, sector in said if sector}

    def __contains__(self, invitation) -> bool:
        """A firm is muted only where it may be known: a blind request set apart would say whose it is."""
        request = invitation.request
        if invitation.is_accepted or not (self.firms or self.sectors):
            return False
        if invitation.shows_identity and request.organization_id in self.firms:
            return True
        branches = {each.competence.branch_code for each in request.asked.all()}
        if not branches and invitation.shows_identity and self.sectors:
            branches = branches_of(request.organization_id)
        return bool(branches) and branches <= self.sectors


def branches_of(organization_id) -> set[str]:
    codes = Offer.objects.filter(organization=organization_id).values_list("competence__code", flat=True)
    return {code.partition(".")[0] for code in codes}


def muted_firms() -> dict[int, set[int]]:
    """Organization → the firms that it has muted, by name or because all they do is in muted sectors."""
    rows = list(Mute.objects.values_list("organization", "firm", "sector__code"))
    muted: dict[int, set[int]] = {organization: set() for organization, _firm, _sector in rows}
    branches = _branches_of_firms() if any(sector for *_ids, sector in rows) else {}
    for organization in muted:
        sectors = {sector for owner, _firm, sector in rows if owner == organization and sector}
        muted[organization] |= {firm for owner, firm, _sector in rows if owner == organization and firm}
        muted[organization] |= {firm for firm, found in branches.items() if found <= sectors}
    return muted


def _branches_of_firms():
    found: dict[int, set[str]] = {}
    offers = Offer.objects.filter(organization__kind=Organization.Kind.FIRM)
    for firm, code in offers.values_list("organization", "competence__code"):
        found.setdefault(firm, set()).add(code.partition(".")[0])
    return found
