"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from .directory.tasks import note_unmet_search, refresh_vocabulary  # noqa: F401 - registered here with the others
from .people import retention


@shared_task
def forget_unverified():
    retention.forget_unverified()
