"""How a network that is slid along lines learns: from drawn ones, each varied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitstring.alignment import Places, aligned
from digitstring.classifier import Network
from digitstring.distortion import (
    GRID,
    DistortionOptions,
    change_pens,
    elastic_fields,
    relevel,
    sample,
)
from digitstring.line_material import Band
from digitstring.segmenter.windows import MARGIN, ROWS, STRIDE, middles_in, windows_in
from digitstring.sliding import NONE
from digitstring.training import (
    AnyNetwork,
    Training,
    TrainingOptions,
    begin,
    load_checkpoint,
    run_epochs,
    step,
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

COLUMNS = 2 * MARGIN
"""Columns of a window of the network that is slid alone."""


@dataclass(frozen=True)
class LineOptions(TrainingOptions):
    """The settings of a training on lines."""

    sizes: tuple[int, ...] = (ROWS * COLUMNS, 800, 400, 11)
    epochs: int = 20
    batch: int = 2000
    """Windows a step."""
    strings: int = 12_000
    """That are drawn for each part of the lines; two or three lines of each are kept."""
    parts: tuple[int, ...] = (0, 1, 2, 3)
    """The parts of the lines that are learned from; the first has those held back."""
    bands: int = 60_000
    """Lines an epoch."""
    easy: float = 0.05
    """A window whose probabilities are all this near to those wanted is not learned from."""
    near_px: float = 5.0
    """A digit is said in a window whose middle is this near to its own."""
    turn_deg: float = 1.0
    """Standard deviation of the turn;"""
    slant: float = 0.25
    """largest shear, columns for each row;"""
    stretch: float = 0.22
    """largest change of width and height;"""
    shift_px: float = 1.2
    """standard deviation of the place above the line;"""
    distortion: DistortionOptions = field(
        default_factory=lambda: DistortionOptions(elastic_px=1.3, noise_share=0.2)
    )


@dataclass(frozen=True, eq=False)
class Batch:
    """Lines of one width: ``ink (n, ROWS, w)`` uint8, and where their digits may be said."""

    ink: Bytes
    places: Places


Learn = Callable[[Training[AnyNetwork], Batch, float, LineOptions], None]
"""Takes one step, of a rate, on a batch."""


def make_batches(bands: Sequence[Band], seed: list[int], options: LineOptions) -> list[Batch]:
    """Return an epoch's batches, in the order in which they are learned."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(bands))[: options.bands]
    widths = np.array([bands[number].ink.shape[1] for number in chosen])
    chosen = chosen[np.argsort(widths * np.exp(rng.normal(0, 0.05, len(widths))), kind="stable")]
    batches, start = [], 0
    while start < len(chosen):
        windows = bands[chosen[start]].ink.shape[1] / STRIDE
        stop = start + max(1, int(options.batch / windows))
        batches.append(vary([bands[number] for number in chosen[start:stop]], rng, options))
        start = stop
    return [batches[number] for number in rng.permutation(len(batches))]


