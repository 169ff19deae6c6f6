import json
import math
import random
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.algorithms import scoring
from matchmaking.algorithms.scoring import (
    Complement,
    Line,
    Need,
    Offer,
    Profile,
    Score,
    Taxonomy,
    UnknownCompetence,
    Weights,
)
from tests.matchmaking.algorithms.worlds import (
    COLOURS,
    REAL,
    SMALL,
    any_taxonomy,
    codes_of,
    needs_of,
    offers_of,
    pairs,
    taxonomies,
)

several = settings(max_examples=100, deadline=None)


# --- The taxonomy -------------------------------------------------------------------------------------------------


def test_the_content_of_a_node_is_one_for_a_leaf_and_less_for_what_holds_more():
    # SMALL has A (A.1, A.2) and B (B.1): five nodes and the unnamed root, six.
    assert SMALL.information("A.1") == 1
    assert SMALL.information("A") == pytest.approx(1 - math.log(3) / math.log(6))  # 0.3869
    assert SMALL.information("B") == pytest.approx(1 - math.log(2) / math.log(6))  # 0.6131


@pytest.mark.parametrize(
    ("need", "offer", "percent"),
    [
        ("A.1", "A.1", 100),
        ("A", "A.1", 100),  # more specific than asked: met in full
        ("A.1", "A", 15),  # more general: (0.3869 / 1)² = 0.1497
        ("A.1", "A.2", 15),  # siblings meet in A
        ("B.1", "B", 38),  # 0.6131² = 0.3759
        ("A.1", "B.1", 0),  # they meet in the root only
    ],
)
def test_similarity_by_hand(need, offer, percent):
    assert SMALL.similarity(need, offer) == percent


def test_siblings_of_the_real_shape_are_as_alike_as_their_group_is_small():
    # 147 competences and the root; QLT.02 is itself and 3 leaves, HMI.01 and 2, PRD.01 and 5
    assert len(REAL.sizes) == 147
    assert REAL.similarity("QLT.02.02", "QLT.02.03") == 52  # (1 − ln 4 / ln 148)² = 0.7226²
    assert REAL.similarity("HMI.01.01", "HMI.01.02") == 61  # (1 − ln 3 / ln 148)² = 0.7802²
    assert REAL.similarity("PRD.01.01", "PRD.01.02") == 41  # (1 − ln 6 / ln 148)² = 0.6415²


@several
@given(st.data(), any_taxonomy)
def test_similarity_is_nothing_or_ten_to_a_hundred_and_the_specific_meets_the_general_in_full(data, taxonomy):
    need, offer = data.draw(codes_of(taxonomy)), data.draw(codes_of(taxonomy))

    similarity = taxonomy.similarity(need, offer)

    assert similarity == 0 or 10 <= similarity <= 100
    if {need, offer} & taxonomy.facets:
        assert similarity == 0
    elif need in taxonomy.path(offer):
        assert similarity == 100


@several
@given(taxonomies(facets=False), st.integers(1, 5))
def test_application_fields_change_no_similarity(taxonomy, fields):
    rows = [(code, parent, code, False) for code, parent in taxonomy.parents.items()]
    facet = [("APP", None, "Filiere", True), *((f"APP.{n}", "APP", "Filiera", False) for n in range(fields))]

    with_facet = Taxonomy.build(rows + facet, taxonomy.complements.values())

    for need in taxonomy.sizes:
        for offer in taxonomy.sizes:
            assert with_facet.similarity(need, offer) == taxonomy.similarity(need, offer)
        assert with_facet.similarity(need, "APP.0") == with_facet.similarity("APP.0", need) == 0
    assert with_facet.similarity("APP", "APP") == 0


@pytest.mark.parametrize(("weight", "percent"), [(1, 30), (2, 45), (3, 60)])
def test_an_editor_brings_two_competences_together_and_signs_it(weight, percent):
    taxonomy = Taxonomy.build(COLOURS, [("B", "A.1", weight, "il viola", "Anna Prova")])

    assert taxonomy.similarity("A.1", "B") == percent
    assert taxonomy.similarity("A.1", "B.1") == percent, "what is more specific than the offer completes it too"
    assert taxonomy.similarity("B", "A.1") == 0, "it holds in one direction"
    assert taxonomy.similarity("A", "B") == 0, "and for that need"
    assert taxonomy.complement("A.1", "B.1") == Complement("B", "A.1", weight, "il viola", "Anna Prova")


