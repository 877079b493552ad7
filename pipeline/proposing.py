"""From a view of a photo's ink to the lattices of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.lines import group_lines
from digitstring.segmenter.matrices import combined
from digitstring.segmenter.strips import strip_of
from digitstring.segmenter.views import View


def propose_lines(view: View, options: SegmenterOptions) -> Iterator[Lattice]:
    """Yield the lattice of each line of ink that holds any, from top to bottom."""
    for line in group_lines(view.components, options):
        strip = strip_of(view.ink, view.components, line, options)
        seen = replace(strip, matrix=combined(view.matrix, strip.matrix))
        lattice = propose(seen, options)
        if len(lattice.start):
            yield lattice
