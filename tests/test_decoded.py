"""Which of a photo's views is told."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import numpy as np

from digitstring.decoded import (
    DecodedLine,
    DecodedView,
    best_view,
    in_their_places,
    is_enough,
    trust,
)
from digitstring.decoder_options import DEFAULTS, DecoderOptions
from digitstring.segmenter.matrices import Matrix
from digitstring.segmenter.views import View


class Seen:
    """A view with a score and the probabilities of texts in its lattices."""

    def __init__(
        self, score: float, probabilities: Mapping[str, float], heard_each: float = -0.5
    ) -> None:
        self.points, self.probabilities = score, probabilities
        self.text = max(probabilities, key=lambda text: probabilities[text])
        self.doubt = 1 - probabilities[self.text]
        self.numbers = self.text.split("\n") if self.text else []
        self.digit_count = len("".join(self.numbers))
        self.signs = np.array([1.0, 2.0, heard_each])

    def score(self, _: DecoderOptions) -> float:
        return self.points

    def probability_of(self, text: str) -> float:
        return self.probabilities.get(text, 0.0)


def told(*views: Seen) -> Seen:
    return cast(Seen, best_view([cast(DecodedView, view) for view in views], DEFAULTS))


def trusted(*views: Seen) -> float:
    first, *_ = seen = [cast(DecodedView, view) for view in views]
    return trust(first, first.text, seen, DEFAULTS)


def enough(view: Seen, lines: int = 0) -> bool:
    return is_enough(cast(DecodedView, view), DEFAULTS, lines)


def test_the_view_with_the_best_score_is_told_where_the_others_say_nothing_of_its_text() -> None:
    sure = Seen(2.0, {"48": 0.9})
    assert told(Seen(0.0, {"43": 0.9}), sure, Seen(-1.0, {"": 1.0})) is sure


def test_a_text_that_views_share_is_told_before_a_doubtful_one_of_the_best_view() -> None:
    doubtful = Seen(1.0, {"43": 0.5, "48": 0.4})
    second = Seen(0.8, {"48": 0.9, "43": 0.05})
    assert told(doubtful, second) is second
    assert told(Seen(0.2, {"48": 0.9}), doubtful, second) is second


def test_a_view_far_behind_decides_nothing() -> None:
    doubtful = Seen(1.0, {"43": 0.5, "48": 0.4})
    assert told(doubtful, Seen(-5.0, {"48": 1.0})) is doubtful


def test_a_text_is_trusted_less_where_other_views_find_it_unlikely() -> None:
    first = Seen(0.0, {"123": 0.8})
    assert trusted(first, Seen(0.0, {"723": 0.9})) < trusted(first, Seen(0.0, {"123": 0.9})) - 0.1


def test_a_digit_alone_is_trusted_less_than_several() -> None:
    assert trusted(Seen(0.0, {"7": 0.8})) < trusted(Seen(0.0, {"72": 0.8})) - 0.1


def test_digits_of_which_the_sliding_networks_say_little_are_trusted_less() -> None:
    assert trusted(Seen(0.0, {"48": 0.9}, heard_each=-1.5)) < trusted(Seen(0.0, {"48": 0.9}))


def test_a_view_that_is_read_surely_is_enough_and_a_doubtful_one_is_not() -> None:
    assert enough(Seen(0.0, {"48": 0.9}))
    assert not enough(Seen(0.0, {"43": 0.5}))


def test_a_sure_view_is_not_enough_where_more_lines_are_expected() -> None:
    assert enough(Seen(0.0, {"48\n12": 0.9}), lines=2)
    assert not enough(Seen(0.0, {"48": 0.9}), lines=2)


class Placed:
    """A line whose strip has its middle at a row and a column."""

    def __init__(self, row: float, column: float = 0.0) -> None:
        self.lattice = SimpleNamespace(strip=SimpleNamespace(middle=np.array([row, column])))


UPRIGHT = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
HEAD_DOWN = np.array([[-1.0, 0.0, 100.0], [0.0, -1.0, 400.0]])


def in_order(
    lines: list[Placed], sure: list[Placed], again: list[Placed], matrix: Matrix = UPRIGHT
) -> list[Placed]:
    view = SimpleNamespace(matrix=matrix)
    groups = [cast(list[DecodedLine], group) for group in (lines, sure, again)]
    return cast(list[Placed], in_their_places(cast(View, view), *groups))


def test_lines_read_again_come_where_the_doubtful_ones_were() -> None:
    top, doubtful, right, last = Placed(10), Placed(50), Placed(50, 300), Placed(90)
    new = Placed(53)
    sure = [top, right, last]
    assert in_order([top, doubtful, right, last], sure, [new]) == [top, new, right, last]
    assert in_order([top, doubtful, right, last], sure, []) == sure


def test_a_doubtful_line_may_fall_into_several() -> None:
    top, doubtful = Placed(10), Placed(50)
    high, low = Placed(45), Placed(60)
    assert in_order([top, doubtful], [top], [high, low]) == [top, high, low]
    assert in_order([], [], [high, low]) == [high, low]


def test_a_line_found_where_all_are_sure_comes_before_or_behind_the_nearest() -> None:
    top, last = Placed(10), Placed(90)
    between, first = Placed(60), Placed(2)
    assert in_order([top, last], [top, last], [between, first]) == [first, top, between, last]
    doubtful, foot = Placed(50), Placed(130)
    assert in_order([top, doubtful, last], [top, last], [foot]) == [top, last, foot]


def test_in_a_turned_view_lines_come_in_its_own_order() -> None:
    top, doubtful = Placed(90), Placed(50)
    high, low = Placed(55), Placed(40)
    assert in_order([top, doubtful], [top], [low, high], HEAD_DOWN) == [top, high, low]