def test_an_editor_never_lowers_a_similarity_nor_signs_what_the_taxonomy_says_by_itself():
    taxonomy = Taxonomy.build(COLOURS, [("B", "B.1", 1, "inutile", "Anna Prova")])

    assert taxonomy.similarity("B.1", "B") == 38
    assert taxonomy.complement("B.1", "B") is None


def test_the_weightiest_statement_wins_and_then_the_nearest():
    statements = [("B", "A.1", 2, "largo", "Anna"), ("B.1", "A.1", 1, "stretto", "Bruno")]
    assert Taxonomy.build(COLOURS, statements).complement("A.1", "B.1").author == "Anna"

    statements = [("B", "A.1", 1, "largo", "Anna"), ("B.1", "A.1", 1, "stretto", "Bruno")]
    assert Taxonomy.build(COLOURS, statements).complement("A.1", "B.1").author == "Bruno"


def test_a_statement_about_a_facet_is_left_out():
    assert ("APP.01.01", "PRD.01.04") not in REAL.complements
    assert len(REAL.complements) == 4


def test_a_facet_under_a_competence_completes_nothing():
    facet = ("B.2", "B", "Filiera del rosso", True)
    taxonomy = Taxonomy.build([*COLOURS, facet], [("B", "A.1", 3, "il viola", "Anna")])

    assert taxonomy.similarity("A.1", "B.2") == taxonomy.similarity("B.2", "B.2") == 0
    assert taxonomy.complement("A.1", "B.2") is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("", None, "x", False)], "row 1: no code"),
        ([("A", None, "x", False), ("A", None, "y", False)], "row 2: A is there twice"),
        ([("A", None, "x", False), ("A.1", "Z", "y", False)], "row 2: A.1 belongs to Z, which does not exist"),
        ([("A", "A", "x", False)], "row 1: A goes round in a circle through A"),
        ([("A", "B", "x", False), ("B", "C", "y", False), ("C", "B", "z", False)], "row 1: A goes round in a circle"),
    ],
)
def test_a_taxonomy_that_is_no_forest_is_refused_with_its_row(rows, said):
    with pytest.raises(ValueError, match=said):
        Taxonomy.build(rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("A", "Z", 1, "", "Anna"), "complement 1: the taxonomy has no competence 'Z'"),
        (("Z", "A", 1, "", "Anna"), "complement 1: the taxonomy has no competence 'Z'"),
        (("A", "A", 1, "", "Anna"), "complement 1: A cannot complete itself"),
        (("A", "B", 4, "", "Anna"), "complement 1: weight must be 1, 2 or 3, not 4"),
        (("A", "B", 1, "", ""), "complement 1: someone must have written it"),
    ],
)
def test_a_complement_that_says_nothing_is_refused(row, said):
    with pytest.raises(ValueError, match=said):
        Taxonomy.build(COLOURS, [row])


def test_a_complement_said_twice_is_refused():
    with pytest.raises(ValueError, match="complement 2: A completes B twice"):
        Taxonomy.build(COLOURS, [("A", "B", 1, "", "Anna"), ("A", "B", 2, "", "Anna")])


