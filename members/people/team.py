"""The people who speak for an organization: who joins, who changes role, who leaves. There is always an owner."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from ..models import Organization, Representative, RepresentativeInvitation
from ..signals import announce_invitation


class LastOwner(Exception):
    """An organization without an owner would belong to nobody."""


@transaction.atomic
def invite_colleague(organization, email, role, by) -> RepresentativeInvitation:
    """One waiting invitation for each address: inviting again renews it and sends the mail again."""
    _alone(organization)
    waiting = organization.representative_invitations.filter(email__iexact=email, accepted_at=None).first()
    invitation = waiting or RepresentativeInvitation(organization=organization, email=email)
    invitation.role, invitation.invited_by, invitation.created_at = role, by, timezone.now()
    invitation.save()
    announce_invitation(invitation)
    return invitation


def addressed_to(user):
    """The invitations that wait for this person: sent to one of the addresses they have confirmed."""
    mine = [address.lower() for address in confirmed_addresses(user)]
    return [one for one in RepresentativeInvitation.objects.open() if one.email.lower() in mine] if mine else []


def confirmed_addresses(user):
    return EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)


@transaction.atomic
def accept_colleague(invitation, user) -> bool:
    """The person speaks for the organization from now on. The link works once: says whether it did."""
    waiting = RepresentativeInvitation.objects.open().filter(pk=invitation.pk)
    if not waiting.update(accepted_at=timezone.now()):
        return False
    Representative.objects.get_or_create(
        user=user, organization=invitation.organization, defaults={"role": invitation.role}
    )
    return True


@transaction.atomic
def change_role(representative, role) -> None:
    """Raises `LastOwner` when nobody would be left to own the organization."""
    _keep_an_owner(representative, role)
    representative.role = role
    representative.save(update_fields=["role"])


@transaction.atomic
def remove_person(representative) -> None:
    """Whoever is removed loses access with the next page they ask for. Raises `LastOwner`."""
    _keep_an_owner(representative, None)
    representative.delete()


def _keep_an_owner(representative, role):
    _alone(representative.organization)
    others = representative.organization.representatives.owners().exclude(pk=representative.pk)
    if role != Representative.Role.OWNER and not others.exists():
        raise LastOwner


def _alone(organization):
    """Two people who change the team at once go one after the other."""
    Organization.objects.select_for_update().get(pk=organization.pk)
