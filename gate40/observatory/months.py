"""What readers without contacts see while an experiment runs: the closed months, each written once, in bands.

A page that moved from day to day could be subtracted from itself. So these pages show the last month that is over, as
it was written when it was over, and never a figure but the band of five in which it lies.
"""

from datetime import date, timedelta

from django.utils import timezone

from . import report
from .models import Experiment, Month, canonical


def publish_closed_months(today: date | None = None) -> int:
    """Write the month that is over for every experiment that runs, where it is not written yet. How many were."""
    last_day = (today or timezone.localdate()).replace(day=1) - timedelta(days=1)
    running = Experiment.objects.open().filter(starts_on__lte=last_day).exclude(months__last_day=last_day)
    return sum(publish_month(experiment, last_day) for experiment in running)


def publish_month(experiment, last_day: date) -> bool:
    """Write one month, once: False when it was written already."""
    content = canonical(report.in_bands(report.build(experiment, min(last_day, experiment.last_day))))
    _month, is_new = Month.objects.get_or_create(
        experiment=experiment, last_day=last_day, defaults={"content": content}
    )
    return is_new


def latest(experiment) -> Month | None:
    return experiment.months.order_by("-last_day").first()
