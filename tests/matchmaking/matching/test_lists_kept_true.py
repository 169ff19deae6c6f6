import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from matchmaking import tasks
from matchmaking.algorithms import scoring
from matchmaking.matching import inputs, match_lists
from matchmaking.matching.tasks import refresh_matches
from matchmaking.models import Exclusion, Freshness, Match, ProfileChange
from members.models import Complement, Need, Offer, Organization
from members.signals import announce_profile
from tests.cast import competence, give
from tests.matchmaking.districts import District


def stored():
    """Everything that matching has stored, as plain values."""
    matches = Match.objects.values_list("seeker", "partner", "points", "is_pinned", "detail")
    return (
        sorted((*values, json.dumps(detail)) for *values, detail in matches),
        sorted(Exclusion.objects.values_list("financier", "firm")),
        sorted(Freshness.objects.values_list("organization", "kept", "last_points", "last_partner", "rules")),
    )


def by_the_reference():
    """{seeker: [(partner, points)]} from the plain scorer, pair by pair: nothing of the engine, nothing incremental."""
    everybody = inputs.Everybody()
    lists = {}
    for seeker in everybody.ids:
        barred, pinned = everybody.barred(seeker), everybody.pinned(seeker)
        scores = {id: everybody.score(seeker, id).points for id in everybody.ids if id not in barred}
        best = sorted(((-points, id) for id, points in scores.items() if points and id not in pinned))[
            : match_lists.KEPT
        ]
        lists[seeker] = {id: -points for points, id in best}
        lists[seeker] |= {id: scores[id] for id in pinned if scores[id] or not everybody.is_pinned_everywhere(id)}
    return {seeker: its for seeker, its in lists.items() if its}


def stored_lists():
    lists = {}
    for seeker, partner, points in Match.objects.values_list("seeker", "partner", "points"):
        lists.setdefault(seeker, {})[partner] = points
    return lists


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.django_db
def test_after_every_edit_what_is_stored_is_what_a_full_rebuild_would_store(seed, monkeypatch):
    monkeypatch.setattr(match_lists, "KEPT", 3)
    district = District(seed)
    match_lists.rebuild()
    for _round in range(8):
        for _edit in range(district.chance.randint(1, 3)):
            district.edit()
        match_lists.catch_up()

        assert stored_lists() == by_the_reference()
        before = stored()
        assert match_lists.rebuild() == 0
        assert stored() == before


@pytest.mark.django_db
def test_a_rebuild_in_blocks_stores_what_a_rebuild_in_one_piece_stores(monkeypatch):
    District(3)
    match_lists.rebuild()
    whole = stored()
    Match.objects.all().delete()
    monkeypatch.setattr(match_lists, "BLOCK", 2)

    for block in match_lists.blocks():
        tasks.rebuild_block(*block)

    assert len(match_lists.blocks()) > 3
    assert stored() == whole


@pytest.mark.django_db
def test_many_changes_at_once_are_computed_like_one(monkeypatch):
    district = District(5)
    monkeypatch.setattr(match_lists, "MANY", 2)
    for _edit in range(6):
        district.edit()
    match_lists.catch_up()

    assert stored_lists() == by_the_reference()


def test_a_save_marks_and_many_saves_are_one_computation(cast, monkeypatch):
    match_lists.rebuild()
    computed = []
    monkeypatch.setattr(match_lists, "Everybody", lambda: computed.append(1) or inputs.Everybody())
    for level in (1, 2, 3):
        Offer.objects.filter(organization=cast["gamma"], competence__code="QLT.01.02").update(level=level)
        cast["beta"].save()

    for slug in ("gamma", "beta", "gamma", "alfa"):
        match_lists.refresh_organization(cast[slug].pk)

    assert len(computed) == 1
    assert not ProfileChange.objects.exists()


def test_a_change_made_in_any_way_is_marked(cast):
    alfa = cast["alfa"].pk

    def marks(change):
        ProfileChange.objects.all().delete()
        change()
        return set(ProfileChange.objects.values_list("organization_id", flat=True))

    assert marks(lambda: Offer.objects.filter(organization=alfa).update(level=1)) == {alfa}
    assert marks(lambda: Need.objects.filter(organization=alfa).delete()) == {alfa}
    assert marks(lambda: Offer.objects.filter(organization=alfa).update(organization=cast["gamma"])) == {
        alfa,
        cast["gamma"].pk,
    }
    assert marks(lambda: Organization.objects.filter(pk=alfa).update(status="draft")) == {alfa}
    assert marks(lambda: Organization.objects.filter(pk=alfa).update(status="draft")) == set()
    assert alfa in marks(lambda: Organization.objects.get(pk=alfa).delete())


def test_whoever_announces_a_profile_is_marked_even_if_no_trigger_saw_it(
    cast, monkeypatch, django_capture_on_commit_callbacks
):
    match_lists.rebuild()
    monkeypatch.setattr(refresh_matches, "delay", lambda key: None)
    with django_capture_on_commit_callbacks(execute=True):
        announce_profile(cast["alfa"])

    assert list(ProfileChange.objects.values_list("organization_id", flat=True)) == [cast["alfa"].pk]


def test_only_the_published_are_matched_and_who_is_unpublished_leaves_every_list(cast):
    match_lists.rebuild()
    gamma = cast["gamma"]
    assert Match.objects.filter(partner=gamma).exists()
    assert not Match.objects.filter(partner=cast["bozza"]).exists()

    Organization.objects.filter(pk=gamma.pk).update(status="draft")
    assert not Match.objects.for_seeker(cast["alfa"]).filter(partner=gamma).exists()
    match_lists.refresh_organization(gamma.pk)

    assert not Match.objects.filter(partner=gamma).exists()
    assert not Match.objects.filter(seeker=gamma).exists()


