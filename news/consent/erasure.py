"""Forgetting an address: what it received and asked goes; that it must not be written to again stays, as a keyed hash.

The ledger of consent keeps its lines, the proof that a mail was lawful, with one more that says that all is withdrawn.
"""

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q

from ..models import Delivery, SetAside, Subscription, Suppression
from . import ledger


@transaction.atomic
def forget_address(addresses) -> None:
    """Erase what is kept about these addresses of one person. A mail that waits for them is never sent."""
    for address in addresses:
        Suppression.objects.add(address, Suppression.Reason.ERASURE)
        for subscription in Subscription.objects.of_address(address).select_related("organization"):
            ledger.withdraw_consent(subscription, source="cancellazione dei dati, chiesta dalla persona")
            subscription.delete()
        Delivery.objects.of_address(address).delete()
        SetAside.objects.filter(sender__icontains=address).delete()
        _forget_in_log(address)


def _forget_in_log(address):
    """The admin's log goes on saying what was done, and no longer to whom."""
    named = Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    LogEntry.objects.filter(named).update(object_repr="dati cancellati", change_message="")
