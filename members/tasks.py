"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from . import facts
from .backoffice import list_import
from .directory.tasks import note_unmet_search, refresh_vocabulary  # noqa: F401 - registered here with the others
from .people import retention
from .safety import events


@shared_task
def forget_unverified():
    retention.forget_unverified()


@shared_task
def forget_events():
    events.forget_events()


@shared_task
def tell_facts():
    facts.tell_waiting()


@shared_task
def forget_uploads():
    list_import.forget_uploads()
