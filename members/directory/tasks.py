"""The doorbell of a search that found nobody (it stands here because the page rings it), and of the vocabulary."""

from celery import shared_task

from ..models import UnmetSearch
from . import search, vocabulary


@shared_task(name="members.tasks.note_unmet_search")
def note_unmet_search(text, mark=UnmetSearch.ANYBODY):
    search.note_unmet(text, mark)


@shared_task(name="members.tasks.refresh_vocabulary")
def refresh_vocabulary():
    vocabulary.refresh_vocabulary()