# --- Bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Offer("A", 0), "level must be from 1 to 5, not 0"),
        (lambda: Offer("A", 6), "level must be from 1 to 5, not 6"),
        (lambda: Offer("A", 2.5), "level must be a whole number"),
        (lambda: Offer("A", True), "level must be a whole number"),
        (lambda: Offer("", 1), "code must be the code of a competence"),
        (lambda: Offer(None, 1), "code must be the code of a competence"),
        (lambda: Offer("A", 1, trl=10), "trl must be from 1 to 9, not 10"),
        (lambda: Need("A", 0), "priority must be from 1 to 3, not 0"),
        (lambda: Need("A", 4), "priority must be from 1 to 3, not 4"),
        (lambda: Need("A", 1, trl=0), "trl must be from 1 to 9, not 0"),
        (lambda: Profile(1, reviewed_days_ago=-1), "reviewed_days_ago must be at least 0, not -1"),
        (lambda: Weights(direct=71), "direct and mutual must sum to 100, not 101"),
        (lambda: Weights(direct=-1, mutual=101), "direct must be from 0 to 100, not -1"),
        (lambda: Weights(levels=(60, 70, 80, 90)), "levels must be five, not 4"),
        (lambda: Weights(levels=(60, 70, 80, 90, 101)), "levels must be from 0 to 100, not 101"),
        (lambda: Weights(levels=(60, 50, 80, 90, 100)), "levels must not go down"),
        (lambda: Weights(trl_step=101), "trl_step must be from 0 to 100"),
        (lambda: Weights(inferred=0.5), "inferred must be a whole number"),
        (lambda: Weights(distance_step_km=0), "distance_step_km must be at least 1, not 0"),
        (lambda: Weights(distance_max=51), "distance_max must be from 0 to 50, not 51"),
        (lambda: Weights(age_after_days=-1), "age_after_days must be at least 0"),
    ],
)
def test_what_is_out_of_range_is_refused_by_its_name(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong()


@pytest.mark.parametrize("distance", [-1, math.nan, math.inf, True])
def test_a_distance_is_a_distance(distance):
    with pytest.raises(ValueError, match="distance_km must be a distance in kilometres"):
        scoring.score(Profile(1), Profile(2), SMALL, distance)


@pytest.mark.parametrize(
    "profile", [Profile(1, needs=[Need("Z")]), Profile(1, needs=[Need("A")], offers=[Offer("Z", 1)])]
)
def test_a_code_that_nobody_knows_is_refused(profile):
    with pytest.raises(UnknownCompetence, match="the taxonomy has no competence 'Z'"):
        scoring.score(profile, Profile(2), SMALL)


# --- Met, supply --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("need", "offer", "percent"),
    [
        (Need("A.1"), Offer("A.1", 1), 60),
        (Need("A.1"), Offer("A.1", 5), 100),
        (Need("A.1"), Offer("A.2", 4), 14),  # 15 % · 90 % = 13.5, halves up
        (Need("A.1"), Offer("A.1", 4, declared=False), 45),  # 90 % · 50 %
        (Need("A.1", trl=7), Offer("A.1", 5, trl=9), 100),  # readier than asked
        (Need("A.1", trl=7), Offer("A.1", 5, trl=5), 70),  # two steps of 15 %
        (Need("A.1", trl=9), Offer("A.1", 5, trl=1), 40),  # the floor
        (Need("A.1", trl=7), Offer("A.1", 4), 81),  # unknown: 90 % · 90 %
        (Need("A.1", trl=7), Offer("A.1", 4, trl=6, declared=False), 38),  # 90 · 85 · 50 = 38.25
    ],
)
def test_how_much_of_a_need_an_offer_meets(need, offer, percent):
    assert scoring.met(need, offer, SMALL, Weights()) == percent


def test_the_supply_is_the_best_offer_and_ties_go_to_the_smaller_code_then_the_higher_level():
    def best(*offers):
        return scoring.supply(Need("A"), offers, SMALL, Weights(levels=(60, 60, 80, 90, 100)))

    assert best() == best(Offer("B", 5)) == scoring.NOTHING
    assert best(Offer("A.1", 2), Offer("A.2", 3)).offer == Offer("A.2", 3)
    assert best(Offer("A.2", 3), Offer("A.1", 3)).offer == Offer("A.1", 3)
    assert best(Offer("A.1", 1), Offer("A.1", 2)).offer == Offer("A.1", 2)


def test_needs_are_said_once_at_their_highest_priority_and_openly_if_ever_openly():
    said = [
        Need("A", 1, blind=True),
        Need("A", 3, blind=True),
        Need("A", 2),
        Need("A", 2, trl=5),
        Need("B", 1, blind=True),
    ]

    assert scoring.distinct(said, SMALL) == [Need("A", 3), Need("A", 2, trl=5), Need("B", 1, blind=True)]
    assert scoring.distinct(said, SMALL, with_blind=False) == [Need("A", 2), Need("A", 2, trl=5)]


# --- Worked by hand -------------------------------------------------------------------------------------------------

ROSA = Profile("rosa", offers=[Offer("B.1", 3)], needs=[Need("A.1", 3), Need("A.2", 1)])
BLU = Profile("blu", offers=[Offer("A.1", 5)], needs=[Need("B.1", 2)], reviewed_days_ago=260)


