"""What counts as an answer between organizations, and as an outcome of one: the one place that says so.

Each function gives the facts before a moment, as querysets of the organizations (firms or not) on both sides.
"""

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
