"""The portal's own answered requests, as cases that `evaluating` can measure."""

from django.utils import timezone

from ..algorithms.evaluation import Case
from ..models import CollaborationRequest, Invitation, Outcome
from .text_search import public_texts

ANSWERED = [Invitation.State.ACCEPTED, Invitation.State.DECLINED]


def cases() -> list[Case]:
    """One for each request to which somebody said yes or no; whoever did not answer says nothing about the match."""
    texts = public_texts()
    found = CollaborationRequest.objects.filter(
        kind=CollaborationRequest.Kind.COLLABORATION, invitations__state__in=ANSWERED
    )
    related = found.distinct().order_by("opened_at", "pk").with_competences()
    return [_case(request, texts) for request in related.prefetch_related("invitations__room__outcomes")]


def _case(request, texts):
    answered = [each for each in request.invitations.all() if each.state in ANSWERED]
    names = [each.competence.name_it for each in request.asked.all()]
    said = {each.organization_id: _last_words(each) for each in answered}
    return Case(
        month=f"{timezone.localdate(request.opened_at):%Y-%m}",
        text="\n".join([request.title, request.text, *names]),
        documents={each.organization_id: texts.get(each.organization_id, []) for each in answered},
        points={each.organization_id: each.points for each in answered},
        accepted=frozenset(each.organization_id for each in answered if each.is_accepted),
        good=frozenset(pk for pk, words in said.items() if words and words <= set(Outcome.GOOD)),
        bad=frozenset(pk for pk, words in said.items() if words == {Outcome.Answer.NOTHING}),
        differing=frozenset(pk for pk, words in said.items() if len(words) > 1 and not words <= set(Outcome.GOOD)),
    )


def _last_words(invitation):
    """What each side said last, without saying twice what both say alike."""
    room = getattr(invitation, "room", None)
    outcomes = sorted(room.outcomes.all(), key=lambda outcome: outcome.days) if room else []
    return set({outcome.organization_id: outcome.answer for outcome in outcomes}.values())
