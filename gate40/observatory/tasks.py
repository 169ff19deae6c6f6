"""The doorbells of the closed months and of the PDF that is kept."""

from celery import shared_task

from . import closing, months
from .models import Snapshot


@shared_task
def publish_closed_months():
    months.publish_closed_months()


@shared_task
def keep_paper(snapshot_id):
    closing.keep_paper(Snapshot.objects.get(pk=snapshot_id))
