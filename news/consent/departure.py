"""Whoever no longer speaks for an organization hears nothing more of it, and is told so once.

However the row of a representative goes (their own button, a colleague's, the staff's, a merge), the subscriptions end
in the same transaction. What waits in the queue is stopped by the sender's last look (`Subscription.objects.active`).
"""

from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from members.models import FormerAddress, Representative, User

from ..delivery import mailing
from ..models import Subscription
from . import ledger


def end_subscriptions(left) -> int:
    """End what a person (a Representative that is no more) had subscribed for the organization. Says how many."""
    user = User.objects.filter(pk=left.user_id).first()
    if user is None:
        return 0
    addresses = {user.email.lower(), *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    ended = sum(
        ledger.withdraw_consent(subscription, source=ledger.DEPARTED)
        for address in addresses
        for subscription in Subscription.objects.of_address(address).filter(organization=left.organization_id)
    )
    organization = left.organization
    transaction.on_commit(partial(_tell, user.pk, organization.pk, organization.slug, organization.name), robust=True)
    return ended


def _tell(user_id, organization_id, slug, name):
    """Nobody to tell when the account is gone or resting, or speaks for it again (or for what it became part of)."""
    now = [organization_id, *FormerAddress.objects.filter(slug=slug).values_list("organization", flat=True)]
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user and not Representative.objects.filter(user=user, organization__in=now).exists():
        mailing.send_account_mail(
            user.email, *mailing.render_mail("departed", {"name": name, "portal": settings.PORTAL})
        )
