"""The recipe of the shipped network: what it mixes, how it steps, and that it can be stopped."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from digitstring.calibration import calibrated, fit_platt, fit_temperature, last_sums
from digitstring.classifier import DataError, deslant, judge
from digitstring.distortion import DistortionOptions, distort, fit
from digitstring.epochs import (
    EpochOptions,
    as_floats,
    make_canvases,
    make_epoch,
    make_epochs,
    targets,
)
from digitstring.material import Pool, draw_blots, draw_strokes, joined, keep_pool, kept_pool
from digitstring.mixing import (
    DIGIT_HALVES,
    Glyphs,
    alone,
    column_extent,
    halves,
    in_a_row,
    with_part_of_neighbour,
    with_rules,
    with_specks,
)
from digitstring.recipe import ROUNDS, RecipeOptions, new_network, run_epoch
from digitstring.training import (
    averaged,
    begin,
    load_checkpoint,
    mean_of,
    save_checkpoint,
    widened,
)

STILL = DistortionOptions(
    turn_deg=0,
    slant=0,
    stretch=0,
    elastic_px=0,
    pen_share=0,
    blur_share=0,
    gap_share=0,
    level_share=0,
    noise_share=0,
    size_jitter=0,
    shift_px=0,
)
CROPS = EpochOptions(
    shares={"strokes": 120},
    others=dict.fromkeys(("pairs", "triples", "neighbours", "halves", "symbols", "blots"), 10),
)
LABELS = np.tile([3, -1], 10)
OPTIONS = RecipeOptions(sizes=(784, 16, 11), epochs=3, batch=32, crops=CROPS)


@pytest.fixture(scope="module")
def pools() -> dict[str, Pool]:
    strokes = draw_strokes(np.random.default_rng(0), hands=20, each=10)
    signs = Pool(strokes.crops[:30], np.full(30, -1))
    blots = draw_blots(np.random.default_rng(0), n=40)
    return {"strokes": strokes, "symbols": signs, "blots": blots}


@pytest.fixture(scope="module")
def glyphs(pools: dict[str, Pool]) -> Glyphs:
    strokes = pools["strokes"]
    return Glyphs(as_floats(strokes.crops), strokes.labels)


def test_a_digit_that_is_not_distorted_comes_back_nearly_as_it_was(glyphs: Glyphs) -> None:
    crops = distort(alone(glyphs), np.random.default_rng(0), STILL)
    assert np.abs(crops - glyphs.crops).mean() < 0.03


def test_distorted_digits_differ_lie_in_range_and_are_fitted(glyphs: Glyphs) -> None:
    crops = distort(alone(glyphs), np.random.default_rng(0), DistortionOptions())
    again = distort(alone(glyphs), np.random.default_rng(1), DistortionOptions())
    assert crops.shape == glyphs.crops.shape
    assert crops.min() >= 0
    assert crops.max() <= 1
    assert np.abs(crops - again).mean() > 0.03
    left, right = column_extent(crops)
    top, bottom = column_extent(crops.transpose(0, 2, 1))
    assert np.percentile(np.maximum(right - left, bottom - top), [5, 95]) == pytest.approx(
        20, abs=3
    )


def test_the_same_generator_distorts_alike(glyphs: Glyphs) -> None:
    first, second = (
        distort(alone(glyphs), np.random.default_rng(5), DistortionOptions()) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_a_wide_canvas_is_fitted_by_its_longer_side() -> None:
    canvas = np.zeros((1, 36, 84), dtype=np.float32)
    canvas[:, 10:20, 10:70] = 1
    crop = fit(canvas, np.random.default_rng(0), STILL)
    left, right = column_extent(crop)
    top, bottom = column_extent(crop.transpose(0, 2, 1))
    assert right - left == pytest.approx(20, abs=1)
    assert bottom - top == pytest.approx(20 / 6, abs=1)


def test_halves_keep_at_most_about_half_of_the_ink(glyphs: Glyphs) -> None:
    sevens = glyphs.where(glyphs.labels == 2)
    kept = halves(sevens, np.random.default_rng(0))
    assert 0 < len(kept) <= len(sevens.labels)
    assert kept.sum(axis=(1, 2)).max() < 0.65 * sevens.crops.sum(axis=(1, 2)).max()


def test_no_half_of_a_one_is_made_for_it_is_a_one_itself(glyphs: Glyphs) -> None:
    assert all(1 in left_out for left_out in DIGIT_HALVES.values())
    assert len(halves(glyphs.where(glyphs.labels == 1), np.random.default_rng(0))) == 0


def test_a_pair_holds_the_ink_of_both_digits(glyphs: Glyphs) -> None:
    pair = in_a_row([glyphs, glyphs], np.random.default_rng(0), (1, 2))
    np.testing.assert_allclose(pair.sum(axis=(1, 2)), 2 * glyphs.crops.sum(axis=(1, 2)), rtol=1e-5)


def test_overlapping_digits_overlap_by_a_third_of_the_narrower_at_most(glyphs: Glyphs) -> None:
    left, right = column_extent(glyphs.crops)
    pair = in_a_row([glyphs, glyphs], np.random.default_rng(0), (-28, -27))
    first, last = column_extent(pair)
    np.testing.assert_array_less(2 * (right - left) * 5 / 6 - 1.01, last - first)


def test_a_digit_keeps_all_its_ink_beside_part_of_a_neighbour(glyphs: Glyphs) -> None:
    beside = with_part_of_neighbour(glyphs, glyphs, np.random.default_rng(0), (0.1, 0.2))
    inside = beside[:, 4:32, 28:56]
    assert (inside >= glyphs.crops - 1e-6).all()
    assert beside.sum() > glyphs.crops.sum()


@pytest.mark.parametrize("add", [with_rules, with_specks])
def test_rules_and_specks_add_ink_and_take_none_away(add: object, glyphs: Glyphs) -> None:
    assert callable(add)
    plain = alone(glyphs)
    marked = add(plain, np.random.default_rng(0))
    assert (marked >= plain).all()
    assert marked.sum() > plain.sum()
    assert marked.max() <= 1


def test_blots_are_drawn_as_no_digit_a_few_of_them_empty(pools: dict[str, Pool]) -> None:
    blots = pools["blots"]
    assert len(blots.labels) == 40
    assert (blots.labels == -1).all()
    highest = blots.crops.max(axis=(1, 2))
    assert ((highest > 100) | (highest == 0)).all()
    assert 0 < np.count_nonzero(highest == 0) < 10


def test_pools_are_joined_and_come_back_from_their_files(
    pools: dict[str, Pool], tmp_path: Path
) -> None:
    both = joined(pools["symbols"], pools["blots"])
    keep_pool(tmp_path / "both.npz", both)
    again = kept_pool(tmp_path / "both.npz")
    assert len(again.labels) == 70
    np.testing.assert_array_equal(again.crops, both.crops)
    np.testing.assert_array_equal(again.crops[30:], pools["blots"].crops)
    np.testing.assert_array_equal(again.labels, both.labels)


def test_a_crop_that_is_no_digit_wants_nothing_of_the_digit_outputs() -> None:
    wanted = targets(np.array([4, -1]), 0.1)
    assert wanted[0, 4] == pytest.approx(0.91)
    assert wanted[0, :10].sum() == pytest.approx(1)
    assert wanted[0, 10] == 1
    assert not wanted[1].any()


def test_an_epoch_is_made_of_its_number_and_seed_alone(pools: dict[str, Pool]) -> None:
    first, again, other = (make_epoch(n, pools, CROPS) for n in (4, 4, 5))
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0][: len(other[0])], other[0][: len(first[0])])


def test_every_canvas_of_an_epoch_has_a_label(pools: dict[str, Pool]) -> None:
    labels = [
        label
        for canvases, group in make_canvases(pools, np.random.default_rng(0), CROPS)
        for label in group
        if len(canvases) == len(group)
    ]
    assert sum(label >= 0 for label in labels) == 120
    assert sum(label < 0 for label in labels) > 40


def test_mined_crops_are_among_an_epochs_with_the_labels_they_were_told(
    pools: dict[str, Pool],
) -> None:
    told = Pool(pools["strokes"].crops[:40], np.tile([8, -1], 20))
    without = list(make_canvases(pools, np.random.default_rng(0), CROPS))
    mined = replace(CROPS, mined=60)
    drawn = list(make_canvases({**pools, "mined": told}, np.random.default_rng(0), mined))
    assert len(drawn) == len(without) + 1
    (own,) = (labels for _, labels in drawn if len(labels) == 60)
    assert sorted(set(own.tolist())) == [-1, 8]
    assert 24 <= np.count_nonzero(own == 8) <= 36


def test_an_epochs_crops_are_upright_where_the_network_is_to_see_them_so(
    pools: dict[str, Pool],
) -> None:
    upright, slanted = (
        make_epoch(1, pools, replace(CROPS, deslanted=deslanted)) for deslanted in (True, False)
    )
    expected = deslant(as_floats(slanted[0]).reshape(-1, 28, 28)).reshape(-1, 784)
    assert np.abs(as_floats(upright[0]) - expected).max() < 0.02
    assert not np.array_equal(upright[0], slanted[0])
    np.testing.assert_array_equal(upright[1], slanted[1])


def test_epochs_made_in_a_second_process_are_the_same(pools: dict[str, Pool]) -> None:
    made = list(make_epochs(range(1, 3), pools, CROPS))
    assert len(made) == 2
    np.testing.assert_array_equal(made[1][0], make_epoch(2, pools, CROPS)[0])


def test_a_training_taken_up_again_ends_with_the_same_weights(
    pools: dict[str, Pool], tmp_path: Path
) -> None:
    straight = begin(new_network(OPTIONS))
    for number in range(3):
        run_epoch(straight, *make_epoch(number, pools, CROPS), OPTIONS)
    stopped = begin(new_network(OPTIONS))
    run_epoch(stopped, *make_epoch(0, pools, CROPS), OPTIONS)
    save_checkpoint(stopped, tmp_path / "checkpoint.npz", OPTIONS)
    resumed = begin(new_network(replace(OPTIONS, seed=9)))
    load_checkpoint(resumed, tmp_path / "checkpoint.npz", OPTIONS)
    for number in range(resumed.epoch, 3):
        run_epoch(resumed, *make_epoch(number, pools, CROPS), OPTIONS)
    for one, other in zip(straight.average, resumed.average, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_training_of_other_settings_is_not_taken_up(tmp_path: Path) -> None:
    save_checkpoint(begin(new_network(OPTIONS)), tmp_path / "checkpoint.npz", OPTIONS)
    other = replace(OPTIONS, epochs=7)
    with pytest.raises(DataError, match="other settings"):
        load_checkpoint(begin(new_network(other)), tmp_path / "checkpoint.npz", other)


def test_training_makes_the_drawn_digits_known(pools: dict[str, Pool], glyphs: Glyphs) -> None:
    options = replace(OPTIONS, sizes=(784, 64, 11), epochs=25, rate=0.03)
    training = begin(new_network(options))
    for number in range(options.epochs):
        run_epoch(training, *make_epoch(number, pools, CROPS), options)
    answers = judge(glyphs.crops, averaged(training)).probs.argmax(axis=1)
    assert np.mean(answers == glyphs.labels) > 0.5


def test_a_later_round_goes_on_with_the_network_it_is_given() -> None:
    first = averaged(begin(new_network(OPTIONS)))
    later = begin(first)
    for one, other in zip(first.weights, later.network.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for average, weights in zip(later.average, later.network.weights, strict=False):
        np.testing.assert_array_equal(average, weights)
    assert (later.epoch, later.steps) == (0, 0)


def test_a_wider_network_answers_as_the_one_it_was_made_of() -> None:
    rng = np.random.default_rng(0)
    network = new_network(OPTIONS)
    wider = widened(network, (784, 20, 11), rng)
    crops = rng.random((5, 784), np.float32)
    np.testing.assert_allclose(
        wider.feedforward(crops.T), network.feedforward(crops.T), rtol=0, atol=1e-6
    )
    assert wider.output == network.output
    assert wider.deslanted == network.deslanted
    with pytest.raises(ValueError, match="not wider"):
        widened(wider, OPTIONS.sizes, rng)


def test_the_mean_of_two_networks_has_their_mean_weights() -> None:
    first, second = (new_network(replace(OPTIONS, seed=seed)) for seed in (1, 2))
    mean, nearer = mean_of([first, second]), mean_of([first, second], [1, 3])
    for own, other, a, b in zip(
        mean.weights, nearer.weights, first.weights, second.weights, strict=True
    ):
        np.testing.assert_allclose(own, (a + b) / 2)
        np.testing.assert_allclose(other, a / 4 + 3 * b / 4, rtol=1e-4, atol=1e-7)
    assert mean.output == first.output


def test_what_a_wider_network_is_given_new_can_be_learned() -> None:
    wider = widened(new_network(OPTIONS), (784, 20, 11), np.random.default_rng(0))
    x = np.random.default_rng(1).random((784, 20), np.float32) - np.float32(0.5)
    y = targets(np.full(20, 3), 0.0).T
    _, nabla_w = wider.backprop(x, y)
    assert np.all(np.any(nabla_w[1][:, 16:] != 0, axis=0))


def test_a_halved_epoch_is_the_same_crops_at_half_the_size(pools: dict[str, Pool]) -> None:
    options = replace(CROPS, deslanted=False)
    whole, wanted = make_epoch(2, pools, options)
    half, same = make_epoch(2, pools, replace(options, halved=True))
    np.testing.assert_array_equal(wanted, same)
    means = whole.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(whole), 196)
    np.testing.assert_allclose(half, means, atol=1)


def test_the_rounds_have_seeds_of_their_own_and_all_but_the_first_learn_from_mistakes() -> None:
    assert len({options.seed for options in ROUNDS}) == len(ROUNDS)
    assert all(options.seed == options.crops.seed for options in ROUNDS)
    assert [options.crops.mined > 0 for options in ROUNDS] == [False, *[True] * (len(ROUNDS) - 1)]
    assert all(np.greater_equal(b.sizes, a.sizes).all() for a, b in pairwise(ROUNDS))
    assert len({options.crops.deslanted for options in ROUNDS}) == 1


@pytest.mark.parametrize("deslanted", [True, False])
def test_the_network_is_one_for_the_crops_it_learns_from(deslanted: bool) -> None:
    options = replace(OPTIONS, crops=replace(CROPS, deslanted=deslanted))
    training = begin(new_network(options))
    assert training.network.deslanted is deslanted
    assert averaged(training).deslanted is deslanted
    network = calibrated(
        averaged(training), np.random.default_rng(0).random((20, 28, 28), np.float32), LABELS
    )
    assert network.deslanted is deslanted


def test_calibration_makes_a_network_that_is_too_sure_honest(glyphs: Glyphs) -> None:
    network = averaged(begin(new_network(OPTIONS)))
    network.weights[-1] *= 30
    honest = calibrated(network, glyphs.crops, glyphs.labels)
    sums = last_sums(network, glyphs.crops.reshape(-1, 784).T)
    assert fit_temperature(sums[:10], glyphs.labels) > 1
    before, after = (judge(glyphs.crops, net).probs for net in (network, honest))
    np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert after.max(axis=1).mean() < before.max(axis=1).mean()


def test_platt_scaling_finds_the_scale_and_shift_of_a_logistic_answer() -> None:
    rng = np.random.default_rng(0)
    sums = rng.normal(0, 2, 20_000).astype(np.float32)
    wanted = rng.random(20_000) < 1 / (1 + np.exp(-(1.5 * sums - 0.5)))
    assert fit_platt(sums, wanted) == pytest.approx((1.5, -0.5), abs=0.1)
