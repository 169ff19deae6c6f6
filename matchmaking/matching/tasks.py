"""The doorbell of one organization. It stands here, below the other wings, because partners and the admin ring it."""

from celery import shared_task

from . import match_lists


@shared_task(name="matchmaking.tasks.refresh_matches")
def refresh_matches(organization_id):
    match_lists.refresh_organization(organization_id)
