"""Opening, closing and extending an experiment."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from . import report
from .models import Experiment, Snapshot, Target, canonical


class NotYet(Exception):
    """The experiment has not begun, or is not closed: the step makes no sense now."""


@transaction.atomic
def close_experiment(experiment) -> Snapshot:
    """Freeze the report. Twice is as good as once: the first report stands. Raises NotYet before the first day."""
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if held.is_closed:
        return held.snapshot
    if held.starts_on > timezone.localdate():
        raise NotYet
    content = canonical(report.build(held))
    snapshot = Snapshot.objects.create(
        experiment=held, content=content, sha256=hashlib.sha256(content.encode()).hexdigest()
    )
    held.closed_at = timezone.now()
    held.save(update_fields=["closed_at"])
    return snapshot


@transaction.atomic
def extend_experiment(experiment, name, ends_on) -> Experiment:
    """A second experiment that begins where the first ended, with its targets. Raises NotYet unless it is closed."""
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if not held.is_closed or Experiment.objects.filter(follows=held).exists():
        raise NotYet
    last = report.day_of(held.snapshot.report)
    home, everybody = report.members_on(held, last)
    made = Experiment.objects.create(
        name=name,
        network=held.network,
        starts_on=last + timedelta(days=1),
        ends_on=ends_on,
        baseline_members=home,
        baseline_organizations=max(everybody, 1),
        fee=held.fee,
        follows=held,
    )
    Target.objects.bulk_create(Target(experiment=made, measure=t.measure, value=t.value) for t in held.targets.all())
    return made
