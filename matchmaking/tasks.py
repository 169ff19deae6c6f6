"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from . import matching


@shared_task
def refresh_matches(organization_id):
    matching.refresh(organization_id)


@shared_task
def refresh_stale():
    matching.refresh_stale()


@shared_task
def rebuild():
    matching.rebuild()
