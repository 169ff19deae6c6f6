"""Requests for the tests: Alfa asks Gamma, a research centre that measures."""

import uuid
from datetime import timedelta

from django.utils import timezone

from matchmaking.models import CollaborationRequest, RequestedCompetence
from matchmaking.requests import invitations, requests
from tests.cast import competence

ANSWER = {"brings": "Il banco ottico.", "needs": "Dieci pezzi.", "effort": "20 giornate", "ip": "joint"}


def draft(organization, asked=("QLT.01.02",), **fields):
    values = {"title": "Misurare lastre", "text": "Ci serve una misura.", "expected": "Una prova.", "ip": "joint"}
    values |= {"closes_on": timezone.localdate() + timedelta(days=60), "key": uuid.uuid4(), **fields}
    made = CollaborationRequest.objects.create(organization=organization, **values)
    for code in asked:
        RequestedCompetence.objects.create(request=made, competence=competence(code), weight=3)
    return made


def sent(cast, to=("gamma",), by="owner", **fields):
    """An open request of Alfa and its invitations, in the order of `to`."""
    request = draft(cast["alfa"], author=cast.people[by], **fields)
    made = requests.send_request(request, cast.people[by], [cast[slug] for slug in to])
    return request, *sorted(made, key=lambda each: to.index(each.organization.slug))


def accepted(cast, **fields):
    """As `sent`, answered with a yes by Gamma."""
    request, invitation = sent(cast, **fields)
    invitations.take_invitation(invitation, cast.people["research"])
    assert invitations.accept_invitation(invitation, cast.people["research"], request.terms_hash, **ANSWER)
    return request, invitation
