"""Crops in, probabilities out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import digitstring.classifier as classifier
from digitstring.classifier import Network, classify, judge, screen
from digitstring.classifier.network import Output
from digitstring.samples import draw_digit, random_hand
from digitstring.segmenter import normalize

OUTPUTS: list[Output] = ["sigmoid", "softmax", "softmax+whole"]


def network_for(output: Output, dtype: type[np.floating[Any]] = np.float32) -> Network:
    sizes = (784, 12, 11 if output == "softmax+whole" else 10)
    return Network(sizes, rng=np.random.default_rng(0), output=output, dtype=dtype)


def crops(count: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((count, 28, 28), dtype=np.float32)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(OUTPUTS), st.integers(0, 40), st.integers(0, 1000))
def test_every_row_of_probabilities_sums_to_one(output: Output, count: int, seed: int) -> None:
    judgement = judge(crops(count, seed), network_for(output))
    assert judgement.probs.shape == (count, 10)
    assert judgement.whole.shape == (count,)
    assert judgement.probs.dtype == judgement.whole.dtype == np.float32
    np.testing.assert_allclose(judgement.probs.sum(axis=1), 1, atol=1e-6)
    assert (judgement.probs >= 0).all()


def test_the_most_probable_digit_is_the_networks_top_output() -> None:
    network = network_for("sigmoid")
    output = network.feedforward(crops(50).reshape(50, 784).T)
    assert np.array_equal(classify(crops(50), network).argmax(axis=1), output.argmax(axis=0))


def test_sigmoid_outputs_are_divided_by_their_sum() -> None:
    network = network_for("sigmoid")
    output = network.feedforward(crops(1).reshape(1, 784).T)[:, 0]
    np.testing.assert_allclose(classify(crops(1), network)[0], output / output.sum(), rtol=1e-5)


def test_outputs_that_are_all_zero_know_nothing() -> None:
    silent = Network.from_weights(
        [np.zeros((10, 784), np.float32)], [np.full((10, 1), -1e4, np.float32)]
    )
    assert classify(crops(2), silent).tolist() == np.full((2, 10), 0.1, np.float32).tolist()


def test_a_network_without_that_answer_takes_every_crop_for_whole() -> None:
    assert judge(crops(3), network_for("softmax")).whole.tolist() == [1, 1, 1]


def test_the_whole_answer_is_the_eleventh_output() -> None:
    network = network_for("softmax+whole")
    output = network.feedforward(crops(4).reshape(4, 784).T)
    np.testing.assert_allclose(judge(crops(4), network).whole, output[10], rtol=1e-6)


def test_classify_returns_the_probabilities_of_judge() -> None:
    network = network_for("softmax+whole")
    assert np.array_equal(classify(crops(4), network), judge(crops(4), network).probs)


def test_flat_crops_are_judged_as_square_ones() -> None:
    network = network_for("softmax")
    flat = classify(crops(5).reshape(5, 784), network)
    assert np.array_equal(flat, classify(crops(5), network))


def test_a_float64_network_judges_float32_crops() -> None:
    assert classify(crops(2), network_for("softmax", np.float64)).dtype == np.float32


def test_all_crops_go_through_the_network_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_for("softmax")
    counts = []
    feedforward = network.feedforward

    def counted(a: NDArray[Any]) -> NDArray[Any]:
        counts.append(a.shape[1])
        return feedforward(a)

    monkeypatch.setattr(network, "feedforward", counted)
    classify(crops(70), network)
    assert counts == [70]


def test_the_crops_stay_as_they_were() -> None:
    before = crops(3)
    given_crops = before.copy()
    judge(given_crops, network_for("sigmoid"))
    assert np.array_equal(given_crops, before)


def test_an_empty_list_of_crops_has_an_empty_judgement() -> None:
    judgement = judge([], network_for("softmax+whole"))
    assert (judgement.probs.shape, judgement.whole.shape) == ((0, 10), (0,))


def test_a_single_crop_is_refused_with_the_way_to_pass_it() -> None:
    with pytest.raises(ValueError, match=r"crop\[np\.newaxis\]"):
        judge(np.zeros((28, 28)), network_for("softmax"))


@pytest.mark.parametrize("shape", [(), (784,), (2, 20, 20), (2, 783), (2, 28, 28, 1)])
def test_crops_of_another_shape_are_refused_with_that_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is checked below
        judge(np.zeros(shape), network_for("softmax"))
    assert f"got {shape}" in str(caught.value)


@pytest.mark.parametrize("value", [255, -1, np.nan])
def test_crops_outside_zero_to_one_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        judge(np.full((1, 28, 28), value), network_for("softmax"))


@pytest.mark.parametrize(
    ("sizes", "output"),
    [
        ((100, 10), "softmax"),
        ((784, 11), "softmax"),
        ((784, 9), "sigmoid"),
        ((784, 10), "softmax+whole"),
    ],
)
def test_a_network_that_does_not_judge_crops_is_refused(
    sizes: tuple[int, ...], output: Output
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is checked below
        judge(crops(1), Network(sizes, output=output))
    assert f"got sizes {sizes}" in str(caught.value)


def test_a_network_that_answers_with_no_probabilities_is_refused() -> None:
    with pytest.raises(ValueError, match="no probabilities"):
        judge(crops(1), Network((784, 10), output="linear"))


def test_the_screener_answers_as_the_reader_does_of_crops_of_half_the_size() -> None:
    hand = random_hand(np.random.default_rng(3))
    digits = [
        normalize(draw_digit(str(value), hand, np.random.default_rng(value), 40))
        for value in range(10)
    ]
    crops = np.stack(digits).reshape(10, 14, 2, 14, 2).mean(axis=(2, 4))
    answers = screen(crops)
    assert np.mean(answers.probs.argmax(axis=1) == np.arange(10)) >= 0.8
    assert answers.whole.min() > 0.01
    assert screen(np.zeros((1, 14, 14), np.float32)).whole[0] < 0.1


def test_the_screener_does_not_judge_whole_crops() -> None:
    with pytest.raises(ValueError, match="must have 196 inputs"):
        screen(np.zeros((1, 14, 14), np.float32), Network((784, 10)))


def test_the_export_list_is_complete_and_sorted() -> None:
    assert classifier.__all__ == sorted(classifier.__all__)
    for name in classifier.__all__:
        assert getattr(classifier, name).__doc__


def test_importing_the_classifier_is_light() -> None:
    code = (
        "import sys, digitstring.classifier as c\n"
        "heavy = {'urllib.request', 'skimage', 'scipy', 'PIL', 'rich', 'click'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "from digitstring.classifier.weights import _shipped\n"
        "assert _shipped.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
