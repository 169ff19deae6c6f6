import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.algorithms import engine as engine_module
from matchmaking.algorithms import scoring
from matchmaking.algorithms.engine import Engine
from matchmaking.algorithms.scoring import Need, Offer, Profile, UnknownCompetence, Weights
from tests.matchmaking.algorithms.worlds import REAL, SMALL, any_taxonomy, needs_of, profiles, weights

several = settings(max_examples=60, deadline=None)
ROADS = {("MS", "LU"): 50, ("LU", "MS"): 70.6, ("MS", "MI"): 220}  # one way is longer, and one is unknown


def by_road(here, there):
    return ROADS.get((here, there))


@st.composite
def worlds(draw, at_least: int = 0):
    """Some organizations of a taxonomy, in any order, and an engine for them."""
    taxonomy = draw(any_taxonomy)
    ids = draw(st.lists(st.integers(1, 99), min_size=at_least, max_size=7, unique=True))
    firms = [draw(profiles(taxonomy, id, max_size=4)) for id in ids]
    return firms, Engine.build(firms, taxonomy, draw(weights), draw(st.sampled_from([by_road, scoring.kilometres])))


def crowd(n: int, seed: int = 7) -> list[Profile]:
    chance = random.Random(seed)
    codes = REAL.competences

    def some(kind, *choices):
        return [kind(chance.choice(codes), *map(chance.choice, choices)) for _ in range(chance.randrange(7))]

    trl = [None, None, None, 4, 7]
    return [
        Profile(
            id,
            "firm",
            some(Offer, [1, 2, 3, 4, 5], trl, [True, True, False]),
            some(Need, [1, 2, 3], trl, [False, False, True]),
            chance.choice([None, (44.0, 10.1), (43.7, 10.4), (45.5, 9.2)]),
            chance.choice([None, 10, 300, 700]),
        )
        for id in range(n)
    ]


def reference(engine: Engine, seeker: Profile, partner: Profile) -> int:
    km = engine.distances(seeker.place, partner.place)
    return scoring.score(seeker, partner, engine.taxonomy, km, engine.weights).points


def best_first(scored, k):
    return sorted(((id, points) for id, points in scored if points), key=lambda each: (-each[1], each[0]))[:k]


@several
@given(worlds(), st.integers(1, 8))
def test_everybodys_lists_are_those_of_the_reference_score_by_score_and_place_by_place(world, k):
    firms, engine = world

    lists = engine.named(range(len(firms)), engine.all_pairs(k))

    assert lists == {
        seeker.id: best_first(
            [(partner.id, reference(engine, seeker, partner)) for partner in firms if partner is not seeker], k
        )
        for seeker in firms
    }


@several
@given(worlds(at_least=1))
def test_the_row_and_the_column_of_one_are_those_of_the_reference(world):
    firms, engine = world
    by_id = sorted(firms, key=lambda firm: firm.id)
    one = firms[0]

    row, column = engine.one(one.id)

    assert row.tolist() == [reference(engine, one, other) for other in by_id]
    assert column.tolist() == [reference(engine, other, one) for other in by_id]


@several
@given(st.data(), worlds(at_least=1))
def test_a_profile_that_changed_gives_the_same_engine_as_a_new_one(data, world):
    firms, engine = world
    for _change in range(2):
        changed = data.draw(profiles(engine.taxonomy, firms[0].id, max_size=4))
        firms = [changed, *firms[1:]]
        engine.all_pairs(3)

        row = engine.replace(changed)

        fresh = Engine.build(firms, engine.taxonomy, engine.weights, engine.distances)
        rows = range(len(firms))
        assert engine.ids[row] == changed.id
        assert engine.named(rows, engine.all_pairs(5)) == fresh.named(rows, fresh.all_pairs(5))
        assert engine.column(row).tolist() == fresh.column(row).tolist()


@several
@given(st.data(), worlds(at_least=2))
def test_the_blind_needs_of_another_change_no_list(data, world):
    firms, engine = world
    blind = data.draw(st.lists(needs_of(engine.taxonomy, st.just(True)), max_size=3))
    public = [need for need in firms[0].needs if not need.blind]
    others = [row for row, id in enumerate(engine.ids) if id != firms[0].id]

    engine.replace(replace(firms[0], needs=public))
    before = engine.named(others, engine.top(others, 5))
    engine.replace(replace(firms[0], needs=public + blind))

    assert engine.named(others, engine.top(others, 5)) == before


@several
@given(st.data(), worlds(), st.integers(1, 8))
def test_an_opportunity_finds_the_organizations_that_the_reference_finds(data, world, k):
    firms, engine = world
    needs = data.draw(st.lists(needs_of(engine.taxonomy), max_size=5))
    place = data.draw(st.sampled_from([None, "MS", (44.08, 10.1)]))

    def reference(firm):
        km = engine.distances(place, firm.place)
        km = scoring.kilometres(place, firm.place) if km is None else km
        return scoring.fit(needs, firm, engine.taxonomy, km, engine.weights).points

    assert engine.fit(needs, k, place) == best_first([(firm.id, reference(firm)) for firm in firms], k)


