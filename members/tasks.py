"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from . import retention, searching


@shared_task
def note_unmet_search(text):
    searching.note_unmet(text)


@shared_task
def forget_unverified():
    retention.forget_unverified()
