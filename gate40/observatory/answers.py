"""What counts as an answer between organizations, and as an outcome of one: the one place that says so.

`answers` and `outcomes` give the facts before a moment, as querysets of the organizations (firms or not) on both sides;
`tallies` says what became of the answers of some firms, for the report.
"""

from dataclasses import dataclass
from datetime import datetime, timezone

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from matchmaking.models import Change, Interest, Invitation, Outcome

ALWAYS = datetime(1970, 1, 1, tzinfo=timezone.utc)


def answers(before) -> list:
    """Who has given or received one: an interest in an opportunity, or a yes or a no to a request."""
    steps = Change.objects.filter(fields__status__1=Interest.Status.SENT, at__lt=before, interest__isnull=False)
    sent = Interest.objects.sent().filter(
        sent_at__lt=before
    )  # a second sending moves the date: the steps keep the first
    answered = Invitation.objects.filter(answered_at__lt=before)
    return [
        steps.values("interest__organization"),
        steps.values("interest__opportunity__proposed_by"),
        sent.values("organization"),
        sent.values("opportunity__proposed_by"),
        answered.values("organization"),
        answered.values("request__organization"),
    ]


def outcomes(before) -> list:
    """Who has come to something: it was decided to go ahead, or the organization itself says that something began."""
    agreed = Change.objects.filter(fields__status__1=Interest.Status.GO, at__lt=before, interest__isnull=False)
    declared = Outcome.objects.filter(answer__in=Outcome.GOOD, at__lt=before)
    return [
        agreed.values("interest__organization"),
        agreed.values("interest__opportunity__proposed_by"),
        declared.values("organization"),
    ]


@dataclass(frozen=True)
class Tally:
    """A table of the report: {what became of it: (its name, how many, how many firms behind them)}."""

    label: str
    parts: dict[str, tuple[str, int, int]]


def tallies(before, firms, since=ALWAYS) -> list[Tally]:
    """What became of the answers that these firms gave from one moment to another.

    Two periods share no answer: whoever has the tables of both cannot subtract them.
    """
    return [
        Tally(_("Interessi manifestati a opportunità"), _interests(before, firms, since)),
        Tally(_("Risposte a richieste di altri"), _replies(before, firms, since)),
        Tally(_("Com'è andata, secondo le imprese"), _declared(before, firms, since)),
    ]


def _interests(before, firms, since):
    steps = Change.objects.filter(interest=OuterRef("pk"), at__lt=before)
    sent = Q(sent_at__lt=before) & ~Q(status=Interest.Status.DRAFT) | Exists(_to(steps, Interest.Status.SENT))
    sent &= Q(sent_at__gte=since) & ~Exists(_to(steps, Interest.Status.SENT).filter(at__lt=since))
    marked = Interest.objects.filter(sent, organization__in=firms).annotate(
        went=Exists(_to(steps, Interest.Status.GO)), refused=Exists(_to(steps, Interest.Status.NO_GO))
    )
    went, refused = Q(went=True), Q(went=False, refused=True)
    names = {
        "go": (_("Si procede"), went),
        "no_go": (_("Non si procede"), refused),
        "waiting": (_("In attesa di decisione, o ritirate"), ~went & ~refused),
    }
    return _parts(marked, names)


def _to(steps, status):
    return steps.filter(fields__status__1=status)


def _replies(before, firms, since):
    answered = Invitation.objects.filter(answered_at__gte=since, answered_at__lt=before, organization__in=firms)
    no = Q(state=Invitation.State.DECLINED)
    return _parts(answered, {"yes": (_("Accettate"), ~no), "no": (_("Declinate"), no)})


def _declared(before, firms, since):
    """The last word of each firm about each room."""
    said = Outcome.objects.filter(at__gte=since, at__lt=before, organization__in=firms)
    last = said.order_by("room_id", "organization_id", "-days").distinct("room_id", "organization_id").values("pk")
    names = {answer.value: (answer.label, Q(answer=answer)) for answer in Outcome.Answer}
    return _parts(Outcome.objects.filter(pk__in=last), names)


def _parts(rows, names):
    """Each part counted in one query, with the firms behind it."""
    counts = {key: Count("pk", filter=part) for key, (_name, part) in names.items()}
    firms = {f"{key}_firms": Count("organization", filter=part, distinct=True) for key, (_n, part) in names.items()}
    found = rows.order_by().aggregate(**counts, **firms)
    return {key: (name, found[key], found[f"{key}_firms"]) for key, (name, _part) in names.items()}