def test_a_score_by_hand():
    # x: Blu meets A.1 in full and A.2 at 15 %: (3·100 + 1·15) / (3·100 + 1·100) = 78.75 → 79
    # y: Rosa meets B.1 at level 3, 80 %: 2·80 / 2·100 = 80
    # 70·79 = 5530; 30·H = 60·79·80 / 159 = 2384.9 → 2385; together 7915
    # Euler: 5530 + 60·79·80²/159² = 6729.95 to Rosa's needs, 60·79²·80/159² = 1184.95 to Blu's
    # of 6729.95, 300/315 to A.1 and 15/315 to A.2: 6409, 320 and 1184 leave 2, to remainders .97 and .56
    # 105 km take 5 %, 260 days take 2 %: 7915 · 93 % = 7360.95 → 7361, and of the 554 lost 5/7 and 2/7
    found = scoring.score(ROSA, BLU, SMALL, distance_km=105)

    assert (found.x, found.y, found.points) == (79, 80, 7361)
    assert (found.seeker_gap, found.partner_gap) == (400, 200)
    assert [(line.kind, line.points) for line in found.lines] == [
        ("they_offer", 6410),
        ("they_offer", 320),
        ("we_offer", 1185),
        ("distance", -396),
        ("age", -158),
    ]
    assert [scoring.sentence(line, SMALL.names) for line in found.lines] == [
        "cercate Celeste, la offrono, livello 5: +64,10",
        "cercate Indaco, offrono Celeste, livello 5, simile al 15 %: +3,20",
        "cercano Cremisi, la offrite, livello 3: +11,85",
        "a 105 km, 5 % in meno: −3,96",
        "profilo non rivisto da 260 giorni, 2 % in meno: −1,58",
    ]


def test_only_what_the_seeker_lacks_counts():
    # Rosa can do A.2 at level 3 by herself (80 %), so Celeste at 15 % brings nothing there, and her gap is 20.
    # She also covers A.1 at 15 · 80 = 12 %: the gain is 88 of a gap of 88.
    able = replace(ROSA, offers=[Offer("A.2", 3)])

    found = scoring.score(able, BLU, SMALL)

    # x = 3·88 / (3·88 + 1·20) = 264 / 284 = 92.96 → 93; y = 0: 70·93, less 2 %
    assert (found.x, found.y, found.seeker_gap, found.points) == (93, 0, 284, 6380)
    assert [line.need.code for line in found.lines if line.need] == ["A.1"]
    assert scoring.sentence(found.lines[0], SMALL.names) == (
        "cercate Celeste, la offrono, livello 5, già vostra al 12 %: +65,10"
    )


def test_the_symmetric_form_by_hand():
    # 100·H(79, 80) = 100 · 2·79·80/159 = 7949.7; neither distance nor age
    assert scoring.mutual(ROSA, BLU, SMALL).points == 7950


def test_an_opportunity_by_hand():
    # Blu covers 78.75 → 79 % of what is asked; 2 % for its age
    found = scoring.fit(ROSA.needs, BLU, SMALL)

    assert (found.x, found.points) == (79, 7742)
    assert sum(line.points for line in found.lines) == 7742


MARMI = Profile(
    "Marmi Inventati",
    offers=[Offer("PRD.01.04", 4), Offer("QLT.01.03", 1)],
    needs=[Need("QLT.01.02", 3), Need("QLT.02.01", 2, trl=7), Need("SIM.02.03", 1)],
)
LABORATORIO = Profile(
    "Laboratorio di Fantasia",
    "research_center",
    offers=[Offer("QLT.01.01", 4), Offer("DIG.01.03", 5, trl=6)],
    needs=[Need("PRD.01", 2)],
    reviewed_days_ago=260,
)
SPOKEN = {
    "PRD.01": "Asportazione e lavorazioni meccaniche",
    "PRD.01.04": "Taglio, fresatura e lucidatura della pietra",
    "QLT.01.01": "Metrologia dimensionale e macchine di misura",
    "QLT.01.02": "Scansione 3D e tomografia",
    "QLT.02.01": "Controllo in linea e visione artificiale",
    "DIG.01.03": "Visione con reti neurali",
}