@several
@given(st.data(), worlds(at_least=1), st.integers(1, 4))
def test_an_organization_finds_the_opportunities_that_the_reference_finds(data, world, k):
    firms, engine = world
    calls = data.draw(st.dictionaries(st.integers(1, 99), st.lists(needs_of(engine.taxonomy), max_size=4), max_size=5))

    def reference(needs):
        return scoring.fit(needs, firms[0], engine.taxonomy, None, engine.weights).points

    found = engine.opportunities(firms[0].id, calls, k)

    assert found == best_first([(call, reference(needs)) for call, needs in calls.items()], k)


@pytest.mark.parametrize(("rows", "tile", "chunks"), [(7, 64, 32), (1, 512, 512), (1000, 128, 16), (13, 32, 4)])
def test_how_the_work_is_cut_does_not_show(rows, tile, chunks, monkeypatch):
    engine = Engine.build(crowd(300), REAL)
    everybody = range(300)
    expected = {
        engine.ids[row]: best_first(zip(engine.ids, engine.row(row).tolist(), strict=True), 6) for row in everybody
    }
    monkeypatch.setattr(engine_module, "ROWS", rows)
    monkeypatch.setattr(engine_module, "TILE", tile)
    monkeypatch.setattr(engine_module, "CHUNKS", chunks)

    assert engine.named(everybody, engine.all_pairs(6)) == expected
    block = [250, 3, 3, 77]
    assert engine.named(block, engine.top(block, 6)) == {engine.ids[row]: expected[engine.ids[row]] for row in block}


def test_some_rows_of_a_crowd_against_the_reference():
    firms = crowd(150)
    engine = Engine.build(firms, REAL)
    for seeker in firms[::30]:
        row, column = engine.one(seeker.id)
        assert row.tolist() == [reference(engine, seeker, partner) for partner in firms]
        assert column.tolist() == [reference(engine, partner, seeker) for partner in firms]


def test_equal_scores_are_ordered_by_id():
    twins = [Profile(id, offers=[Offer("A.1", 5)]) for id in (9, 4, 7)]
    engine = Engine.build([*twins, Profile(5, needs=[Need("A.1")])], SMALL)

    assert engine.named([1], engine.top([1], 2)) == {5: [(4, 7000), (7, 7000)]}


def test_who_is_hidden_is_not_suggested_and_the_others_move_up():
    twins = [Profile(id, offers=[Offer("A.1", 5)]) for id in (2, 3, 4)]
    engine = Engine.build([Profile(1, needs=[Need("A.1")]), *twins], SMALL)

    assert engine.named([0], engine.top([0], 2, hidden={0: [1, 3], 2: [0]})) == {1: [(3, 7000)]}


def test_more_needs_than_small_integers_can_sum():
    wants_all = Profile(1, needs=[Need(code, 3) for code in REAL.competences])
    has_all = Profile(2, offers=[Offer(code, 5) for code in REAL.competences])
    engine = Engine.build([wants_all, has_all], REAL)

    assert engine.named([0], engine.top([0], 1)) == {1: [(2, 7000)]}


def test_who_leaves_is_replaced_by_an_empty_profile():
    engine = Engine.build(crowd(60), REAL)
    engine.replace(Profile(5))

    assert not engine.row(5).any()
    assert not engine.column(5).any()
    assert 5 not in engine.all_pairs(20).partners


def test_weights_and_ties_are_those_given():
    firms = [Profile(1, needs=[Need("A.1")]), Profile(2, offers=[Offer("A.1", 1)])]
    engine = Engine.build(firms, SMALL, Weights(direct=50, mutual=50, levels=(10, 20, 30, 40, 50)))

    assert engine.fit([Need("A.1")]) == [(2, 1000)]
    assert engine.named([0], engine.top([0], 1)) == {1: [(2, 500)]}


def test_nobody_is_an_engine_too():
    engine = Engine.build([], SMALL)

    assert engine.all_pairs(5).partners.shape == (0, 5)
    assert engine.fit([Need("A.1")]) == []


def test_lists_are_small_integers():
    lists = Engine.build(crowd(10), REAL).all_pairs(3)
    assert (lists.partners.dtype, lists.points.dtype) == (np.int32, np.int16)


def test_what_cannot_be_an_engine_is_refused():
    with pytest.raises(ValueError, match="ids must be in increasing order, each once"):
        Engine.build([Profile(1), Profile(1)], SMALL)
    with pytest.raises(UnknownCompetence, match="the taxonomy has no competence 'Z'"):
        Engine.build([Profile(1, offers=[Offer("Z", 1)])], SMALL)
    with pytest.raises(KeyError):
        Engine.build([Profile(1)], SMALL).replace(Profile(2))
