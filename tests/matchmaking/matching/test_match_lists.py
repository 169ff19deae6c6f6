"""Matches follow profiles: true after every change, whole after every mishap."""

import pytest

from matchmaking.algorithms import scoring
from matchmaking.matching import inputs, match_lists
from matchmaking.matching.reasons import explain
from matchmaking.matching.tasks import refresh_matches
from matchmaking.models import Match, ProfileChange
from members.models import Need, Offer, Organization
from members.signals import announce_profile
from tests.cast import competence, give


def stored():
    """Every match as {(seeker, partner): points}."""
    return {
        (seeker, partner): points
        for seeker, partner, points in Match.objects.values_list("seeker__slug", "partner__slug", "points")
    }


def test_a_rebuild_stores_whoever_completes_whom_and_nobody_else(cast):
    match_lists.rebuild()
    firms = ("alfa", "beta")
    with_the_centre = {pair for firm in firms for pair in ((firm, "gamma"), ("gamma", firm))}
    assert set(stored()) == with_the_centre | {(firm, "delta") for firm in firms}  # no firm consents to financiers


def test_a_stored_match_is_what_the_scorer_says_and_its_reasons_sum_to_it(cast):
    match_lists.rebuild()
    by_id = {profile.id: profile for profile in inputs.profiles()}
    for match in Match.objects.all():
        said = scoring.score(by_id[match.seeker_id], by_id[match.partner_id], inputs.taxonomy())
        assert match.points == said.points
        [explained] = explain([match])
        assert sum(line.points for line in explained.lines) == match.score


def test_a_refresh_equals_a_rebuild_after_each_kind_of_change(cast):
    match_lists.rebuild()
    alfa = cast["alfa"]
    changes = [
        lambda: give(alfa, needs={"ROB.01.01": 3}),
        lambda: give(alfa, offers={"MAT.01.05": 5}),
        lambda: Need.objects.filter(organization=alfa, competence__code="QLT.01.02").delete(),
        lambda: Offer.objects.filter(organization=alfa).update(level=1),
        lambda: Organization.objects.filter(pk=alfa.pk).update(status="draft"),
        lambda: Organization.objects.filter(pk=alfa.pk).update(status="published"),
    ]
    for change in changes:
        change()
        match_lists.refresh_organization(alfa.pk)
        after_refresh = stored()
        match_lists.rebuild()
        assert stored() == after_refresh


def test_refreshing_twice_adds_nothing_and_keeps_when_a_match_was_found(cast):
    match_lists.rebuild()
    found = dict(Match.objects.values_list("pk", "found_at"))
    match_lists.refresh_organization(cast["alfa"].pk)
    assert dict(Match.objects.values_list("pk", "found_at")) == found


def test_a_refresh_that_dies_half_way_leaves_the_old_matches_whole(cast, monkeypatch):
    match_lists.rebuild()
    before = stored()
    Offer.objects.filter(organization=cast["gamma"]).delete()
    monkeypatch.setattr(match_lists, "_remember", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        match_lists.refresh_organization(cast["gamma"].pk)
    assert stored() == before


def test_a_draft_is_nobodys_partner(cast):
    match_lists.rebuild()
    assert not any("bozza" in pair for pair in stored())


def test_a_profile_that_was_withdrawn_disappears_at_once_even_before_a_refresh(cast):
    match_lists.rebuild()
    Organization.objects.filter(slug="gamma").update(status="draft")
    partners = Match.objects.for_seeker(cast["alfa"]).values_list("partner__slug", flat=True)
    assert list(partners) == ["delta"]


def test_a_blind_need_counts_for_its_owner_and_for_nobody_else(cast):
    Need.objects.filter(organization=cast["alfa"], is_blind=False).delete()
    Offer.objects.filter(organization=cast["gamma"]).delete()
    give(cast["gamma"], offers={"MAT.02.03": 5})
    match_lists.rebuild()
    assert ("alfa", "gamma") in stored()
    before = Match.objects.get(seeker=cast["gamma"], partner=cast["alfa"]).detail
    Need.objects.filter(organization=cast["alfa"], is_blind=True).delete()
    match_lists.rebuild()
    assert Match.objects.get(seeker=cast["gamma"], partner=cast["alfa"]).detail == before


def test_whoever_a_lost_message_left_behind_is_refreshed_by_the_sweep(cast):
    match_lists.rebuild()
    give(cast["beta"], offers={"ROB.01.01": 3})
    give(cast["alfa"], needs={"ROB.01.01": 3})
    assert match_lists.refresh_stale() is False
    assert ("alfa", "beta") in stored()
    assert not ProfileChange.objects.exists()


def test_the_sweep_clears_whoever_is_published_no_more(cast):
    match_lists.rebuild()
    cast["gamma"].status = "draft"
    cast["gamma"].save()
    match_lists.refresh_stale()
    assert not any("gamma" in pair for pair in stored())


def test_a_saved_profile_rings_for_its_own_refresh(cast, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(refresh_matches, "delay_on_commit", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        announce_profile(cast["alfa"])
    assert rung == [cast["alfa"].pk]


def test_a_dead_broker_does_not_break_a_save(cast, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(refresh_matches, "delay_on_commit", lambda key: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        announce_profile(cast["alfa"])
    match_lists.refresh_stale()
    assert ("alfa", "gamma") in stored()


def test_the_stored_taxonomy_is_the_scorers(db):
    known = inputs.taxonomy()
    assert known.similarity("QLT.01.02", "QLT.01.02") == 100
    assert known.complement("PRD.01.04", "QLT.02.01").author == "Redazione Gate 4.0"
    assert "APP.01.01" in known.facets


def test_names_follow_the_readers_language(db, settings):
    from django.utils import translation

    code = competence("PRD.01.04").code
    assert inputs.names()[code] == "Taglio, fresatura e lucidatura della pietra"
    with translation.override("en"):
        assert inputs.names()[code] != "Taglio, fresatura e lucidatura della pietra"
