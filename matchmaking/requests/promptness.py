"""How well an organization answers what it is asked: from the requests that were routed to it, and no others."""

from dataclasses import dataclass
from statistics import median

from django.utils import timezone

from ..algorithms import working_days
from ..models import Invitation

State = Invitation.State
ANSWERED = (State.ACCEPTED, State.DECLINED)


@dataclass(frozen=True)
class Promptness:
    """`answered` of `due`: the answers, and those plus what expired or has waited beyond its term.

    What was withdrawn before it was answered, and what is still within its term, does not count. `days` is the median
    of the working days to an answer; None without any.
    """

    due: int
    answered: int
    days: float | None

    @property
    def rate(self) -> int | None:
        """In percent, rounded; None when nothing was due."""
        return round(100 * self.answered / self.due) if self.due else None


def of(organization) -> Promptness:
    """In one query."""
    found = Invitation.objects.filter(organization=organization)
    asked = list(found.values_list("state", "sent_at", "answered_at", "escalated_at"))
    answers = [(sent, answered) for state, sent, answered, _late in asked if state in ANSWERED]
    missed = sum(_is_missed(state, late) for state, _sent, _answered, late in asked)
    days = [working_days.between(*map(timezone.localdate, each)) for each in answers]
    return Promptness(len(answers) + missed, len(answers), median(days) if days else None)


def _is_missed(state, escalated_at):
    return state == State.EXPIRED or (state in Invitation.WAITING and escalated_at is not None)
