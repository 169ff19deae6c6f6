"""Organizations and opportunities as `eligibility` wants them, and its answers in the reader's language."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import EconomicActivity

from ..algorithms import eligibility
from ..models import Opportunity

VERDICTS = {
    eligibility.YES: _("Ammissibile"),
    eligibility.CHECK: _("Da verificare"),
    eligibility.NO: _("Non ammissibile"),
}
NOT_STATED = eligibility.Assessment(eligibility.CHECK, ())  # a call whose rules nobody has written down yet


def as_firm(organization) -> eligibility.Applicant:
    """What the profile tells; what it does not is left unknown."""
    municipality = organization.municipality
    province = municipality.province if municipality else None
    return eligibility.Applicant(
        kind=organization.kind,
        municipality=municipality.name if municipality else "",
        province=province.code if province else "",
        region=province.region if province else "",
        **details(organization),
    )


def details(organization) -> dict:
    """Size, workers, activities, legal form and age, where the profile has them."""
    activities = EconomicActivity.objects.filter(firms__organization=organization)
    return {
        "size": organization.size_class or None,
        "workers": organization.workers,
        "ateco": tuple(activities.values_list("code", flat=True)),
        "legal_form": organization.legal_form.name if organization.legal_form else "",
        "founded_on": organization.founded_on,
    }


def assess(kind, rules, firm, today=None) -> eligibility.Assessment:
    """The verdict on one opportunity. A call always has rules: while none is written down, it is to be checked."""
    if not rules and kind == Opportunity.Kind.CALL:
        return NOT_STATED
    return eligibility.assess(rules, firm, today or timezone.localdate())


@dataclass(frozen=True)
class Sentence:
    verdict: str
    text: str


def sentences(assessment) -> list[Sentence]:
    """Each rule with its verdict, in words."""
    if assessment is NOT_STATED:
        return [Sentence(eligibility.CHECK, gettext("i requisiti non sono ancora stati trascritti: leggete il testo"))]
    return [Sentence(each.verdict, eligibility.sentence(each, gettext)) for each in assessment.findings]
