"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from . import clock, matching, rooms


@shared_task
def refresh_matches(organization_id):
    matching.refresh(organization_id)


@shared_task
def refresh_stale():
    if matching.refresh_stale():
        rebuild.delay()


@shared_task
def rebuild():
    for block in matching.blocks():
        rebuild_block.delay(*block)


@shared_task
def rebuild_block(first, before):
    matching.rebuild_block(first, before)


@shared_task
def run_the_clock():
    clock.run()


@shared_task
def sweep_rooms():
    rooms.sweep()
