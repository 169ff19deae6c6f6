"""How anything stored goes from state to state: one winner, and its line of history in the same transaction.

Each life of the portal (a request, a claim, an issue of the newsletter …) is a list of steps that end here. What a step
answers is one contract everywhere: True when it happened now, False when somebody else was faster or it is too late.
"""

from django.db import transaction
from django.db.models import Q


@transaction.atomic
def move_state(thing, origins, target, *, field="state", only=None, trace=None, **values) -> bool:
    """Take `thing` from one of the states `origins` to `target`, where the Q `only` holds too, and write `values`.

    `trace` is called with the state that was left, to write the history; without it the row itself says who and when.
    A winner's `thing` shows what was written, a loser's stays as it was.
    """
    rows = type(thing)._default_manager.filter(only or Q(), pk=thing.pk, **{f"{field}__in": origins})
    # Whoever comes second waits at this lock and then looks again: the state that history calls "before" is the one
    # that the UPDATE leaves. Only this row is held: `only` may look at others, whose holders would wait for us.
    held = rows.select_for_update(of=("self",)).only(field).order_by("pk").first()
    # The condition is asked again: while we waited, what `only` sees of other rows may have changed.
    if held is None or not rows.update(**{field: target}, **values):
        return False
    if trace:
        trace(getattr(held, field))
    thing.refresh_from_db(fields=[field, *values])
    return True
