"""What counts as an answer between organizations, and as an outcome of one: the one place that says so.

Each function gives the facts before a moment, as querysets of the organizations (firms or not) on both sides.
"""

from django.db.models import Count, Exists, OuterRef, Q

from matchmaking.models import Change, Interest


def answers(before) -> list:
    """Who has given or received an answer: an interest sent to an opportunity."""
    steps = Change.objects.filter(fields__status__1=Interest.Status.SENT, at__lt=before, interest__isnull=False)
    sent = Interest.objects.sent().filter(
        sent_at__lt=before
    )  # a second sending moves the date: the steps keep the first
    return [
        steps.values("interest__organization"),
        steps.values("interest__opportunity__proposed_by"),
        sent.values("organization"),
        sent.values("opportunity__proposed_by"),
    ]


def outcomes(before) -> list:
    """Who has come to something: an interest on which it was decided to go ahead."""
    agreed = Change.objects.filter(fields__status__1=Interest.Status.GO, at__lt=before, interest__isnull=False)
    return [agreed.values("interest__organization"), agreed.values("interest__opportunity__proposed_by")]


def tally(before, firms) -> dict[str, tuple[int, int]]:
    """What became of the answers of these firms: {"go" | "no_go" | "waiting": (answers, firms behind them)}."""
    steps = Change.objects.filter(interest=OuterRef("pk"), at__lt=before)
    sent = Q(sent_at__lt=before) & ~Q(status=Interest.Status.DRAFT) | Exists(_to(steps, Interest.Status.SENT))
    marked = Interest.objects.filter(sent, organization__in=firms).annotate(
        went=Exists(_to(steps, Interest.Status.GO)), refused=Exists(_to(steps, Interest.Status.NO_GO))
    )
    rows = marked.order_by().values_list("went", "refused").annotate(Count("pk"), Count("organization", distinct=True))
    found = {"go": (0, 0), "no_go": (0, 0), "waiting": (0, 0)}
    for went, refused, count, behind in rows:
        key = "go" if went else "no_go" if refused else "waiting"
        found[key] = found[key][0] + count, found[key][1] + behind
    return found


def _to(steps, status):
    return steps.filter(fields__status__1=status)