def vary(bands: Sequence[Band], rng: np.random.Generator, options: LineOptions) -> Batch:
    """Distort lines, each in its own way, and lay them on paper of one width."""
    n = len(bands)
    inner = np.array([band.ink.shape[1] for band in bands]) - 2 * MARGIN
    down, across = np.exp(rng.uniform(-1, 1, (2, n)) * options.stretch)
    width = int(np.ceil((inner * across).max())) + 2 * MARGIN
    room = int(-(-max(width, inner.max() + 2 * MARGIN) // GRID) * GRID)
    ink = np.zeros((n, ROWS, room), dtype=np.float32)
    for own, band in zip(ink, bands, strict=True):
        own[:, : band.ink.shape[1]] = band.ink / np.float32(255)
    before, after = MARGIN + inner / 2, MARGIN + inner * across / 2  # the lines' middles
    turn = np.radians(rng.normal(0, options.turn_deg, n))[:, None]
    slant = rng.uniform(-1, 1, (n, 1)) * options.slant
    shift = rng.normal(0, options.shift_px, (n, 1))
    rows, columns = np.meshgrid(np.arange(ROWS), np.arange(room), indexing="ij")
    row, column = rows.ravel() - ROWS / 2, columns.ravel() - after[:, None]
    source = elastic_fields(n, (ROWS, room), rng, options.distortion)
    source[:, 0] += row / down[:, None] - turn * column + ROWS / 2 + shift
    source[:, 1] += column / across[:, None] + (turn + slant) * row + before[:, None]
    varied = sample(ink, source)[:, :, :width]
    varied = relevel(change_pens(varied, rng, options.distortion), rng, options.distortion)
    middles = [
        (band.middles - old) * wider + new
        for band, old, wider, new in zip(bands, before, across, after, strict=True)
    ]
    places = places_of([band.values for band in bands], middles, width, options.near_px)
    return Batch(np.round(varied * 255).astype(np.uint8), places)


def places_of(
    values: Sequence[NDArray[np.int64]],
    middles: Sequence[NDArray[np.floating]],
    width: int,
    near_px: float,
) -> Places:
    """Return where the digits of lines of one width may be said: near their own middles."""
    windows = MARGIN + middles_in(width)
    most = max(map(len, values))
    said = np.zeros((len(values), most), dtype=np.int64)
    allowed = np.zeros((len(values), len(windows), most), dtype=bool)
    for number, (own, at) in enumerate(zip(values, middles, strict=True)):
        said[number, : len(own)] = own
        allowed[number, :, : len(own)] = np.abs(windows[:, None] - at) <= near_px
    return Places(said, allowed)


def shown_to(network: Network, ink: Bytes) -> Floats:
    """Return what windows as a network takes them show of lines (n, ROWS, w), (in, n * t)."""
    seen = network.sizes[0]
    flat = windows_in(ink, seen // ROWS).reshape(-1, seen)
    return (flat.astype(np.float32) / np.float32(255)).T


def make_epochs(
    numbers: range, bands: Sequence[Band], options: LineOptions
) -> Iterator[list[Batch]]:
    """Yield each epoch's batches, the next epoch's made in a second process meanwhile."""
    kept = list(bands)
    with ProcessPoolExecutor(max_workers=1, initializer=_keep, initargs=(kept,)) as executor:
        pending = [executor.submit(_make, number, options) for number in numbers[:1]]
        for number in numbers:
            ready = pending.pop().result()
            if number + 1 in numbers:
                pending.append(executor.submit(_make, number + 1, options))
            yield ready


_kept: list[Band] = []


def _keep(bands: list[Band]) -> None:
    _kept[:] = bands


def _make(number: int, options: LineOptions) -> list[Batch]:
    return make_batches(_kept, [options.seed, number], options)


def run_epoch(
    training: Training[AnyNetwork],
    batches: Sequence[Batch],
    learn: Learn[AnyNetwork],
    options: LineOptions,
) -> None:
    """Train on one epoch's batches."""
    for number, batch in enumerate(batches):
        learn(training, batch, options.rate_at(training.epoch + number / len(batches)), options)
    training.epoch += 1


def learn_batch(
    training: Training[Network], batch: Batch, rate: float, options: LineOptions
) -> None:
    """Take one step on the windows of a batch that are hard."""
    x = shown_to(training.network, batch.ink)
    hard, wanted = lesson_of(batch, training.network.feedforward(x), options)
    if hard.size:
        step(training, x[:, hard], wanted, rate, options)


def lesson_of(batch: Batch, probs: Floats, options: LineOptions) -> tuple[NDArray[np.intp], Floats]:
    """Return which of n * t windows to learn from, (m,), and what is wanted of them, (11, m).

    Most windows say "none", and rightly so: those that are answered well are left out.
    """
    n, t, _ = batch.places.allowed.shape
    by_line = probs.T.reshape(n, t, -1).astype(np.float64)
    wanted = aligned(by_line, batch.places).reshape(n * t, -1).T.astype(np.float32)
    hard = np.flatnonzero(np.abs(probs - wanted).max(axis=0) > options.easy)
    return hard, wanted[:, hard]


def exact_share(say: Callable[[Bytes], Floats], bands: Sequence[Band]) -> float:
    """Return the share of lines whose likeliest answers, window by window, are the text.

    `say` returns the answers (11, t) for a line (1, ROWS, w).
    """
    right = 0
    for band in bands:
        said = say(band.ink[None]).argmax(axis=0)
        right += said[said != NONE].tolist() == band.values.tolist()
    return right / len(bands)


def said_by(network: Network) -> Callable[[Bytes], Floats]:
    """Return what says a network's answers (11, n * t) for lines (n, ROWS, w)."""
    return lambda ink: network.feedforward(shown_to(network, ink))


def new_network(options: LineOptions) -> Network:
    """Return a network of random weights."""
    rng = np.random.default_rng(options.seed)
    return Network(options.sizes, rng=rng, hidden="relu", output="softmax")


def train(
    options: LineOptions,
    bands: Sequence[Band],
    test: Sequence[Band],
    checkpoint: Path,
    network: Network | None = None,
) -> Network:
    """Return the network of a training, taken up at its checkpoint if there is one."""
    training = begin(network or new_network(options))
    return train_on(training, options, bands, test, checkpoint, learn_batch, said_by)


def train_on(
    training: Training[AnyNetwork],
    options: LineOptions,
    bands: Sequence[Band],
    test: Sequence[Band],
    checkpoint: Path,
    learn: Learn[AnyNetwork],
    said: Callable[[AnyNetwork], Callable[[Bytes], Floats]],
) -> AnyNetwork:
    """Return the network of a training that goes on from its checkpoint, if there is one."""
    if checkpoint.exists():
        load_checkpoint(training, checkpoint, options)

    def measure(network: AnyNetwork) -> str:
        return f"{exact_share(said(network), test):.4f} of the lines"

    def run(batches: Sequence[Batch]) -> None:
        run_epoch(training, batches, learn, options)

    epochs = make_epochs(range(training.epoch, options.epochs), bands, options)
    return run_epochs(training, epochs, run, measure, checkpoint, options)
