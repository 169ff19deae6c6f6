"""What whoever is asked may know of whoever asks. Pages, mails and files for the invited side take it from here alone.

Of a blind request: the text, the competences, a place and a size class that at least five share. Name, logo, page and
people appear when both have agreed, and not before.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext

from members.models import Organization, Representative

from ..matching import inputs
from ..models import Invitation

CIRCLES = {"in_town": "", "in_province": "__province", "in_region": "__province__region"}
CROWD = 5  # fewer of a kind in a place, and place and kind would be a name


@dataclass(frozen=True)
class Asker:
    """Whoever asks, as the invited side may see it. Without identity `name` only says where, and `url` is empty."""

    name: str
    place: str
    size: str
    url: str = ""
    person: str = ""
    is_known: bool = False


def asker(invitation: Invitation) -> Asker:
    organization = invitation.request.organization
    if not invitation.shows_identity:
        counted = [getattr(invitation, name, None) for name in CIRCLES]
        place, size = blurred(organization, counted if hasattr(invitation, "in_region") else None)
        return Asker(_unnamed(place), place, size)
    place, size = str(organization.municipality or ""), organization.get_size_class_display()
    author = invitation.request.author
    person = author.full_name if author else ""
    return Asker(organization.name, place, size, organization.get_absolute_url(), person, True)


def blurred(organization, alike=None) -> tuple[str, str]:
    """(place, size) that a blind request shows: the smallest place with at least five published organizations of that
    size class, this one included; without the size where not even the region has so many.

    `alike`: how many there are in its comune, province and region, where they were counted already.
    """
    where = organization.municipality
    if where is None:
        return "", ""
    if alike is None:
        alone = Organization.objects.filter(pk=organization.pk).annotate(**_crowds())
        alike = alone.values_list(*CIRCLES).get()
    province = gettext("provincia di %(name)s") % {"name": where.province.name}
    for place, count in zip((str(where), province, where.province.region), alike, strict=True):
        if (count or 0) >= CROWD:
            return place, organization.get_size_class_display()
    return where.province.region, ""


def _crowds(prefix=""):
    """For a query of organizations, or of rows that lead to one: how many of its size class each circle holds."""
    return {name: _crowd(f"municipality{path}", prefix) for name, path in CIRCLES.items()}


def _crowd(place, prefix):
    like = {"size_class": OuterRef(f"{prefix}size_class"), place: OuterRef(f"{prefix}{place}")}
    counted = Organization.objects.published().filter(**like).order_by().values("size_class")
    return Subquery(counted.annotate(count=Count("pk")).values("count"))


def _unnamed(place):
    if place:
        return gettext("Un'organizzazione con sede in %(place)s, richiesta riservata") % {"place": place}
    return gettext("Un'organizzazione, richiesta riservata")


@dataclass(frozen=True)
class Because:
    """A competence that is asked, and the one for which the organization was thought of."""

    asked: str
    offered: str
    level: int


def because(invitation: Invitation, names: dict[str, str] | None = None) -> list[Because]:
    """Why this organization: the competences it was asked for, the weightiest first; nothing where it is for money."""
    names = names if names is not None else inputs.names()
    lines = sorted(invitation.reasons.lines, key=lambda line: -line.points) if invitation.reasons else []
    return [
        Because(names.get(line.need.code, ""), names.get(line.offer.code, ""), line.offer.level)
        for line in lines
        if line.need and line.offer
    ]


def received(queryset):
    """Invitations with all that this module reads of them, in one query."""
    return queryset.select_related(
        "organization", "room", "taken_by", "request__author", "request__organization__municipality__province"
    ).annotate(**_crowds("request__organization__"))


@dataclass(frozen=True)
class Happened:
    """A line of a history for one of the two sides: of the other side it names the organization, never a person."""

    at: datetime
    who: str
    text: str
    why: str = ""


def history(steps, organization_id) -> list[Happened]:
    """What happened, for the people of an organization: their own by name. In two queries."""
    steps = steps.select_related("by", "invitation__organization").order_by("-at", "-pk")
    ours = set(Representative.objects.filter(organization=organization_id).values_list("user", flat=True))
    return [Happened(step.at, _who(step, ours, organization_id), _said(step), step.why) for step in steps]


def _who(step, ours, organization_id):
    if step.by is None:
        return gettext("il portale")
    if step.by_id in ours:
        return step.by.full_name or gettext("noi")
    if step.invitation and step.invitation.organization_id != organization_id:
        return step.invitation.organization.name
    return gettext("chi chiede")


def _said(step):
    about = f"{step.invitation.organization}: " if step.invitation else ""
    if step.what == step.What.MOVED:
        return f"{about}{step.after_label.lower()}"
    if step.what == step.What.BROKER:
        return gettext("mediatore: %(name)s") % {"name": step.after or "—"}
    return f"{about}{step.get_what_display()}"
