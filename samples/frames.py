"""What forms print round digits: boxes, combs, fields, rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from digitstring.samples.strokes import paint_strokes

Ink = NDArray[np.float32]
Box = tuple[int, int, int, int]
FrameKind = Literal["boxes", "comb", "field", "underline"]
FRAME_KINDS: tuple[FrameKind, ...] = get_args(FrameKind)


@dataclass(frozen=True)
class Frame:
    """A printed frame; it keeps `room_frac` heights from the digits, below 0 they cross it.

    ::

        boxes     comb      field     underline
        +--+--+   |  |  |   +-----+
        |5 |0 |   |5 |0 |   |5  0 |    5  0
        +--+--+   +--+--+   +-----+   -------
    """

    kind: FrameKind
    room_frac: float = 0.15
    thick_px: float = 2.0
    strength: float = 1.0
    """Ink of the rules, 0 to 1: forms are often printed paler than the pen."""


def random_frame(rng: np.random.Generator) -> Frame:
    """Choose a frame, now and then so tight that digits cross it."""
    return Frame(
        kind=FRAME_KINDS[int(rng.integers(len(FRAME_KINDS)))],
        room_frac=float(rng.uniform(-0.08, 0.3)),
        thick_px=float(rng.uniform(1.0, 3.5)),
        strength=float(rng.uniform(0.4, 1.0)),
    )


def draw_frame(frame: Frame, shape: tuple[int, ...], digits: Sequence[tuple[str, Box]]) -> Ink:
    """Draw a frame for a line of digits on a sheet of its own: ink of `shape` (h, w)."""
    boxes = np.array([box for _, box in digits], dtype=np.float64)
    room = frame.room_frac * float(np.median(boxes[:, 2] - boxes[:, 0]))
    feet = _level(boxes, boxes[:, 2] + room, lowest=True)
    heads = _level(boxes, boxes[:, 0] - room, lowest=False)
    walls = _walls(boxes, room) if frame.kind in ("boxes", "comb") else _ends(boxes, abs(room))
    rules = [[(x, feet(x)) for x in (walls[0], walls[-1])]]
    if frame.kind in ("boxes", "field"):
        rules.append([(x, heads(x)) for x in (walls[0], walls[-1])])
    if frame.kind != "underline":
        rules += [[(x, heads(x)), (x, feet(x))] for x in walls]
    lines = [np.array(rule) for rule in rules]
    widths = [np.full(2, frame.thick_px) for _ in rules]
    return paint_strokes((shape[0], shape[1]), lines, widths) * np.float32(frame.strength)


def _level(
    boxes: NDArray[np.float64], rows: NDArray[np.float64], *, lowest: bool
) -> Callable[[float], float]:
    """Lay the straight rule, as column to row, that follows the digits' slope and clears `rows`."""
    centres = (boxes[:, 1] + boxes[:, 3]) / 2
    spread = centres - centres.mean()
    middles = boxes[:, [0, 2]].mean(axis=1)
    slope = float(spread @ middles / max(spread @ spread, 1.0))
    offsets = rows - slope * centres
    offset = float(offsets.max() if lowest else offsets.min())
    return lambda column: offset + slope * column


def _walls(boxes: NDArray[np.float64], room: float) -> list[float]:
    """Columns of the upright rules: one between each two digits, one at each end."""
    between = (boxes[:-1, 3] + boxes[1:, 1]) / 2
    first, last = _ends(boxes, room)
    return [first, *between.tolist(), last]


def _ends(boxes: NDArray[np.float64], room: float) -> list[float]:
    return [float(boxes[0, 1] - room), float(boxes[-1, 3] + room)]