def test_the_page_about_the_score_says_what_the_code_says():
    page = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
    found = scoring.score(MARMI, LABORATORIO, REAL, distance_km=47)
    gained = sum(line.points for line in found.lines if line.points > 0)

    for line in found.lines:
        assert scoring.sentence(line, SPOKEN) in page
    assert f"x = {found.x} %" in page
    assert f"y = {found.y} %" in page
    assert f"gap of {found.seeker_gap}" in page
    assert f"**{scoring.points_text(gained)}**" in page
    assert f"**{scoring.points_text(found.points)}**" in page
    for similarity in {line.similarity for line in found.lines if line.similarity}:
        assert f"{similarity} %" in page
    mutual = scoring.mutual(MARMI, LABORATORIO, REAL)
    assert f"{scoring.points_text(mutual.points)} in the symmetric form" in page


def test_the_page_about_the_score_names_every_weight_with_its_default():
    page = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
    for name, value in asdict(Weights()).items():
        said = ", ".join(map(str, value)) if name == "levels" else value
        assert f"| `{name}` | {said} |" in page


# --- Properties -----------------------------------------------------------------------------------------------------


@several
@given(pairs())
def test_a_score_is_between_0_and_100_and_its_lines_sum_to_it(world):
    taxonomy, a, b, km, weights = world

    for found in (
        scoring.score(a, b, taxonomy, km, weights),
        scoring.mutual(a, b, taxonomy, weights),
        scoring.fit(a.needs, b, taxonomy, km, weights),
    ):
        assert 0 <= found.points <= 10_000
        assert sum(line.points for line in found.lines) == found.points
        for line in found.lines:
            assert (line.points >= 0) == (line.kind in ("they_offer", "we_offer"))


@several
@given(pairs())
def test_the_default_score_is_within_its_bounds_too(world):
    taxonomy, a, b, km, _weights = world

    found = scoring.score(a, b, taxonomy, km)

    assert 0 <= found.points <= 70 * found.x + 30 * 100
    assert found.points >= 70 * found.x * 70 // 100, "distance and age take 30 % at most"
    assert sum(line.points for line in found.lines) == found.points


@several
@given(st.data(), pairs())
def test_a_clone_or_a_part_of_me_brings_me_nothing(data, world):
    taxonomy, a, b, km, weights = world
    part = data.draw(st.lists(st.sampled_from(a.offers), unique=True)) if a.offers else []

    assert scoring.score(a, replace(a, id=2), taxonomy, km, weights).points == 0
    assert scoring.score(a, replace(a, id=2, offers=part), taxonomy, km, weights).points == 0
    assert scoring.score(a, replace(b, offers=part), taxonomy, km, weights).points == 0
    assert scoring.mutual(a, replace(a, id=2), taxonomy, weights).points == 0


@several
@given(st.data(), pairs())
def test_more_offers_or_higher_levels_of_the_partner_never_lower_what_it_covers(data, world):
    taxonomy, a, b, km, weights = world
    more = replace(b, offers=(*b.offers, data.draw(offers_of(taxonomy))))
    better = replace(b, offers=[replace(offer, level=min(5, offer.level + 1)) for offer in b.offers])

    before = scoring.score(a, b, taxonomy, km, weights).x

    assert scoring.score(a, more, taxonomy, km, weights).x >= before
    assert scoring.score(a, better, taxonomy, km, weights).x >= before


@several
@given(st.data(), pairs())
def test_adding_a_need_that_the_partner_meets_in_full_never_lowers_the_score(data, world):
    taxonomy, a, b, km, _weights = world
    need = data.draw(needs_of(taxonomy))
    b = replace(b, offers=(*b.offers, Offer(need.code, 5, 9)))

    before = scoring.score(a, b, taxonomy, km)
    after = scoring.score(replace(a, needs=(*a.needs, need)), b, taxonomy, km)

    assert after.x >= before.x
    assert after.y == before.y
    assert after.points >= before.points


def test_adding_a_need_that_the_partner_meets_in_part_can_lower_the_score():
    wider = replace(ROSA, needs=(Need("A.1", 3), Need("A.2", 3)))
    assert scoring.score(wider, BLU, SMALL).points < scoring.score(ROSA, BLU, SMALL).points


