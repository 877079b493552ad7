"""One picture of the crops that a network gets wrong or doubts, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitstring.digit_sets import DigitSet
from digitstring.evaluation import Evaluation
from digitstring.segmenter.arrays import Crops


@dataclass(frozen=True)
class SheetOptions:
    """How a sheet is laid out."""

    most: int = 100
    """Crops of a group; there are two groups a set."""
    across: int = 20
    """Crops beside each other."""
    enlarged: int = 3
    """Screen pixels for one of a crop."""
    gap_px: int = 8
    """Between crops."""
    title_px: int = 18
    caption_px: int = 13
    paper: int = 235
    """Level of a crop's paper, 0 to 255, darker than the sheet so that its frame shows."""


@dataclass(frozen=True, eq=False)
class Group:
    """Crops ``(n, 28, 28)`` under a title, with a caption each."""

    title: str
    crops: Crops
    captions: tuple[str, ...]


DEFAULTS = SheetOptions()


def draw_sheet(
    evaluated: Iterable[tuple[DigitSet, Evaluation]],
    threshold: float,
    options: SheetOptions = DEFAULTS,
) -> Image.Image:
    """Draw the wrong and the doubtful crops of each set, gray (h, w), dark ink on white.

    Below each crop stand its label, the answer and the answer's probability; below what is no
    digit, the probability that it is one. `threshold` is that of `Evaluation.turned_away`.
    """
    groups = [
        group
        for digits, evaluation in evaluated
        for group in group_crops(digits, evaluation, threshold, options.most)
    ]
    pictures = [_draw_group(group, options) for group in groups]
    width = _cell(options)[0] * options.across + options.gap_px
    sheet = Image.new("L", (width, max(1, sum(picture.height for picture in pictures))), "white")
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height
    return sheet


def group_crops(
    digits: DigitSet, evaluation: Evaluation, threshold: float, most: int
) -> Iterator[Group]:
    """Yield a set's groups that are not empty, each the first `most` in its order.

    Of digits the wrong ones, surest first, and the right ones, least sure first; of what is no
    digit, what is not turned away, most like a digit first.
    """
    whole, confidences = evaluation.judgement.whole, evaluation.confidences
    right = evaluation.is_digit & (evaluation.answers == digits.labels)
    groups = {
        "wrong, surest first": (evaluation.is_digit & ~right, -confidences),
        "right, most doubtful first": (right, confidences),
        "no digit, not turned away": (~evaluation.is_digit & (whole >= threshold), -whole),
    }
    for title, (belonging, key) in groups.items():
        members = np.flatnonzero(belonging)
        shown = members[np.argsort(key[members], kind="stable")][:most]
        if shown.size:
            heading = f"{digits.name}: {title} ({len(shown)} of {len(members)})"
            captions = tuple(caption_of(evaluation, number) for number in shown.tolist())
            yield Group(heading, digits.crops[shown], captions)


def caption_of(evaluation: Evaluation, number: int) -> str:
    """Return the label, the answer and how sure it is, or how likely a non-digit is a digit."""
    answer = evaluation.answers[number]
    if evaluation.is_digit[number]:
        return f"{evaluation.labels[number]} > {answer}  {evaluation.confidences[number]:.2f}"
    return f"- > {answer}  {evaluation.judgement.whole[number]:.2f}"


def _cell(options: SheetOptions) -> tuple[int, int]:
    """Return a crop's room with its caption: width and height in pixels."""
    side = 28 * options.enlarged
    return side + options.gap_px, side + 2 * options.caption_px


def _draw_group(group: Group, options: SheetOptions) -> Image.Image:
    width, height = _cell(options)
    rows = -(-len(group.crops) // options.across)
    heading_px = 2 * options.title_px
    size = width * options.across + options.gap_px, heading_px + rows * height
    picture = Image.new("L", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.text(
        (options.gap_px, options.title_px // 2),
        group.title,
        fill="black",
        font=ImageFont.load_default(options.title_px),
    )
    font = ImageFont.load_default(options.caption_px)
    for number, (crop, caption) in enumerate(zip(group.crops, group.captions, strict=True)):
        row, column = divmod(number, options.across)
        left, top = options.gap_px + column * width, heading_px + row * height
        picture.paste(_enlarged(crop, options), (left, top))
        draw.text((left, top + 28 * options.enlarged), caption, fill="black", font=font)
    return picture


def _enlarged(crop: NDArray[np.float32], options: SheetOptions) -> Image.Image:
    side = 28 * options.enlarged
    picture = Image.fromarray(np.uint8(np.round(options.paper * (1 - crop))))
    return picture.resize((side, side), Image.Resampling.NEAREST)
