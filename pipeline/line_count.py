"""Views of which it is known how many lines hold a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitstring.decoded import DecodedView
    from digitstring.decoder_options import DecoderOptions


def best_with_lines(
    views: Sequence[DecodedView], lines: int, decoder: DecoderOptions
) -> DecodedView:
    """Return the view for which most speaks among those with the most lines, up to so many.

    Lines beyond that are left out of each view first, those for which least speaks.
    """
    kept = [keep_lines(view, lines, decoder) for view in views]
    return max(kept, key=lambda view: (len(view.numbers), view.score(decoder)))


def keep_lines(view: DecodedView, lines: int, decoder: DecoderOptions) -> DecodedView:
    """Return a view with only the lines for which most speaks, where there are enough."""
    if len(view.numbers) < lines:
        return view
    best = sorted(view.numbers, key=lambda line: -replace(view, lines=[line]).score(decoder))[
        :lines
    ]
    return replace(view, lines=[line for line in view.numbers if line in best])
