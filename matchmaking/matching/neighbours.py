"""Whom to show when there is nothing to score: organizations of the same sector and territory, and it is said so."""

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When

from members.models import FirmDetails, Organization, bring_offers

MOST = 6


def neighbours(organization, most: int = MOST) -> list[Organization]:
    """Published organizations of the same sector (ATECO division) or province, both first; else of the region.

    Each has `is_alike` and `is_near`. To a financier only the firms that consent.
    """
    others = Organization.objects.published().exclude(pk=organization.pk)
    if organization.kind == Organization.Kind.FINANCIER:
        others = others.visible_to_financiers()
    province = organization.province
    near = Q(municipality__province=province) if province else Q(pk=None)
    found = others.annotate(is_near=_is(near), is_alike=_is(_same_sector(organization)))
    found = found.with_places()
    close = found.filter(Q(is_near=True) | Q(is_alike=True))
    first = list(close.order_by("-is_alike", "-is_near", "name", "pk")[: most * 3])
    first.sort(key=lambda one: -(one.is_near + one.is_alike))
    if not first and province:
        first = list(found.filter(municipality__province__region=province.region)[:most])
    bring_offers(first[:most])
    return first[:most]


def _is(condition):
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _same_sector(organization):
    """Whoever shares a division, among those who let everybody see what they do."""
    through = FirmDetails.activities.through.objects
    own = through.filter(firmdetails__organization=organization).values_list("economicactivity__code", flat=True)
    divisions = {code[:2] for code in own}
    if not divisions:
        return Q(pk=None)
    alike = Q()
    for division in divisions:
        alike |= Q(economicactivity__code__startswith=division)
    shared = through.filter(alike, firmdetails__organization=OuterRef("pk"))
    # What was not chosen is public (`visibility.DEFAULTS`), and of a key that is not there SQL says neither yes nor no.
    is_shown = Q(visibility__activities="public") | ~Q(visibility__has_key="activities")
    return Q(Exists(shared)) & is_shown
