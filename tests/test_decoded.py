"""Which of a photo's views is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from digitstring.decoded import DecodedView, best_view
from digitstring.decoder_options import DEFAULTS, DecoderOptions


class Seen:
    """A view with a score and the probabilities of texts in its lattices."""

    def __init__(self, score: float, probabilities: Mapping[str, float]) -> None:
        self.points, self.probabilities = score, probabilities
        self.text = max(probabilities, key=lambda text: probabilities[text])

    def score(self, _: DecoderOptions) -> float:
        return self.points

    def probability_of(self, text: str) -> float:
        return self.probabilities.get(text, 0.0)


def told(*views: Seen) -> Seen:
    return cast(Seen, best_view([cast(DecodedView, view) for view in views], DEFAULTS))


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