@several
@given(pairs())
def test_the_symmetric_form_is_symmetric(world):
    taxonomy, a, b, _km, weights = world

    one, other = scoring.mutual(a, b, taxonomy, weights), scoring.mutual(b, a, taxonomy, weights)

    assert (one.points, one.x, one.y) == (other.points, other.y, other.x)


@several
@given(st.randoms(use_true_random=False), pairs())
def test_order_and_duplicates_do_not_matter(chance: random.Random, world):
    taxonomy, a, b, km, weights = world

    def shuffled(profile):
        offers, needs = ([*each, *chance.sample(each, len(each) // 2)] for each in (profile.offers, profile.needs))
        chance.shuffle(offers)
        chance.shuffle(needs)
        return replace(profile, offers=offers, needs=needs)

    assert scoring.score(shuffled(a), shuffled(b), taxonomy, km, weights) == scoring.score(a, b, taxonomy, km, weights)


@several
@given(st.integers(2, 3), pairs())
def test_a_common_factor_on_priorities_does_not_matter(factor, world):
    taxonomy, a, b, km, weights = world

    def asking(profile, priority):
        return replace(profile, needs=[replace(need, priority=priority) for need in profile.needs])

    once = scoring.score(asking(a, 1), asking(b, 1), taxonomy, km, weights)
    times = scoring.score(asking(a, factor), asking(b, 1), taxonomy, km, weights)

    assert (once.x, once.y, once.points) == (times.x, times.y, times.points)
    assert [line.points for line in once.lines] == [line.points for line in times.lines]


@several
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 100), st.integers(0, 100))), st.integers(1, 50))
def test_a_common_factor_of_any_size_does_not_matter_to_a_coverage(needs, factor):
    def covered(times):
        return scoring.coverage(
            scoring.Gain(replace_priority(priority * times), scoring.Supply(own, None), scoring.Supply(brought, None))
            for priority, own, brought in needs
        )

    def replace_priority(priority):
        need = Need("A")
        object.__setattr__(need, "priority", priority)
        return need

    assert covered(factor) == covered(1)


@several
@given(pairs())
def test_empty_profiles_give_nothing_and_who_seeks_nothing_gives_70_at_most(world):
    taxonomy, a, b, km, _weights = world

    assert scoring.score(replace(a, needs=()), b, taxonomy, km).points == 0
    assert scoring.score(a, replace(b, offers=()), taxonomy, km).points == 0
    assert scoring.score(Profile(1), Profile(2), taxonomy) == Score(1, 2, 0)
    assert scoring.score(a, replace(b, needs=()), taxonomy, km).points <= 7_000


@several
@given(pairs(), st.integers(0, 900), st.integers(0, 900))
def test_nearer_and_fresher_never_lower(world, near, further):
    taxonomy, a, b, _km, weights = world
    a, km, days = replace(a, place=None), near, b.reviewed_days_ago or 0

    def points(km, days):
        return scoring.score(a, replace(b, reviewed_days_ago=days), taxonomy, km, weights).points

    assert points(km, days) >= points(km + further, days)
    assert points(km, days) >= points(km, days + further)
    assert points(None, days) == points(0, days), "what is not known costs nothing"


def test_points_never_go_down_when_a_coverage_or_the_points_before_losses_go_up():
    for weights in (Weights(), Weights(0, 100), Weights(100, 0), Weights(35, 65)):
        table = [[scoring.base_points(x, y, weights) for y in range(101)] for x in range(101)]
        assert all(row == sorted(row) for row in table)
        assert all(list(column) == sorted(column) for column in zip(*table, strict=True))
        assert table[0] == [0] * 101
        assert table[100][100] == 10_000
    for lost in range(31):
        kept = [scoring.kept_points(points, lost) for points in range(10_001)]
        assert kept == sorted(kept)


@several
@given(st.data(), pairs())
def test_the_blind_needs_of_the_partner_never_show(data, world):
    taxonomy, a, b, km, weights = world
    blind = data.draw(st.lists(needs_of(taxonomy, st.just(True)), max_size=4))
    open_needs = [need for need in b.needs if not need.blind]

    seen = scoring.score(a, replace(b, needs=open_needs), taxonomy, km, weights)

    assert scoring.score(a, replace(b, needs=(*open_needs, *blind)), taxonomy, km, weights) == seen
    assert scoring.score(a, b, taxonomy, km, weights) == seen