def test_a_match_that_lasts_keeps_the_day_it_was_found(cast):
    match_lists.rebuild()
    long_ago = timezone.now() - timedelta(days=30)
    Match.objects.update(found_at=long_ago, updated_at=long_ago)
    give(cast["alfa"], needs={"ROB.01.01": 1})
    match_lists.refresh_organization(cast["alfa"].pk)

    mine = Match.objects.get(seeker=cast["alfa"], partner=cast["gamma"])
    other = Match.objects.get(seeker=cast["beta"], partner=cast["gamma"])
    assert mine.found_at == long_ago < mine.updated_at
    assert other.updated_at == long_ago


def test_a_computation_that_fails_half_way_leaves_the_old_matches_whole(cast, monkeypatch):
    match_lists.rebuild()
    before = stored()
    give(cast["alfa"], needs={"PRD.01.01": 3})
    Offer.objects.filter(organization=cast["gamma"]).delete()

    def broken(*args):
        assert stored() != before  # something has been deleted or written by now
        raise RuntimeError("halfway")

    monkeypatch.setattr(match_lists, "_remember", broken)
    with pytest.raises(RuntimeError, match="halfway"):
        match_lists.refresh_organization(cast["alfa"].pk)
    assert stored() == before

    monkeypatch.undo()
    assert match_lists.refresh_organization(cast["alfa"].pk) > 0  # its mark is still there


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_a_computation_whose_connection_is_killed_leaves_the_old_matches_whole(monkeypatch):
    from tests.cast import Cast

    cast = Cast()
    match_lists.rebuild()
    before = stored()
    Offer.objects.filter(organization=cast["gamma"]).delete()

    def killed(*args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(match_lists, "_remember", killed)
    with pytest.raises(Exception, match="terminat|closed"):
        match_lists.refresh_organization(cast["gamma"].pk)
    connection.close()
    assert stored() == before

    monkeypatch.undo()
    assert match_lists.refresh_organization(cast["gamma"].pk) > 0
    assert stored() != before


def test_flipping_a_blind_need_writes_nothing_for_anybody_else(cast):
    match_lists.rebuild()
    alfa = cast["alfa"].pk

    def others():
        values = Match.objects.exclude(seeker=alfa).order_by("pk").values_list()
        return list(values), list(
            Freshness.objects.exclude(pk=alfa).order_by("pk").values_list("pk", "kept", "last_points")
        )

    before, mine = others(), stored()
    Need.objects.filter(organization=alfa, is_blind=True).delete()
    Need.objects.create(organization_id=alfa, competence=competence("PRD.01.04"), is_blind=True)
    Need.objects.create(organization_id=alfa, competence=competence("DIG.01.02"), is_blind=True, priority=3)
    match_lists.refresh_organization(alfa)

    assert others() == before
    assert stored() != mine  # the negative control: its own list has changed


def test_an_organization_with_thousands_of_offers_is_refused_by_name_and_stops_nobody_else(cast, monkeypatch, caplog):
    match_lists.rebuild()
    monkeypatch.setattr(inputs, "MOST_CLAIMS", 20)
    beta = cast["beta"]
    for found in inputs.Competence.objects.selectable()[:25]:
        Offer.objects.update_or_create(organization=beta, competence=found)

    with pytest.raises(inputs.NotComputable, match=f"organization {beta.pk} has 2[5-6] offers: the most is 20"):
        match_lists.refresh_organization(beta.pk)

    assert not Match.objects.filter(partner=beta).exists()
    assert Match.objects.filter(seeker=cast["alfa"]).exists()
    assert f"organization {beta.pk}" in caplog.text


def test_a_taxonomy_that_goes_round_in_a_circle_is_refused_by_row_and_the_old_matches_stay(cast):
    match_lists.rebuild()
    before = stored()
    top = competence("QLT")
    top.parent = competence("QLT.01.01")
    top.save()
    cast["alfa"].save()

    with pytest.raises(ValueError, match=r"row \d+: QLT.* goes round in a circle"):
        match_lists.refresh_organization(cast["alfa"].pk)
    assert stored() == before


def test_a_new_complement_makes_everything_stale_and_the_nightly_tasks_mend_it(cast, settings):
    match_lists.rebuild()
    assert match_lists.refresh_stale() is False
    Complement.objects.create(
        giver=competence("PRD.01.04"), taker=competence("MAT.02.03"), weight=3, reason="prova", author="Redazione"
    )
    assert match_lists.refresh_stale() is True
    match_lists.rebuild()

    assert match_lists.refresh_stale() is False
    assert stored_lists() == by_the_reference()


def test_engine_and_reference_that_differ_store_nothing(cast, monkeypatch):
    match_lists.rebuild()
    before = stored()
    score = inputs.Everybody.score

    def another(self, *pair):
        return replace(score(self, *pair), points=1, lines=())

    monkeypatch.setattr(inputs.Everybody, "score", another)
    with pytest.raises(RuntimeError, match="engine and reference differ"):
        match_lists.rebuild()
    assert stored() == before


@pytest.mark.parametrize("organizations", [6, 40])
@pytest.mark.django_db
def test_a_refresh_asks_a_bounded_number_of_questions(organizations, django_assert_max_num_queries):
    district = District(1, organizations)
    match_lists.rebuild()
    changed = district.someone()
    changed.save()
    with django_assert_max_num_queries(36):
        match_lists.refresh_organization(changed.pk)


def test_what_is_stored_explains_itself(cast):
    match_lists.rebuild()
    for match in Match.objects.all():
        assert scoring.Score.from_dict(match.detail).points == match.points > 0
