"""News from the members, heard by the apps above. Each is sent after commit, once for one business event.

Except an erasure: it is heard within its transaction, so that a person is forgotten everywhere or nowhere.
"""

from django.dispatch import Signal

from . import facts

profile_saved = Signal()  # organization_id
invitation_made = Signal()  # invitation: a RepresentativeInvitation
claim_decided = Signal()  # claim
person_erased = Signal()  # addresses: every e-mail address the person had

# Asked, not told, and answered at once: organization_id, others (ids). A receiver says whether the organization has met
# one of them: the two are then parties to each other, and see what profiles show to parties.
parties_asked = Signal()


def have_met(organization_id, others) -> bool:
    answers = parties_asked.send(sender=None, organization_id=organization_id, others=list(others))
    return any(answer for _receiver, answer in answers)


def announce_profile(organization) -> None:
    """Tell whoever listens that this profile changed, once the change is safely stored."""
    organization_id = organization.pk
    _after_commit(profile_saved, type(organization), organization_id=organization_id)


def announce_invitation(invitation) -> None:
    _after_commit(invitation_made, type(invitation), invitation=invitation)


def announce_claim_decided(claim) -> None:
    _after_commit(claim_decided, type(claim), claim=claim)


def announce_erasure(addresses) -> None:
    person_erased.send(sender=None, addresses=addresses)


def _after_commit(signal, sender, **news):
    facts.note_fact(facts.path_of(signal, globals()), sender, news)