@several
@given(st.data(), pairs())
def test_blind_needs_never_show_in_a_list_without_a_viewer(data, world):
    taxonomy, a, b, _km, weights = world
    blind = tuple(data.draw(st.lists(needs_of(taxonomy, st.just(True)), max_size=4)))

    seen = scoring.mutual(a, b, taxonomy, weights)

    assert scoring.mutual(replace(a, needs=a.needs + blind), b, taxonomy, weights) == seen
    assert scoring.mutual(a, replace(b, needs=b.needs + blind), taxonomy, weights) == seen


def test_a_blind_need_works_for_its_owner_and_is_marked():
    secret = Profile("s", needs=[Need("A.1", 2, blind=True)])
    found = scoring.score(secret, BLU, SMALL)

    assert found.points == 6860
    assert scoring.sentence(found.lines[0], SMALL.names) == (
        "cercate Celeste, in via riservata, la offrono, livello 5: +70,00"
    )
    assert scoring.score(BLU, secret, SMALL).lines == ()


@several
@given(st.integers(0, 10_000), st.lists(st.integers(0, 10**12), max_size=12))
def test_what_is_apportioned_sums_and_no_part_is_off_by_one(total, shares):
    parts = scoring.apportion(total, shares)

    assert sum(parts) == (total if sum(shares) else 0)
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - Fraction(total * share, sum(shares) or 1)) < 1


@several
@given(pairs())
def test_every_need_gets_its_share_by_eulers_rule(world):
    taxonomy, a, b, _km, weights = world
    found = scoring.score(replace(a, place=None), replace(b, reviewed_days_ago=None), taxonomy, None, weights)
    x, y = found.x, found.y
    if not x:
        return
    direct, mutual = weights.direct, weights.mutual
    sides = {
        "they_offer": direct * x + Fraction(2 * mutual * x * y**2, (x + y) ** 2),
        "we_offer": Fraction(2 * mutual * x**2 * y, (x + y) ** 2),
    }
    for kind, side in sides.items():
        lines = [line for line in found.lines if line.kind == kind]
        gains = [line.need.priority * (line.supply - line.own_supply) for line in lines]
        for line, gain in zip(lines, gains, strict=True):
            assert abs(line.points - side * gain / sum(gains)) < 2  # one for the apportioning, one for the total


# --- Kept for a complaint -------------------------------------------------------------------------------------------


@several
@given(pairs())
def test_a_stored_score_comes_back_and_can_be_computed_again_from_itself(world):
    taxonomy, a, b, km, weights = world
    found = scoring.score(a, b, taxonomy, km, weights)

    stored = json.loads(json.dumps(found.as_dict()))
    kept = Score.from_dict(stored)

    assert kept == found
    assert kept.weights == weights.version
    for kind, gap, percent in (("they_offer", kept.seeker_gap, kept.x), ("we_offer", kept.partner_gap, kept.y)):
        lines = [line for line in kept.lines if line.kind == kind]
        for line in lines:
            declared = 100 if line.offer.declared else weights.inferred
            worth = line.similarity * weights.levels[line.offer.level - 1] * line.readiness * declared
            assert line.supply == scoring.rounded(worth, 100**3)
        gain = sum(line.need.priority * (line.supply - line.own_supply) for line in lines)
        assert percent == (scoring.rounded(100 * gain, gap) if gap else 0)


def test_a_stored_score_that_was_tampered_with_is_refused():
    stored = scoring.score(ROSA, BLU, SMALL).as_dict()
    with pytest.raises(ValueError, match="the lines do not sum to the score"):
        Score.from_dict({**stored, "points": stored["points"] + 1})


def test_the_same_weights_have_the_same_version_and_no_others_do():
    assert Weights().version == Weights(levels=[60, 70, 80, 90, 100]).version
    assert Weights().version != Weights(levels=(60, 70, 80, 90, 99)).version
    assert Weights().version == Score(1, 2, 0).weights


# --- In words -------------------------------------------------------------------------------------------------------

NEED, OFFER = Need("A.1"), Offer("A.2", 4)
NAMES = {"A.1": "Scansione 3D", "A.2": "Metrologia dimensionale"}


