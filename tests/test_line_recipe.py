"""How the networks that are slid along lines learn: lines with the truth, varied, learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitstring import line_training, stack_training
from digitstring.classifier import DataError, Network
from digitstring.line_material import (
    Band,
    bands_of,
    empty_bands_of,
    keep_bands,
    kept_bands,
)
from digitstring.line_training import (
    COLUMNS,
    LineOptions,
    exact_share,
    lesson_of,
    make_batches,
    places_of,
    said_by,
    shown_to,
    train,
    vary,
)
from digitstring.samples.numberless import draw_numberless
from digitstring.segmenter.windows import MARGIN, ROWS, STRIDE
from digitstring.sliding import NONE
from digitstring.stack_training import NarrowOptions, StackOptions, new_stack, stacked
from digitstring.strings import draw_string

SMALL = LineOptions(sizes=(ROWS * COLUMNS, 24, 11), epochs=2, batch=300, bands=30, warm_up=10)
STILL = replace(
    SMALL,
    turn_deg=0.0,
    slant=0.0,
    stretch=0.0,
    shift_px=0.0,
    distortion=replace(
        SMALL.distortion, elastic_px=0.0, pen_share=0.0, level_share=0.0, noise_share=0.0
    ),
)


def drawn(n: int) -> list[Band]:
    rng = np.random.default_rng(11)
    strings = (draw_string("apart", rng, None, ()) for _ in range(n))
    return [band for string in strings for band in bands_of(string, rng)]


@pytest.fixture(scope="module")
def bands() -> list[Band]:
    return drawn(12)


def test_the_truth_stands_where_the_digits_ink_is() -> None:
    rng = np.random.default_rng(5)
    string = draw_string("apart", rng, None, (), text="407")
    for band in bands_of(string, rng):
        assert band.values.tolist() == [4, 0, 7]
        assert np.all(np.diff(band.middles) > 0)
        for middle in band.middles:
            beside = band.ink[:, round(float(middle)) - 8 : round(float(middle)) + 8]
            assert beside.max() > 128


def test_a_picture_without_a_number_has_lines_in_which_nothing_is_to_be_said() -> None:
    rng = np.random.default_rng(3)
    found = [
        band for _ in range(4) for band in empty_bands_of(draw_numberless("letters", rng), rng)
    ]
    assert found
    assert not any(len(band.values) for band in found)
    batch = vary(found, rng, SMALL)
    n, t, _ = batch.places.allowed.shape
    _, wanted = lesson_of(batch, np.full((11, n * t), 1 / 11, np.float32), SMALL)
    assert np.all(wanted[NONE] == 1)


def test_bands_come_back_from_their_file_as_they_were(tmp_path: Path, bands: list[Band]) -> None:
    keep_bands(tmp_path / "bands.npz", bands)
    back = kept_bands(tmp_path / "bands.npz")
    assert len(back) == len(bands)
    for one, other in zip(bands, back, strict=True):
        np.testing.assert_array_equal(one.ink, other.ink)
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.middles, other.middles)


def test_a_band_that_is_not_varied_keeps_its_ink(bands: list[Band]) -> None:
    batch = vary(bands[:1], np.random.default_rng(0), STILL)
    width = min(batch.ink.shape[2], bands[0].ink.shape[1])
    apart = np.abs(batch.ink[0, :, :width].astype(int) - bands[0].ink[:, :width].astype(int))
    assert np.percentile(apart, 99) <= 26  # faint paper is cleared


def test_every_digit_may_be_said_near_its_middle_and_nowhere_else(bands: list[Band]) -> None:
    band = max(bands, key=lambda band: len(band.values))
    width = band.ink.shape[1]
    places = places_of([band.values], [band.middles], width, SMALL.near_px)
    windows = np.arange(MARGIN, width - MARGIN + 1, STRIDE)
    assert places.allowed.any(axis=1).all()
    for number, middle in enumerate(band.middles):
        allowed = windows[places.allowed[0, :, number]]
        assert np.all(np.abs(allowed - middle) <= SMALL.near_px)


def test_a_batch_has_as_many_windows_as_its_places_tell_of(bands: list[Band]) -> None:
    for batch in make_batches(bands, [1, 0], SMALL):
        n, t, _ = batch.places.allowed.shape
        for columns in (COLUMNS, 10):
            network = Network((ROWS * columns, 11))
            assert shown_to(network, batch.ink).shape == (ROWS * columns, n * t)


def test_an_epoch_is_the_same_for_the_same_seed_and_another_for_another(
    bands: list[Band],
) -> None:
    one, again, other = (make_batches(bands, seed, SMALL) for seed in ([1, 0], [1, 0], [1, 1]))
    assert all(np.array_equal(a.ink, b.ink) for a, b in zip(one, again, strict=True))
    assert not all(
        a.ink.shape == b.ink.shape and np.array_equal(a.ink, b.ink)
        for a, b in zip(one, other, strict=False)
    )


def test_a_stopped_training_goes_on_to_the_same_network(
    tmp_path: Path, bands: list[Band], monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = train(SMALL, bands, bands[:3], tmp_path / "straight.npz")

    def stop(*_: object) -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(line_training, "exact_share", stop)
        with pytest.raises(KeyboardInterrupt):
            train(SMALL, bands, bands[:3], tmp_path / "stopped.npz")
    again = train(SMALL, bands, bands[:3], tmp_path / "stopped.npz")
    for one, other in zip(straight.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path, bands: list[Band]) -> None:
    train(SMALL, bands, bands[:3], tmp_path / "line.npz")
    with pytest.raises(DataError, match="other settings"):
        train(replace(SMALL, slant=0.1), bands, bands[:3], tmp_path / "line.npz")


def test_training_makes_the_texts_likelier(tmp_path: Path) -> None:
    lone = [band for band in drawn(40) if len(band.values) <= 3][:10]
    options = replace(STILL, epochs=90, bands=10, rate=3e-3, sizes=(ROWS * COLUMNS, 64, 11))
    network = train(options, lone, lone, tmp_path / "line.npz")
    assert exact_share(said_by(network), lone) >= 0.5


def test_what_was_slid_alone_goes_on_learning_with_what_hears_its_neighbours(
    tmp_path: Path,
) -> None:
    lone = [band for band in drawn(40) if len(band.values) <= 3][:10]
    alone = replace(STILL, epochs=20, bands=10, rate=3e-3, sizes=(ROWS * COLUMNS, 64, 11))
    network = train(alone, lone, lone, tmp_path / "line.npz")
    options = StackOptions(**{**vars(alone), "epochs": 60}, values=16, context=(32, 11))
    both = stacked(network, lone, options)
    shown = np.concatenate([shown_to(network, band.ink[None]) for band in lone], axis=1)
    found = both.networks[0].feedforward(shown)
    np.testing.assert_allclose(np.cov(found), np.eye(16), atol=1e-2)
    learned = stack_training.train(options, lone, lone, tmp_path / "stack.npz", both)
    assert exact_share(said_by(network), lone) < 0.5
    assert exact_share(stack_training.said_by(learned), lone) >= 0.5


def test_networks_of_narrow_windows_learn_together_from_the_first(tmp_path: Path) -> None:
    lone = [band for band in drawn(40) if len(band.values) <= 3][:10]
    layers = (320, 64, 8), (40, 32, 8), (40, 32, 8), (40, 32, 11)
    options = NarrowOptions(
        **{**vars(STILL), "epochs": 60, "batch": 80, "rate": 3e-3, "bands": 10, "easy": -1.0},
        layers=layers,
    )
    begun = new_stack(options)
    before = exact_share(stack_training.said_by(begun), lone)
    network = stack_training.train(options, lone, lone, tmp_path / "narrow.npz", begun)
    assert before < 0.5 <= exact_share(stack_training.said_by(network), lone)
