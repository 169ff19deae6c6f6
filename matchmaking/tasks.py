"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from .matching import match_lists
from .matching.tasks import refresh_matches  # noqa: F401 - registered here with the others
from .requests import deadlines
from .rooms import rooms


@shared_task
def refresh_stale():
    if match_lists.refresh_stale():
        rebuild.delay()


@shared_task
def rebuild():
    for block in match_lists.blocks():
        rebuild_block.delay(*block)


@shared_task
def rebuild_block(first, before):
    match_lists.rebuild_block(first, before)


@shared_task
def run_the_clock():
    deadlines.run_the_clock()


@shared_task
def sweep_rooms():
    rooms.sweep_files()
