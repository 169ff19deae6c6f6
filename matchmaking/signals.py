"""News from the opportunities, heard by the apps above."""

from django.db import transaction
from django.dispatch import Signal

# Sent after commit, when a published opportunity really closes on another day. Arguments: opportunity_id, before, after
# (dates or None).
deadline_moved = Signal()

# Sent after commit, when somebody who waited for an event has got a place. Arguments: registration_id.
place_found = Signal()

# Sent after commit, when an organization is invited to a partnership. Arguments: membership_id.
partner_invited = Signal()

# Sent after commit, when an invited organization has accepted or declined, or a partner has left. Arguments:
# membership_id, state.
partner_answered = Signal()


def announce(signal, sender, **arguments) -> None:
    """Tell whoever listens, once the change is safely stored; a deaf listener breaks nothing."""
    transaction.on_commit(lambda: signal.send(sender=sender, **arguments), robust=True)
