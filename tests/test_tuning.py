"""What a network learns from corrections, and when it is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import Network, load_network, load_photo, read, save_network
from digitstring.classifier import DataError, StackedNetwork, load_line_networks
from digitstring.cli import command_line
from digitstring.corrections import correction_of
from digitstring.corrections_file import CorrectionsFile
from digitstring.mining import NO_DIGIT, MiningOptions
from digitstring.told_pieces import Told, align, tell_pieces, told_pool
from digitstring.tuning import Standing, Tuned, TuningOptions, copied, split, tune
from digitstring.tuning_material import tuning_material
from tests.reviewed import draw

SMALL = TuningOptions(
    epochs=3,
    batch=64,
    rate=1e-3,
    shares={"strokes": 400, "print": 200, "segments": 50},
    others=dict.fromkeys(("pairs", "triples", "neighbours", "halves", "symbols", "blots"), 40),
    hands=30,
)
TEXTS = ("4702", "77", "1739", "870", "275", "6473", "907", "17", "7417", "5078", "727", "387")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    folder = tmp_path_factory.mktemp("told")
    for text in TEXTS:
        draw(text).save(folder / f"{text}.png")
    return [Told(folder / f"{text}.png", None, text, was_wrong=True) for text in TEXTS]


@pytest.fixture(scope="module")
def blind_to_seven() -> Network:
    """Return the shipped network, but that it hardly ever says 7."""
    return blinded(load_network())


def blinded(network: Network) -> Network:
    network = copied(network)
    network.biases[-1][7] -= 12
    return network


def test_the_right_text_says_which_piece_is_which_digit() -> None:
    picture = draw("420")
    (aligned,) = align(load_photo(picture), "428", load_network())
    digits = [step for step in aligned.path if step.value != NO_DIGIT]
    assert [step.value for step in digits] == [4, 2, 8]
    boxes = [aligned.line.lattice.piece_box(step.piece) for step in digits]
    wanted = [digit.box for digit in read(picture).lines[0].digits]
    assert np.abs(np.array(boxes) - np.array(wanted)).max() <= 2


def test_a_piece_of_no_digit_is_told_so() -> None:
    (aligned,) = align(load_photo(draw("420")), "420", load_network())
    lattice = aligned.line.lattice
    told = tell_pieces(lattice, aligned.path, MiningOptions())
    first, second, _ = [step.piece for step in aligned.path if step.value != NO_DIGIT]
    both = (lattice.start == lattice.start[first]) & (lattice.stop == lattice.stop[second])
    assert both.any()
    assert (told[both] == NO_DIGIT).all()
    assert (told[first], told[second]) == (4, 2)


def test_each_line_of_a_text_is_found_in_its_place() -> None:
    page = Image.new("L", (300, 220), "white")
    for text, top in (("420", 0), ("17", 110)):
        page.paste(draw(text), (20, top))
    found = align(load_photo(page), "420\n17", load_network())
    assert ["".join(str(step.value) for step in path if step.value >= 0) for _, path in found] == [
        "420",
        "17",
    ]
    tops = [line.lattice.piece_box(path[0].piece).top for line, path in found]
    assert tops[1] - tops[0] == pytest.approx(110, abs=4)
    below = align(load_photo(page), "17", load_network())
    assert below[0].line.text == "17"


@pytest.mark.parametrize("text", ["99999999999", "355", "420\n17"])
def test_a_text_that_is_not_there_teaches_nothing(text: str) -> None:
    assert align(load_photo(draw("420")), text, load_network()) == []


def test_of_an_image_without_a_number_every_piece_is_no_digit(tmp_path: Path) -> None:
    draw("x").save(tmp_path / "a.png")
    told = Told(tmp_path / "a.png", None, "", was_wrong=True)
    pool = told_pool([told], load_network(), np.random.default_rng(0))
    assert pool is not None
    assert set(pool.labels.tolist()) == {NO_DIGIT}


def test_images_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    told = Told(tmp_path / "a.png", None, "1", was_wrong=True)
    assert told_pool([told], load_network(), np.random.default_rng(0)) is None


def test_all_pages_of_a_file_are_held_back_or_none(images: list[Told]) -> None:
    pages = [
        replace(image, page=page, was_wrong=image.was_wrong and number % 2 == 0)
        for number, image in enumerate(images * 2)
        for page in (1, 2)
    ]
    held, learned = split(pages, np.random.default_rng(0), SMALL)
    assert len(held) + len(learned) == len(pages)
    assert not {image.path for image in held} & {image.path for image in learned}
    assert {image.was_wrong for image in held} == {True, False}


def test_too_few_images_are_refused(images: list[Told]) -> None:
    with pytest.raises(DataError, match="check 20 or more"):
        split(images[:8], np.random.default_rng(0), SMALL)


def test_a_network_learns_the_digit_that_was_corrected(
    images: list[Told], blind_to_seven: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = [
        StackedNetwork([*stack.networks[:-1], blinded(stack.networks[-1])], stack.offsets)
        for stack in load_line_networks()
    ]
    monkeypatch.setattr("digitstring.sliding.load_line_networks", lambda: deaf)
    before = [w.copy() for w in blind_to_seven.weights]
    options = replace(SMALL, held_share=0.5)
    tuned = tune(images, blind_to_seven, options=options)
    assert tuned.before.held == 6
    assert tuned.before.right < tuned.after.right
    assert tuned.is_better
    assert all(map(np.array_equal, before, blind_to_seven.weights))
    again = tune(images, blind_to_seven, options=options)
    assert again.after == tuned.after
    assert all(map(np.array_equal, again.network.weights, tuned.network.weights))


def test_texts_that_are_in_no_image_are_refused(images: list[Told]) -> None:
    wrong = [replace(image, text="9" * 30) for image in images]
    with pytest.raises(DataError, match="are these the images"):
        tune(wrong, load_network(), options=replace(SMALL, held_share=0.5))


def test_material_goes_without_mnist_but_not_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITSTRING_MNIST", str(tmp_path / "nowhere"))
    pools = tuning_material(None, SMALL.seed, SMALL.hands)
    assert "mnist" not in pools
    assert set(pools["strokes"].labels.tolist()) == set(range(10))
    assert set(pools["symbols"].labels.tolist()) == {-1}
    with pytest.raises(DataError, match="nowhere"):
        tuning_material(tmp_path / "nowhere", SMALL.seed, SMALL.hands)


@pytest.mark.parametrize(
    ("right", "wrong", "better"), [(5, 10, True), (4, 9, False), (5, 11, False), (3, 0, False)]
)
def test_better_is_more_read_right_and_no_more_drawn_digits_wrong(
    right: int, wrong: int, better: bool
) -> None:
    before, after = Standing(4, 6, 10, 100), Standing(right, 6, wrong, 100)
    assert Tuned(Network((784, 10)), before, after).is_better is better


def corrections_of(images: list[Told], path: Path) -> Path:
    file = CorrectionsFile(path)
    for image in images:
        file.add(correction_of((Path(image.path).name, None, None), image.text, "1"))
    file.add(correction_of(("../secret.png", None, None), "1", "2"))
    file.close()
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command_line, [str(argument) for argument in arguments])


def test_a_network_that_is_no_better_is_not_saved(
    images: list[Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(SMALL, held_share=0.5)
    monkeypatch.setattr("digitstring.tuning.TuningOptions", lambda **chosen: options)
    corrections = corrections_of(images, tmp_path / "c.csv")
    output = tmp_path / "net.npz"
    done = run("tune", corrections, "--images", Path(images[0].path).parent, "--output", output)
    assert done.exit_code == 1
    assert "read right of 6 held back          6       6" in done.stdout
    assert f"{output} is not written" in done.stderr
    assert not output.exists()


def test_a_better_network_is_saved_with_how_it_was_made(
    images: list[Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def tuned(found: list[Told], network: Network, *more: object) -> Tuned:
        asked.append(len(found))
        return Tuned(network, Standing(4, 6, 10, 100), Standing(5, 6, 9, 100))

    monkeypatch.setattr("digitstring.tuning.tune", tuned)
    corrections = corrections_of(images, tmp_path / "c.csv")
    output = tmp_path / "net.npz"
    done = run("tune", corrections, "--images", Path(images[0].path).parent, "--output", output)
    assert (done.exit_code, asked) == (0, [len(images)])
    assert "images: 12 of 13" in done.stderr
    assert done.stdout.splitlines() == [
        "                              before   after",
        "read right of 6 held back          4       5",
        "wrong of 100 drawn                10       9",
    ]
    record = load_network(output).record
    assert str(record["made by"]).startswith("digitstring tune")
    assert record["held back, read right"] == "4 before, 5 of 6 after"


def test_a_network_that_tells_no_whole_digits_cannot_be_tuned(
    images: list[Told], tmp_path: Path
) -> None:
    save_network(Network((784, 10)), tmp_path / "own.npz")
    corrections = corrections_of(images, tmp_path / "c.csv")
    done = run(
        "tune", corrections, "--weights", tmp_path / "own.npz", "--output", tmp_path / "n.npz"
    )
    assert done.exit_code == 1
    assert "whole digits" in done.stderr
