"""The command ``calibrate``: how sure readings have to be to be let through."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_knowledge import with_knowledge
from digitstring.cli_options import (
    in_a_folder,
    max_pixels_option,
    output_option,
    print_error,
    weights_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digitstring.classifier import Network
    from digitstring.constraints import Knowledge
    from digitstring.scoring import Score
    from digitstring.thresholds import Point, Threshold

SHOWN = (0.999, 0.995, 0.99, 0.98, 0.96, 0.94, 0.92, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.2, 0.0)
"""The thresholds of the curve that are printed."""


@click.command("calibrate")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--wrong",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="The share of wrong answers to allow.",
)
@click.option(
    "--certainty",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="How surely not more are wrong.",
)
@output_option("FILE.json", "Write the threshold there, for --threshold-from.", required=False)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    metavar="FILE.png",
    help="Draw the curve and the reliability diagram; needs digitstring[plots].",
)
@weights_option
@max_pixels_option
@with_knowledge
def calibrate_command(
    folder: Path,
    wrong: float,
    certainty: float,
    output: Path | None,
    plot: Path | None,
    network: Network | None,
    max_pixels: int,
    knowledge: Knowledge | None,
) -> None:
    """Find how sure a reading has to be, on the labelled images of FOLDER.

    FOLDER is as for `digitstring score`. Prints what each threshold lets through, how much of it
    is wrong and how much at most, with the certainty; then the threshold that lets most through
    with at most the allowed share wrong. Thresholds are tried from the surest down until the
    first fails, so that the certainty holds however many were tried. It holds for images like
    these, read in the same way.
    """
    from digitstring.scoring import score_folder
    from digitstring.thresholds import error_reject_curve, find_threshold, save_threshold

    if plot is not None:
        _check_plots()
    score = score_folder(folder, network=network, max_pixels=max_pixels, knowledge=knowledge)
    for row in score.failed_rows:
        print_error(row.error)
    found = find_threshold(score, wrong, certainty)
    _print_curve(error_reject_curve(score, certainty), score)
    if plot is not None:
        from digitstring.plots import plot_calibration

        plot_calibration(score, plot, found, certainty)
    if found is None:
        print_error(_why_none(score, wrong, certainty))
        sys.exit(1)
    click.echo(_sentence(found))
    if output is not None:
        save_threshold(found, output)


def _check_plots() -> None:
    """End the command before anything is read where plots can't be drawn."""
    from digitstring.extras import ExtraError, load_extra

    try:
        load_extra("matplotlib.figure", "plots", "--plot")
    except ExtraError as error:
        raise click.UsageError(str(error)) from error


def _print_curve(curve: Sequence[Point], score: Score) -> None:
    click.echo(f"{'threshold':>9}  {'answered':>8}  {'wrong':>6}  {'at most':>7}")
    for point in curve:
        if point.threshold in SHOWN and point.answered:
            answered, wrong = point.answered / len(score.rows), point.wrong / point.answered
            click.echo(f"{point.threshold:9g}  {answered:8.3f}  {wrong:6.3f}  {point.bound:7.3f}")


def _sentence(found: Threshold) -> str:
    return (
        f"threshold {found.threshold:g}: {found.answered} of {found.images} images are answered, "
        f"{found.wrong} of them wrong; at most {found.wrong_share:g} of all answers are, with "
        f"{found.certainty:.0%} certainty"
    )


def _why_none(score: Score, wrong: float, certainty: float) -> str:
    from digitstring.thresholds import fewest_images

    fewest = fewest_images(wrong, certainty)
    if len(score.rows) < fewest:
        return (
            f"{len(score.rows)} images are too few to show that at most {wrong:g} are wrong with "
            f"{certainty:.0%} certainty: label {fewest} or more, or allow more with --wrong"
        )
    return (
        f"no threshold is shown to leave at most {wrong:g} wrong with {certainty:.0%} certainty: "
        "label more images, or allow more with --wrong"
    )
