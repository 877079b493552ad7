"""Pictures without a number: empty, or doubted."""

from __future__ import annotations

import numpy as np
import pytest

from digitstring import read
from digitstring.samples import add_texture, develop, put_on_paper
from digitstring.samples.numberless import SUBJECTS, Subject, draw_numberless

COUNT = 12
MOST_INVENTED: dict[Subject, int] = {
    "noise": 0,
    "texture": 0,
    "letters": 1,
    "barcode": 2,
    "blank": 2,
    "sketch": 4,
}
"""Of so many pictures; wanted is none. `benchmarks/doubt.py` measures more of them."""


def is_invented(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bool:
    reading = read(pixels)
    return bool(reading.text) and reading.confidence >= 0.5


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_number_is_seldom_seen_where_there_is_none(subject: Subject) -> None:
    rngs = (np.random.default_rng([3, number]) for number in range(COUNT))
    invented = sum(is_invented(draw_numberless(subject, rng)) for rng in rngs)
    assert invented <= MOST_INVENTED[subject]


@pytest.mark.parametrize("shade", [0, 90, 180, 255])
def test_even_paper_of_any_shade_is_empty(shade: int) -> None:
    reading = read(np.full((150, 300), shade, np.uint8))
    assert (reading.text, reading.confidence) == ("", 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_paper_with_fibres_is_empty(seed: int) -> None:
    photo = put_on_paper(np.zeros((150, 300), np.float32), paper=(225, 220, 205))
    assert read(develop(add_texture(photo, np.random.default_rng(seed)))).text == ""


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_picture_without_a_number_is_drawn_by_its_chances_alone(subject: Subject) -> None:
    one, again, other = (
        draw_numberless(subject, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one.dtype == np.uint8
    assert one.ndim == 3
    assert min(one.shape[:2]) >= 90
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
