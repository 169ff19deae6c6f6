"""The doorbell of a search that found nobody; it stands here because the page rings it."""

from celery import shared_task

from . import search


@shared_task(name="members.tasks.note_unmet_search")
def note_unmet_search(text):
    search.note_unmet(text)
