"""The smallest team that covers a call and keeps its rules: against every team there is, and against what must hold."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.algorithms.team_bounds import union_sizes
from matchmaking.algorithms.team_rules import (
    AT_LEAST_ONE,
    CHECK,
    KINDS,
    LOCAL_SHARE,
    MAX_PARTNERS,
    MAX_SHARE,
    MIN_PARTNERS,
    MIN_RESEARCH,
    MIN_SMES,
    NO,
    RESEARCH_SHARE,
    SHARES,
    YES,
    Candidate,
    TeamRule,
    check,
    covered,
)
from matchmaking.algorithms.team_search import propose_teams

CASES = 300


def case(seed, candidates=9, competences=6):
    """A lead, up to so many candidates and competences, thresholds and rules; many data are missing."""
    chance = random.Random(seed)
    asked = chance.randint(0, competences)
    lead, *others = [_candidate(chance, id, asked) for id in range(chance.randint(0, candidates) + 1)]
    rules = [_rule(chance, kind) for kind in chance.sample(KINDS, chance.randint(0, 4))]
    return lead, others, [chance.choice([40, 60, 80]) for _ in range(asked)], rules


def _candidate(chance, id, asked):
    coverage = tuple(chance.choice([0, 0, 0, 30, 60, 80, 100]) for _ in range(asked))
    kind = chance.choice(["firm", "firm", "research_center", "financier"])
    size = chance.choice(["", "micro", "small", "medium", "large"])
    return Candidate(id, coverage, kind, size, chance.choice(["MS", "LU", "PI", ""]))


def _rule(chance, kind):
    value = chance.choice([30, 40, 50]) if kind in SHARES else chance.randint(1, 3)
    return TeamRule(kind, value + 1 if kind == MAX_PARTNERS else value, ("research_center", "large"))


def smallest_by_trying_all(lead, others, thresholds, rules, hopeful=False):
    """The size of the smallest team, every team of every size tried; None when there is none."""
    whole = covered([lead, *others], thresholds)
    for count in range(len(others) + 1):
        for partners in itertools.combinations(others, count):
            team = [lead, *partners]
            verdicts = {each.verdict for each in check(rules, team)}
            is_kept = NO not in verdicts and (hopeful or CHECK not in verdicts)
            if is_kept and covered(team, thresholds) == whole:
                return len(team)
    return None


@pytest.mark.parametrize("seed", range(CASES))
def test_no_team_is_smaller_than_the_proposed_one(seed):
    asked = case(seed)
    proposal, expected = propose_teams(*asked), smallest_by_trying_all(*asked)
    is_sure = expected is not None
    expected = expected if is_sure else smallest_by_trying_all(*asked, hopeful=True)
    assert proposal.is_exact
    assert (len(proposal.team) if proposal.team else None) == expected
    assert proposal.team is None or proposal.team.is_certain == is_sure


def test_the_random_cases_are_of_every_sort():
    """The negative control: cases without a team, with one that is only possible, with one that is sure."""
    found = [propose_teams(*case(seed)).team for seed in range(CASES)]
    sorts = [team and team.is_certain for team in found]
    assert min(sorts.count(sort) for sort in (None, False, True)) > 20


@pytest.mark.parametrize("seed", range(0, CASES, 3))
def test_every_team_proposed_covers_all_and_keeps_the_rules(seed):
    lead, others, thresholds, rules = case(seed)
    proposal, by_id = propose_teams(lead, others, thresholds, rules), {each.id: each for each in (lead, *others)}
    teams = [proposal.team, *proposal.alternatives] if proposal.team else []
    assert len({frozenset(team.ids) for team in teams}) == len(teams)
    for team in teams:
        members = [by_id[id] for id in team.ids]
        assert team.ids[0] == lead.id and len(set(team.ids)) == len(team.ids)
        assert NO not in {each.verdict for each in check(rules, members)}
        missing = {at for at, is_covered in enumerate(covered(members, thresholds)) if not is_covered}
        assert missing == set(proposal.uncoverable)


@pytest.mark.parametrize("seed", range(0, CASES, 3))
def test_beyond_the_limits_the_answer_is_a_team_all_the_same_and_says_that_it_may_not_be_the_smallest(seed):
    asked = case(seed)
    exact, quick = propose_teams(*asked), propose_teams(*asked, exact_up_to=-1)
    assert not quick.is_exact
    if quick.team:
        assert len(quick.team) >= len(exact.team)
    tired = propose_teams(*asked, work=0)
    assert (tired.team is None) == (exact.team is None) or not tired.is_exact


seeds = st.integers(0, 10**9)


@given(seeds)
def test_one_more_candidate_never_makes_the_smallest_team_larger(seed):
    lead, others, thresholds, rules = case(seed)
    if not others:
        return
    fewer, more = propose_teams(lead, others[:-1], thresholds, rules), propose_teams(lead, others, thresholds, rules)
    if fewer.team and fewer.team.is_certain and fewer.uncoverable == more.uncoverable:
        assert len(more.team) <= len(fewer.team)


@given(seeds)
def test_without_a_rule_the_smallest_team_is_never_larger(seed):
    lead, others, thresholds, rules = case(seed)
    ruled, free = propose_teams(lead, others, thresholds, rules), propose_teams(lead, others, thresholds, rules[1:])
    if ruled.team and ruled.team.is_certain:
        assert len(free.team) <= len(ruled.team)


@given(seeds)
def test_the_order_of_the_candidates_does_not_change_the_size(seed):
    lead, others, thresholds, rules = case(seed)
    one, other = propose_teams(lead, others, thresholds, rules), propose_teams(lead, others[::-1], thresholds, rules)
    assert (one.team and len(one.team)) == (other.team and len(other.team))


@given(st.lists(st.integers(0, 63), max_size=8), st.integers(0, 6))
def test_the_table_of_unions_is_that_of_trying_all(masks, bits):
    masks = [mask & ((1 << bits) - 1) for mask in masks]
    table = union_sizes(np.array(masks, np.int64), bits)
    for asked in range(1 << bits):
        few = (
            count
            for count in range(len(masks) + 1)
            for chosen in itertools.combinations(masks, count)
            if not asked & ~_union(chosen)
        )
        assert table[asked] == next(few, 255)


def _union(masks):
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


# --- By hand ----------------------------------------------------------------------------------------------------------

LEAD = Candidate("capofila", (80, 0, 0), size="small", province="MS")
VISION = Candidate("visione", (0, 90, 0), size="small", province="LU")
DATA = Candidate("dati", (0, 0, 70), size="large", province="PI")
CENTER = Candidate("centro", (0, 60, 60), "research_center", province="PI")
HOME = Candidate("casa", (10, 0, 0), size="micro", province="MS")
EVERYBODY = [VISION, DATA, CENTER, HOME]
ASKED = [60, 60, 60]


def test_the_lead_alone_is_the_smallest_team_when_it_covers_everything():
    assert propose_teams(replace(LEAD, coverage=(60, 60, 60)), EVERYBODY, ASKED).team.ids == ("capofila",)


def test_one_who_covers_two_is_preferred_to_two_who_cover_one_each():
    proposal = propose_teams(LEAD, EVERYBODY, ASKED)
    assert proposal.team.ids == ("capofila", "centro")
    assert proposal.alternatives[0].ids == ("capofila", "visione", "dati")


def test_a_coverage_just_below_the_threshold_does_not_count():
    proposal = propose_teams(LEAD, [replace(CENTER, coverage=(0, 60, 59)), VISION, DATA], ASKED)
    assert len(proposal.team) == 3


def test_a_competence_that_nobody_covers_is_named_and_the_rest_is_covered():
    proposal = propose_teams(LEAD, [VISION, HOME], ASKED)
    assert proposal.uncoverable == (2,)
    assert proposal.team.ids == ("capofila", "visione")


def test_a_rule_that_no_team_can_keep_is_named():
    proposal = propose_teams(LEAD, [VISION, DATA], ASKED, [TeamRule(MIN_RESEARCH, 1), TeamRule(MIN_SMES, 1)])
    assert proposal.team is None and proposal.impossible == (TeamRule(MIN_RESEARCH, 1),)


def test_a_share_of_home_firms_brings_in_whoever_is_at_home():
    proposal = propose_teams(LEAD, EVERYBODY, ASKED, [TeamRule(LOCAL_SHARE, 60)])
    assert proposal.team.ids == ("capofila", "centro", "casa")


def test_a_share_counts_the_lead_and_is_never_rounded_down():
    team = [LEAD, CENTER, VISION, DATA]
    assert check([TeamRule(RESEARCH_SHARE, 25)], team)[0].verdict == YES
    assert check([TeamRule(RESEARCH_SHARE, 26)], team)[0].verdict == NO


def test_a_missing_size_is_to_be_checked_and_counts_only_when_nothing_else_does():
    rule, unknown = TeamRule(MIN_SMES, 2), replace(VISION, size="")
    assert check([rule], [LEAD, unknown])[0][1:4] == (CHECK, 1, 1)
    sure = propose_teams(replace(LEAD, coverage=(80, 0, 80)), [unknown, replace(VISION, id="nota")], ASKED, [rule])
    assert sure.team.ids == ("capofila", "nota") and sure.team.is_certain
    hopeful = propose_teams(replace(LEAD, coverage=(80, 0, 80)), [unknown], ASKED, [rule])
    assert hopeful.team.ids == ("capofila", "visione") and not hopeful.team.is_certain


def test_a_research_centre_is_no_small_firm_whatever_its_size():
    assert check([TeamRule(MIN_SMES, 1)], [replace(CENTER, size="small")])[0].verdict == NO


def test_a_most_share_of_each_partner_asks_for_partners_enough():
    assert len(propose_teams(LEAD, EVERYBODY, ASKED, [TeamRule(MAX_SHARE, 40)]).team) == 3
    assert len(propose_teams(LEAD, EVERYBODY, ASKED, [TeamRule(MAX_SHARE, 30)]).team) == 4


def test_a_cap_below_what_the_coverage_needs_leaves_no_team():
    assert propose_teams(LEAD, [VISION, DATA], ASKED, [TeamRule(MAX_PARTNERS, 2)]).team is None
    assert propose_teams(LEAD, [VISION, DATA], ASKED, [TeamRule(MAX_PARTNERS, 3)]).team


def test_at_least_one_of_some_sorts():
    rule = TeamRule(AT_LEAST_ONE, any_of=("financier", "large"))
    assert [check([rule], [LEAD, each])[0].verdict for each in (DATA, VISION)] == [YES, NO]


def test_without_competences_the_lead_alone_is_the_team_unless_a_rule_wants_more():
    alone = replace(LEAD, coverage=())
    others = [replace(each, coverage=()) for each in EVERYBODY]
    assert propose_teams(alone, others, []).team.ids == ("capofila",)
    assert len(propose_teams(alone, others, [], [TeamRule(MIN_PARTNERS, 3)]).team) == 3
    assert propose_teams(alone, [], [], [TeamRule(MIN_PARTNERS, 2)]).team is None


def test_each_check_names_its_sentence():
    assert check([TeamRule(MIN_SMES, 3)], [LEAD])[0].key == "min_smes.not_eligible"


@pytest.mark.parametrize(
    "wrong", [("a_whim",), (MIN_SMES, 0), (RESEARCH_SHARE, 101), (AT_LEAST_ONE, 1, ())], ids=lambda wrong: wrong[0]
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        TeamRule(*wrong)


def test_coverage_that_does_not_fit_what_is_asked_is_refused():
    with pytest.raises(ValueError, match="visione"):
        propose_teams(LEAD, [replace(VISION, coverage=(1, 2))], ASKED)
