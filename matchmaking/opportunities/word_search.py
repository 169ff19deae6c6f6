"""The opportunities that words lead to: by their own text, or by the competences they ask for."""

from members.models import Competence


def answering(opportunities, reading):
    """Those of `opportunities` whose words answer, or that ask for a competence named so ("barca": naval design)."""
    return opportunities.answering(reading, competences_named(reading))


def competences_named(reading) -> list[int]:
    """The ids of the competences that all the words name."""
    if not reading.is_whole:
        return []
    return list(Competence.objects.answering(reading).order_by().values_list("pk", flat=True))
