"""The lines of the one search: what is shown of each thing that was found, in the order of the ids."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from matchmaking.models import Opportunity
from members.models import Competence, Facility, Organization
from news.models import Announcement

from . import help_pages


@dataclass(frozen=True)
class Row:
    title: str
    url: str
    said: str = ""
    text: str = ""
    language: str = ""


def _ordered(rows, ids):
    found = rows.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _begins(text):
    return Truncator(text[:1000]).chars(150)


def organizations(ids):
    return [
        Row(one.name, one.get_absolute_url(), _said(one.get_kind_display(), one.place_name), _begins(one.description))
        for one in _ordered(Organization.objects.for_cards(), ids)
    ]


def facilities(ids):
    return [
        Row(
            one.name,
            one.organization.get_absolute_url(),
            _said(one.get_kind_display(), one.organization.name),
            _begins(one.description),
        )
        for one in _ordered(Facility.objects.select_related("organization"), ids)
    ]


def competences(ids):
    return [_competence(one) for one in _ordered(Competence.objects.select_related("parent"), ids)]


def _competence(one):
    """A competence leads to whoever offers it; an application field to the opportunities that are about it."""
    if one.code.startswith(Competence.APPLICATION_FIELDS):
        url, said = f"{reverse('matchmaking:opportunities')}?field={one.code}", _("Campo di applicazione")
    else:
        url, said = f"{reverse('members:directory')}?competence={one.code}", _("Chi la offre")
    return Row(one.name, url, _said(said, one.parent.name if one.parent else ""))


def opportunities(ids):
    return [
        Row(one.title, one.get_absolute_url(), _said(one.get_kind_display(), _until(one)), one.summary, one.language)
        for one in _ordered(Opportunity.objects.all(), ids)
    ]


def _until(opportunity):
    moment = opportunity.starts_at and timezone.localtime(opportunity.starts_at)
    if opportunity.is_event and moment:
        return _said(_day(moment), opportunity.place)
    return _("scade il %(day)s") % {"day": _day(opportunity.deadline)} if opportunity.deadline else ""


def announcements(ids):
    return [
        Row(one.title, one.get_absolute_url(), _day(timezone.localtime(one.published_at)), one.summary)
        for one in _ordered(Announcement.objects.all(), ids)
    ]


def pages(ids):
    return [Row(str(help_pages.PAGES[name][0]), reverse(name)) for name in ids]


def _day(moment):
    return formats.date_format(moment, "j F Y").lower()


def _said(*parts):
    return " · ".join(str(part) for part in parts if part)


FETCH = {
    "competenze": competences,
    "organizzazioni": organizations,
    "laboratori": facilities,
    "opportunita": opportunities,
    "eventi": opportunities,
    "annunci": announcements,
    "aiuto": pages,
}