def line(need=NEED, offer=OFFER, **values):
    return Line("they_offer", values.pop("points", 2340), need, offer, **{"similarity": 81, "readiness": 100, **values})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (line(), "cercate Scansione 3D, offrono Metrologia dimensionale, livello 4, simile all'81 %: +23,40"),
        (
            line(offer=Offer("Indaco", 4, declared=False), similarity=30),
            "cercate Scansione 3D, offrono Indaco, livello 4, simile al 30 %, dedotta e non dichiarata: +23,40",
        ),
        (
            line(Need("A.1", trl=8), Offer("A.1", 2, 6), similarity=100, readiness=70),
            "cercate Scansione 3D, la offrono, livello 2, TRL 6 su 8: +23,40",
        ),
        (
            line(Need("A.1", trl=8), Offer("A.1", 2), similarity=100, readiness=90),
            "cercate Scansione 3D, la offrono, livello 2, TRL non indicato: +23,40",
        ),
        (
            line(Need("A"), Offer("A.1", 2), similarity=100, points=5),
            "cercate A, offrono Scansione 3D, livello 2, più specifica: +0,05",
        ),
        (
            line(similarity=60, complement=Complement("A.2", "A.1", 3, "rilievi", "Anna"), offer=Offer("Indaco", 4)),
            "cercate Scansione 3D, offrono Indaco, livello 4, accostata al 60 % da Anna (rilievi): +23,40",
        ),
        (
            line(Need("Fresatura, tornitura"), Offer("Fresatura, tornitura", 3), similarity=100),
            "cercate «Fresatura, tornitura», la offrono, livello 3: +23,40",
        ),
        (Line("distance", -7, quantity=1240, percent=15), "a 1.240 km, 15 % in meno: −0,07"),
    ],
)
def test_a_reason_reads_as_italian(line, said):
    assert scoring.sentence(line, NAMES) == said


def test_a_reason_can_be_said_in_another_language():
    english = {"need.they_offer": "you seek %(need)s", "similar": "%(similarity)s%% alike", "level": "level %(level)s"}
    english["offer.they_offer"] = "they offer %(offer)s"
    by_italian = {scoring.SENTENCES[key]: text for key, text in english.items()}

    said = scoring.sentence(line(), NAMES, by_italian.__getitem__)

    assert said == "you seek Scansione 3D, they offer Metrologia dimensionale, level 4, 81% alike: +23,40"


@pytest.mark.parametrize(
    ("percent", "said"), [(1, "all'1"), (8, "all'8"), (11, "all'11"), (18, "al 18"), (80, "all'80")]
)
def test_the_article_of_a_percentage(percent, said):
    assert f"{scoring.to_the(percent)}{percent}" == said


@pytest.mark.parametrize(
    ("points", "said"), [(0, "0,00"), (5, "0,05"), (7361, "73,61"), (10_000, "100,00"), (-320, "−3,20")]
)
def test_points_as_italians_write_them(points, said):
    assert scoring.points_text(points) == said


# --- Distance -------------------------------------------------------------------------------------------------------


def test_kilometres_between_places():
    # One degree of latitude is 2π · 6371 / 360 = 111.19 km
    assert scoring.kilometres((44.0, 10.0), (45.0, 10.0)) == 111
    assert scoring.kilometres("MS", "MS") == scoring.kilometres((44.0, 10.0), (44.0, 10.0)) == 0
    assert scoring.kilometres("MS", "LU") is scoring.kilometres("MS", (44.0, 10.0)) is None
    assert scoring.kilometres(None, None) is None


@pytest.mark.parametrize(("km", "percent"), [(None, 0), (19, 0), (20, 1), (299, 14), (300, 15), (5000, 15)])
def test_distance_takes_one_percent_every_20_km_and_15_at_most(km, percent):
    assert scoring.distance_loss(km, Weights()) == percent


@pytest.mark.parametrize(("days", "percent"), [(None, 0), (0, 0), (209, 0), (210, 1), (629, 14), (630, 15), (5000, 15)])
def test_age_takes_one_percent_every_30_days_after_180_and_15_at_most(days, percent):
    assert scoring.age_loss(days, Weights()) == percent
