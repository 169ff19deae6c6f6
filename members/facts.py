"""News that nobody misses: a signal is written down with what it tells of, and heard when the transaction is through.

Without the row a receiver that fails once, or a process that dies after the commit, would lose the notice for ever.
Told and heard are one transaction: a receiver that fails leaves nothing behind but the row, which a sweep tells again.
"""

import logging
from datetime import date, timedelta
from functools import partial

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(hours=1)


def note_fact(signal, sender, arguments) -> None:
    """Write it down now, tell it after commit. `signal` is its dotted path, `sender` a model."""
    from .models import Fact

    fact = Fact.objects.create(
        signal=signal,
        sender=sender._meta.label,
        arguments={name: _packed(value) for name, value in arguments.items()},
        due_at=timezone.now() + Fact.FIRST_SWEEP,
    )
    transaction.on_commit(partial(tell_fact, fact.pk), robust=True)


def path_of(signal, module) -> str:
    """The dotted path of a signal that stands in the namespace of a module."""
    return next(f"{module['__name__']}.{name}" for name, value in module.items() if value is signal)


def tell_fact(key) -> bool:
    """Let everybody hear it, once. Says whether they have; if not, it comes again."""
    from .models import Fact

    try:
        with transaction.atomic():
            fact = Fact.objects.select_for_update(skip_locked=True).filter(pk=key).first()
            return fact is not None and _tell(fact)
    except Exception:  # whatever a receiver raises: the row stays
        logger.exception("fact %s was not heard", key)
        _put_off(key)
        return False


def tell_waiting(now=None) -> int:
    """Tell again what was not heard. Says how many were heard now."""
    from .models import Fact

    due = Fact.objects.filter(due_at__lte=now or timezone.now()).values_list("pk", flat=True)
    return sum(tell_fact(key) for key in list(due))


def _tell(fact):
    arguments = {name: _unpacked(value) for name, value in fact.arguments.items()}
    fact.delete()
    if not any(value is GONE for value in arguments.values()):
        import_string(fact.signal).send(sender=apps.get_model(fact.sender), **arguments)
    return True


def _put_off(key):
    """The more often it failed, the longer it rests: a minute, two, four, up to an hour."""
    from .models import Fact

    for fact in Fact.objects.filter(pk=key):
        pause = min(timedelta(minutes=2 ** min(fact.failures, 10)), LONGEST_PAUSE)
        Fact.objects.filter(pk=key).update(failures=fact.failures + 1, due_at=timezone.now() + pause)


# What can be told: plain values, days, and rows, which are read anew -------------------------------------------
GONE = object()


def _packed(value):
    if isinstance(value, models.Model):
        return {"row": [value._meta.label, value.pk]}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _unpacked(value):
    if not isinstance(value, dict):
        return value
    if "day" in value:
        return date.fromisoformat(value["day"])
    label, key = value["row"]
    return apps.get_model(label)._base_manager.filter(pk=key).first() or GONE
