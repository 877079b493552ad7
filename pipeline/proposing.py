"""From a view of a photo's ink to the strips and lattices of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.matrices import combined
from digitstring.segmenter.strips import Strip, strip_of
from digitstring.segmenter.views import View, lines_in


def strips_of(view: View, options: SegmenterOptions) -> Iterator[Strip]:
    """Yield each line of ink, cut out, from top to bottom."""
    for line in lines_in(view, options):
        strip = strip_of(view.ink, view.components, line, options)
        yield replace(strip, matrix=combined(view.matrix, strip.matrix))


def propose_lines(
    view: View, options: SegmenterOptions, *, leaning: bool = False
) -> Iterator[Lattice]:
    """Yield the lattice of each line of ink that holds any, from top to bottom."""
    for strip in strips_of(view, options):
        lattice = propose(strip, options, leaning=leaning)
        if len(lattice.start):
            yield lattice
