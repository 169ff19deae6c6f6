"""News from the members, heard by the apps above."""

from django.db import transaction
from django.dispatch import Signal

# Sent after commit, once for one business event. Arguments: organization_id.
profile_saved = Signal()


def announce_profile(organization) -> None:
    """Tell whoever listens that this profile changed, once the change is safely stored."""
    organization_id = organization.pk
    transaction.on_commit(
        lambda: profile_saved.send(sender=type(organization), organization_id=organization_id), robust=True
    )
