"""What one organization is shown of its partners: the list, two of them side by side, and its answers."""

from django.utils import timezone

from members.bells import ring_after_commit
from members.models import Organization, Representative

from ..algorithms import scoring
from ..models import Feedback, Match
from . import inputs, match_lists
from .reasons import explain


def shown(organization, kind: str = "") -> list[Match]:
    """The best partners now (of a kind), explained; `.answer` is what the organization said about each."""
    found = Match.objects.for_seeker(organization).with_partners().best_first()
    found = found.of_kind(kind) if kind else found
    matches = explain(list(found[: match_lists.SHOWN]))
    answers = dict(Feedback.objects.filter(seeker=organization).values_list("partner", "verdict"))
    for match in matches:
        match.answer = answers.get(match.partner_id, "")
    return matches


def dismissed(organization) -> list[Feedback]:
    """The partners that left the suggestions because of an answer that can be taken back."""
    published = Organization.objects.published()
    said = Feedback.objects.dismissals().filter(seeker=organization, partner__in=published)
    return list(said.select_related("partner"))


def compared(organization, partners) -> list[Match]:
    """The same cards for chosen partners, in their order: as kept, or scored now for whoever is not in the list."""
    kept = {match.partner_id: match for match in Match.objects.for_seeker(organization).filter(partner__in=partners)}
    missing = [partner for partner in partners if partner.pk not in kept]
    kept |= {match.partner_id: match for match in _scored(organization, missing)} if missing else {}
    matches = [kept[partner.pk] for partner in partners if partner.pk in kept]
    by_id = {partner.pk: partner for partner in partners}
    for match in matches:
        match.partner = by_id[match.partner_id]
    return explain(matches)


def _scored(organization, partners):
    pair = Organization.objects.filter(pk__in=[organization.pk, *(partner.pk for partner in partners)])
    profiles = {profile.id: profile for profile in inputs.profiles(pair)}
    known = inputs.taxonomy()
    for partner in partners:
        score = scoring.score(profiles[organization.pk], profiles[partner.pk], known)
        yield Match(seeker=organization, partner=partner, points=score.points, detail=score.as_dict())


def may_be_compared(organization):
    """Whom an organization may put side by side: whoever could be suggested to it, known or not."""
    others = Organization.objects.published().exclude(pk=organization.pk).with_places()
    return others.visible_to_financiers() if organization.kind == Organization.Kind.FINANCIER else others


def may_answer(user, organization) -> bool:
    return Organization.objects.acting_through(user, *Representative.EDITORS).filter(pk=organization.pk).exists()


def answer_partner(organization, partner, verdict: str, author) -> None:
    """Keep what an organization says of a partner; an empty verdict takes it back. Saying it twice adds nothing."""
    if verdict:
        values = {"verdict": verdict, "author": author, "said_at": timezone.now()}
        Feedback.objects.update_or_create(seeker=organization, partner=partner, defaults=values)
    else:
        Feedback.objects.filter(seeker=organization, partner=partner).delete()
    ring_after_commit("matchmaking.tasks.refresh_matches", organization.pk)
