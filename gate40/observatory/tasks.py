"""The doorbell of the closed months."""

from celery import shared_task

from . import months


@shared_task
def publish_closed_months():
    months.publish_closed_months()
