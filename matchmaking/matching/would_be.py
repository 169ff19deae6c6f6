"""What a draft reads of its partners before the staff have published it: how many they would be, and nobody's name.

Counted from what the public reads of published profiles, the offers: whoever fills in a draft learns nothing of what
members openly need by changing it.
"""

from collections import Counter

from members.models import Organization

from .inputs import Everybody, profiles


def count_would_be(organization) -> list[tuple[str, int]]:
    """(kind in words, how many published organizations of it offer something that the draft looks for), those of whom
    there are any."""
    [profile] = profiles(Organization.objects.filter(pk=organization.pk))
    everybody = Everybody(with_blind=False)
    if not profile.needs or not everybody.ids:
        return []
    kinds = dict(zip(everybody.ids, everybody.kinds, strict=True))
    found = everybody.engine.fit(profile.needs, len(everybody.ids), profile.place)
    shown = _may_be_shown(organization)
    counted = Counter(kinds[id] for id, _points in found if id in shown)
    return [(label, counted[kind]) for kind, label in Organization.Kind.choices if counted[kind]]


def _may_be_shown(organization):
    """Whoever could be suggested to it at all: to a financier only the firms that agree."""
    others = Organization.objects.published().exclude(pk=organization.pk)
    shown = others.visible_to_financiers() if organization.kind == Organization.Kind.FINANCIER else others
    return set(shown.values_list("pk", flat=True))
