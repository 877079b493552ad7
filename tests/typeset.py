"""A line of print drawn alike every time, for the tests of what is cut out of lines."""

from __future__ import annotations

import numpy as np

from digitstring.samples import BUNDLED, Layout, Page, draw_glyph, lay_out
from digitstring.segmenter.strips import HEIGHT


def set_in_type(text: str, gap_frac: float = 0.2, height: int = HEIGHT, **layout: float) -> Page:
    """Print a text in level digits of one height, all gaps alike; below 0 they touch."""
    return lay_out(
        text,
        lambda char, _: draw_glyph(char, BUNDLED, height),
        np.random.default_rng(0),
        Layout(gap_frac=(gap_frac, gap_frac), baseline_jitter=0, **layout),  # type: ignore[arg-type]
    )
