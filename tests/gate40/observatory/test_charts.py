"""Numbers as bars: coordinates that a page can print."""

import pytest

from gate40.observatory.algorithms import charts


def test_the_largest_bar_fills_the_width_and_the_others_follow():
    bars = charts.bars([10, 5, 0])
    assert [bar["width"] for bar in bars] == [str(charts.WIDTH), str(charts.WIDTH // 2), "0"]
    assert [bar["y"] for bar in bars] == ["0", str(charts.ROW), str(2 * charts.ROW)]


def test_a_hidden_value_is_no_bar_and_does_not_look_like_nought():
    shown, hidden, nought = charts.bars([4, None, 0])
    assert (shown["is_hidden"], hidden["is_hidden"], nought["is_hidden"]) == (False, True, False)
    assert hidden["width"] == nought["width"] == "0"


@pytest.mark.parametrize("values", [[], [None], [0, 0], [None, 0]])
def test_nothing_to_show_is_drawn_as_nothing(values):
    assert [bar["width"] for bar in charts.bars(values)] == ["0"] * len(values)


def test_a_stack_lays_each_value_where_the_one_before_ends():
    found = charts.stack([2, 1, 1], most=4)
    assert [(each["x"], each["width"], each["place"]) for each in found] == [
        ("0", "160", 0),
        ("160", "80", 1),
        ("240", "80", 2),
    ]


def test_a_stack_without_a_whole_is_flat():
    assert [each["width"] for each in charts.stack([0, 0], most=0)] == ["0", "0"]


def test_the_height_is_that_of_the_rows():
    assert charts.height(3) == str(3 * charts.ROW)
