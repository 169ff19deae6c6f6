"""The segments that are there from the first day."""

from django.conf import settings

from .models import Segment


def make_ready(**kwargs):
    """The firms of the home province, and everybody who asked to read: made once, then the staff's own.

    Runs after every migration and with the demo; the province must be known by then.
    """
    from members.models import Organization, Province

    home = Province.objects.filter(code=settings.PORTAL["home_province"]).first()
    if home and not Segment.objects.filter(provinces=home).exists():
        segment, _is_new = Segment.objects.get_or_create(
            name=f"Imprese di {home.name}", defaults={"kind": Organization.Kind.FIRM}
        )
        segment.provinces.add(home)
    Segment.objects.get_or_create(name="Tutti gli iscritti", defaults={"with_readers": True})
