import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.engine import Engine
from matchmaking.scoring import Profile
from matchmaking.shortlists import Shortlists
from tests.matchmaking.test_engine import crowd
from tests.matchmaking.worlds import REAL, SMALL, profiles


def assert_fresh(lists: Shortlists, firms: list[Profile]):
    rebuilt = Engine.build(firms, lists.engine.taxonomy).all_pairs(lists.show)
    assert lists.shown.partners.tolist() == rebuilt.partners.tolist()
    assert lists.shown.points.tolist() == rebuilt.points.tolist()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(0, 2))
def test_after_any_edits_what_is_shown_equals_a_full_rebuild(data, show, spare):
    firms = [data.draw(profiles(SMALL, id, max_size=3)) for id in range(6)]
    lists = Shortlists(Engine.build(firms, SMALL), show + spare, show)
    for _edit in range(data.draw(st.integers(1, 6))):
        row = data.draw(st.integers(0, 5))
        firms[row] = data.draw(profiles(SMALL, row, max_size=3))
        lists.refresh(firms[row])
        assert_fresh(lists, firms)


@pytest.mark.parametrize(("keep", "show"), [(6, 4), (4, 4), (32, 20), (200, 20)])
def test_a_crowd_stays_fresh_through_many_edits_and_departures(keep, show):
    firms, strangers = crowd(120), crowd(160, seed=8)
    lists = Shortlists(Engine.build(firms, REAL), keep, show)
    chance = random.Random(3)
    for edit in range(40):
        row = chance.randrange(120)
        changed = Profile(row) if edit % 8 == 7 else chance.choice(strangers)
        firms[row] = Profile(row, "firm", changed.offers, changed.needs, changed.place, changed.reviewed_days_ago)
        lists.refresh(firms[row])
        if edit % 4 == 3:
            assert_fresh(lists, firms)


def test_whoever_is_not_named_kept_the_same_list():
    firms, strangers = crowd(80), crowd(90, seed=9)
    lists = Shortlists(Engine.build(firms, REAL), 6, 4)
    before = lists.shown.points.copy(), lists.shown.partners.copy()

    touched = lists.refresh(Profile(5, "firm", strangers[5].offers, strangers[5].needs))

    untouched = np.setdiff1d(np.arange(80), touched)
    assert 5 in touched
    assert len(untouched) > 0
    assert (lists.shown.points[untouched] == before[0][untouched]).all()
    assert (lists.shown.partners[untouched] == before[1][untouched]).all()


def test_showing_more_than_is_kept_is_refused():
    with pytest.raises(ValueError, match="show must be from 1 to 4, not 5"):
        Shortlists(Engine.build([], SMALL), keep=4, show=5)
