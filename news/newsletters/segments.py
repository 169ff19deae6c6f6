"""The segments that are there from the first day."""

from django.conf import settings

from ..models import Segment

STONE = ["08.11", "23.7", "23.70"]  # quarries of ornamental stone; cutting, shaping and finishing of stone


def make_ready(**kwargs):
    """The firms of the home province, those that work stone, and everybody who asked to read.

    Made once, then the staff's own.

    Runs after every migration and with the demo; the province must be known by then.
    """
    from members.models import EconomicActivity, Province

    home = Province.objects.filter(code=settings.PORTAL["home_province"]).first()
    if home and not Segment.objects.filter(provinces=home).exists():
        _of_firms(f"Imprese di {home.name}", home)
    stone = EconomicActivity.objects.filter(code__in=STONE)
    if home and stone and not Segment.objects.filter(activities__in=stone).exists():
        _of_firms(f"Imprese di {home.name}, settore lapideo", home).activities.set(stone)
    Segment.objects.get_or_create(name="Tutti gli iscritti", defaults={"with_readers": True})


def _of_firms(name, province):
    from members.models import Organization

    segment, _is_new = Segment.objects.get_or_create(name=name, defaults={"kind": Organization.Kind.FIRM})
    segment.provinces.add(province)
    return segment
