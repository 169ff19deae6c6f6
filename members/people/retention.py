"""Accounts that nobody ever confirmed are not kept."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..models import User


def forget_unverified(now=None) -> int:
    """Delete the accounts whose address was not confirmed within its time, and never spoke for anybody. How many."""
    before = (now or timezone.now()) - timedelta(days=settings.KEEP_UNVERIFIED_DAYS)
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    never_came = User.objects.outside_staff().filter(last_login=None, representations=None)
    strangers = never_came.filter(~Exists(verified), date_joined__lt=before)
    return strangers.delete()[1].get(User._meta.label, 0)
