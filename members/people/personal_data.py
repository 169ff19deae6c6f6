"""What the portal holds about a person, as a file for that person, and how it is erased."""

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from ..models import RepresentativeInvitation, User
from ..signals import announce_erasure


def everything_about(user) -> dict:
    """Plain values, ready for JSON."""
    return {
        "persona": {
            "email": user.email,
            "nome": user.full_name,
            "iscritta_il": user.date_joined.isoformat(),
            "ultimo_accesso": user.last_login.isoformat() if user.last_login else None,
        },
        "indirizzi": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "organizzazioni": [
            {"nome": one.organization.name, "ruolo": one.get_role_display()}
            for one in user.representations.select_related("organization")
        ],
        "rivendicazioni": [
            {"organizzazione": one.organization.name, "nota": one.note, "stato": one.get_state_display()}
            for one in user.claims.select_related("organization")
        ],
        "inviti": list(RepresentativeInvitation.objects.filter(email__iexact=user.email).values("email", "role")),
    }


def orphaned_by(user):
    """The organizations that would have no owner left if this person went."""
    owned = user.representations.owners().select_related("organization")
    return [
        one.organization for one in owned if not one.organization.representatives.owners().exclude(user=user).exists()
    ]


@transaction.atomic
def erase_person(user) -> None:
    """Delete the person. The organizations stay, with what they published; their notes of work name nobody."""
    addresses = [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
    for address in addresses:
        RepresentativeInvitation.objects.filter(email__iexact=address).delete()
    people = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=people, object_id=str(user.pk)).delete()
    user.delete()
    announce_erasure(sorted(set(addresses)))
