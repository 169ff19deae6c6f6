"""A profile as one viewer sees it: every page, preview and feed takes from here only what this viewer may see."""

from django.utils.translation import gettext_lazy as _

from ..models import FinancierTerms, Need, Organization
from ..models.users import acts_as_staff
from ..rules.visibility import Viewer
from ..signals import have_met

CONTACTS = {"phone": _("Telefono"), "contact_email": _("E-mail")}


def viewer_of(user, organization) -> Viewer:
    """Staff and its own people see all, whoever has met it what is for parties, members what is for members; a
    financier only what is public of a firm that has not agreed to be seen by financiers. Whoever speaks for a draft
    alone is no member yet."""
    if not user.is_authenticated:
        return Viewer.PUBLIC
    if acts_as_staff(user) or Organization.objects.spoken_for_by(user).filter(pk=organization.pk).exists():
        return Viewer.OWN
    kinds = dict(Organization.objects.acting_through(user).values_list("pk", "kind"))
    if kinds and have_met(organization.pk, kinds):
        return Viewer.PARTY
    is_closed = organization.kind == Organization.Kind.FIRM and not organization.is_visible_to_financiers
    if not kinds or (is_closed and set(kinds.values()) == {Organization.Kind.FINANCIER}):
        return Viewer.PUBLIC
    return Viewer.MEMBER


def shown(organization, viewer) -> dict:
    """What a page about the organization needs, and nothing that this viewer may not see."""
    details = _details(organization, viewer)
    return {
        "organization": organization,
        "viewer": viewer,
        "website": organization.website if organization.shows("website", viewer) else "",
        "facts": [*_facts(organization, viewer), *_firm_facts(details, organization, viewer)],
        "contacts": _labelled(organization, CONTACTS, organization, viewer),
        "details": details,
        "terms": _terms(organization, viewer),
        "facilities": _facilities(organization, viewer),
        "offers": organization.offers.select_related("competence"),
        "needs": needs(organization, viewer),
        "adhesions": organization.adhesions.current().select_related("network"),
    }


def needs(organization, viewer):
    """Open needs for members, blind ones for its own people alone."""
    found = Need.objects.filter(organization=organization).select_related("competence")
    if viewer == Viewer.OWN:
        return found
    return found.filter(is_blind=False) if viewer >= Viewer.MEMBER else found.none()


def _facts(organization, viewer):
    labels = {
        "legal_form": _("Forma giuridica"),
        "founded_on": _("Dal"),
        "size_class": _("Dimensione"),
        "workers": _("Addetti"),
        "vat_number": _("Partita IVA"),
        "tax_code": _("Codice fiscale"),
    }
    return _labelled(organization, labels, organization, viewer)


def _firm_facts(details, organization, viewer):
    if details is None:
        return []
    labels = {"plants": _("Stabilimenti"), "stage": _("Fase"), "capital_sought": _("Capitale cercato (euro)")}
    return _labelled(details, labels, organization, viewer)


def _labelled(source, labels, organization, viewer):
    """(label, value) of the filled-in fields that the viewer may see."""
    for name, label in labels.items():
        value = getattr(source, f"get_{name}_display", lambda name=name: getattr(source, name))()
        if value not in (None, "") and organization.shows(name, viewer):
            yield label, str(value.year) if name == "founded_on" else value


def _details(organization, viewer):
    details = getattr(organization, "firm_details", None) if organization.kind == Organization.Kind.FIRM else None
    if details:
        shows_activities = organization.shows("activities", viewer)
        details.shown_activities = details.activities.all() if shows_activities else []
        shows_certifications = organization.shows("certifications", viewer)
        details.shown_certifications = details.certifications.split("\n") if shows_certifications else []
    return details


def _terms(organization, viewer):
    if organization.kind != Organization.Kind.FINANCIER or not organization.shows("terms", viewer):
        return None
    found = FinancierTerms.objects.filter(organization=organization)
    return found.prefetch_related("sectors", "provinces", "excluded_activities").first()


def _facilities(organization, viewer):
    if organization.kind != Organization.Kind.RESEARCH_CENTER or not organization.shows("facilities", viewer):
        return []
    return organization.facilities.select_related("competence")
