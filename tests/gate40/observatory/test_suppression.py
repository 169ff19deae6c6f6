"""No hidden cell can be worked out from what is published: shown against an oracle that tries every possibility."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate40.observatory.algorithms.suppression import THRESHOLD, Cell, protect, thin


def tree(branches):
    """Cells of a total, its branches and their leaves: {name: [(value, firms)]}."""
    cells = {"all": Cell(sum(v for leaves in branches for v, _ in leaves), sum(f for ls in branches for _, f in ls))}
    for number, leaves in enumerate(branches):
        cells[f"{number}"] = Cell(sum(v for v, _ in leaves), sum(f for _, f in leaves), "all")
        for place, (value, firms) in enumerate(leaves):
            cells[f"{number}.{place}"] = Cell(value, firms, f"{number}")
    return cells


def possible_values(cells, hidden):
    """What each hidden cell could be, for a reader who knows all the others: every combination is tried."""
    leaves = [key for key in cells if "." in key]
    free = [key for key in leaves if key in hidden]
    found = {key: set() for key in hidden}
    for guess in product(*(range(1, cells[key].value + 5) for key in free)):
        values = {key: cells[key].value for key in leaves} | dict(zip(free, guess, strict=True))
        for branch in [key for key, cell in cells.items() if cell.parent == "all"]:
            values[branch] = sum(values[leaf] for leaf in leaves if cells[leaf].parent == branch)
        values["all"] = sum(values[key] for key, cell in cells.items() if cell.parent == "all")
        is_consistent = all(values[key] >= 1 if key in hidden else values[key] == cells[key].value for key in cells)
        if is_consistent:
            for key in hidden:
                found[key].add(values[key])
    return found


# On a busy machine a slow example is no fault of the rule.
UNHURRIED = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAF = st.integers(0, 5).flatmap(lambda value: st.tuples(st.just(value), st.integers(min(value, 1), value)))
TREES = st.lists(st.lists(LEAF, min_size=1, max_size=3), min_size=1, max_size=2).map(tree)


@UNHURRIED
@given(TREES)
def test_every_hidden_cell_could_have_at_least_two_values(cells):
    hidden = protect(cells)
    assert all(len(values) >= 2 for values in possible_values(cells, hidden).values())


@UNHURRIED
@given(TREES)
def test_every_cell_with_few_firms_is_hidden_and_nought_is_not(cells):
    hidden = protect(cells)
    for key, cell in cells.items():
        if 0 < cell.firms < THRESHOLD:
            assert key in hidden
        if cell.value == 0:
            assert key not in hidden


def test_the_oracle_sees_a_cell_that_only_looks_hidden():
    cells = tree([[(2, 2), (7, 7)]])
    assert possible_values(cells, {"0.0"}) == {"0.0": {2}}
    assert protect(cells) == {"0.0", "0.1"}


def test_two_hidden_ones_that_add_up_to_two_are_not_hidden_at_all():
    cells = tree([[(1, 1), (1, 1), (9, 9)]])
    assert possible_values(cells, {"0.0", "0.1"}) == {"0.0": {1}, "0.1": {1}}
    assert "0.2" in protect(cells)


def test_nothing_is_hidden_without_need():
    assert protect(tree([[(3, 3), (0, 0)], [(12, 4)]])) == frozenset()


def test_many_answers_of_one_firm_are_one_firm():
    assert "0.0" in protect(tree([[(9, 1), (5, 5)]]))


@UNHURRIED
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8).map(lambda counts: sorted(counts, reverse=True)))
def test_in_a_published_funnel_no_difference_is_a_handful_of_firms(counts):
    shown = [count for count in thin(counts) if count is not None]
    assert all(above - below == 0 or above - below >= THRESHOLD for above, below in zip(shown, shown[1:], strict=False))
    assert all(count == 0 or count >= THRESHOLD for count in shown)


@UNHURRIED
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8).map(lambda counts: sorted(counts, reverse=True)))
def test_a_hidden_stage_could_be_another_number(counts):
    shown = thin(counts)
    for place in [place for place, count in enumerate(shown) if count is None]:
        above = [count for count in shown[:place] if count is not None]
        below = [count for count in shown[place:] if count is not None]
        least, most = max([1, *below[:1]]), min(above[-1:] or [13])
        assert most - least >= 1


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([7, 5, 4, 2, 0], [7, None, 4, None, 0]),
        ([2, 1, 0], [None, None, 0]),
        ([9, 9, 3, 3], [9, 9, 3, 3]),
        ([4, 4, 3], [4, 4, None]),
        ([0, 0], [0, 0]),
    ],
)
def test_the_rule_of_the_funnel_by_example(counts, shown):
    assert thin(counts) == shown
