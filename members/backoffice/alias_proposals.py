"""Words searched in vain, as proposals of new aliases: each with the competence it is perhaps about."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from ..directory.questions import Question
from ..models import Alias, Competence, UnmetSearch
from ..rules import wording

LATELY = timedelta(days=180)
MOST = 20


@dataclass(frozen=True)
class Proposal:
    """A word, how often it was searched in vain, and the nearest competence if any is near."""

    term: str
    times: int
    competence: Competence | None


def from_searches() -> list[Proposal]:
    """The words most often searched in vain of late that are no alias yet."""
    since = timezone.localdate() - LATELY
    counted = UnmetSearch.objects.filter(day__gt=since).order_by().values("text").annotate(times=Sum("count"))
    rows = counted.order_by("-times", "text").values_list("text", "times")[: 10 * MOST]
    known = {wording.plain(term) for term in Alias.objects.values_list("term", flat=True)}
    return [Proposal(text, times, _nearest(text)) for text, times in rows if text not in known][:MOST]


def _nearest(text):
    """What the words, mended if they must be, lead to."""
    question = Question.of(text)
    if not question:
        return None
    leaves = Competence.objects.selectable()
    answer = question.settle(lambda reading: leaves.answering(reading).exists())
    return leaves.answering(answer.reading).first() if answer.is_found else None
