"""How a person comes to speak for an organization that staff loaded: they claim it, staff decide, once."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import Claim, Organization, Representative
from ..signals import announce_claim_decided, announce_profile
from ..transitions import move_state


class AlreadyClaimed(Exception):
    """Somebody else's claim on this organization is waiting, or somebody speaks for it already."""


def claim_organization(organization, user, note="") -> Claim:
    """A claim that waits for the staff. Asking twice gives the same claim. Raises `AlreadyClaimed`."""
    if own := organization.claims.waiting().filter(user=user).first():
        return own
    if not organization.is_shadow:
        raise AlreadyClaimed
    try:
        with transaction.atomic():
            return Claim.objects.create(organization=organization, user=user, note=note)
    except IntegrityError as error:
        raise AlreadyClaimed from error


@transaction.atomic
def approve_claim(claim, by) -> bool:
    """The person becomes the owner and the profile is published. Says whether it happened now."""
    if not _decide(claim, Claim.State.APPROVED, by):
        return False
    Representative.objects.get_or_create(
        user=claim.user,
        organization=claim.organization,
        defaults={"role": Representative.Role.OWNER},
    )
    status, today = Organization.Status, timezone.localdate()
    move_state(claim.organization, [status.SHADOW], status.PUBLISHED, field="status", reviewed_on=today)
    announce_profile(claim.organization)
    return True


@transaction.atomic
def refuse_claim(claim, by) -> bool:
    """Nothing changes but the claim: the organization can be claimed again. Says whether it happened now."""
    return _decide(claim, Claim.State.REFUSED, by)


def _decide(claim, state, by) -> bool:
    """Only the first decision counts."""
    if not move_state(claim, [Claim.State.WAITING], state, decided_at=timezone.now(), decided_by=by):
        return False
    announce_claim_decided(claim)
    return True
