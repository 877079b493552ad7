"""The segmenter's tunables, each with its unit and where its value comes from.

"Looked at" means: chosen by eye on drawn pages and photos, over a range where nothing changed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SegmenterOptions:
    """How ink is found, joined to pieces and put into lines."""

    background_side: int = 160
    """Pixels of the longer side at which the light is estimated; looked at, 100 to 250."""
    background_window: float = 1 / 8
    """Side of the closing that removes ink from the light, in longer sides; the widest stroke
    has to fit in; looked at."""
    small_window: float = 1 / 3
    """The same in shorter sides, for images of up to twice `background_side`."""
    polarity_window: float = 1 / 2
    """The same in shorter sides, where light ink is told from dark."""
    clear_polarity: float = 1.3
    """Light and dark ink are told apart by what they would cover if that differs so many times."""
    clear_edge: float = 0.95
    """Share of an image's edge that is paper beyond doubt."""
    colour_side: int = 250
    """Pixels of the longer side at which the channel is chosen."""
    colour_levels: int = 24
    """A pixel has colour where its channels differ by more levels of 255; looked at."""
    least_colour: float = 0.002
    """An image has colour from this share of its pixels on; a line of digits covers 0.01."""
    colour_share: float = 0.6
    """Luminance is left for the darkest channel where its contrast is below this share of it."""
    dark_share: float = 0.6
    """Dark ink keeps this share of its contrast in the lightest channel, a coloured pen less;"""
    form_share: float = 0.8
    """and a coloured form makes that much of all ink the dark ink's at most."""
    form_threshold: float = 1.0
    """Share of Otsu's threshold that is taken then: what is left of the form is pale."""
    statistics_pixels: int = 100_000
    """About so many pixels are looked at for a threshold."""
    threshold_share: float = 0.5
    """Share of Otsu's threshold that is taken, so that pale strokes beside dark ones stay."""
    noise_sigmas: float = 4.0
    """Ink is this many standard deviations of the paper's noise darker than the paper."""
    least_contrast: float = 0.06
    """Ink is darker than the paper by this share of its brightness; pencil starts at 0.1."""
    most_ink: float = 0.27
    """Ink covers no more of an image than this share; of noise and fibres, Otsu's threshold takes
    0.27 and more, of 98 % of photos, scans and cheques less."""
    least_together: float = 0.42
    """Beside an ink pixel is another this often; of noise 0.33 at most, of photos, scans and
    cheques at least 0.47."""
    least_light: float = 0.25
    """Paper is at least this share as light as the lightest: a dark desk's grain is no ink."""
    least_peak: float = 1.4
    """A component's darkest pixel has this many times the threshold; noise stays below."""
    full_ink_percentile: float = 75.0
    """The contrast of a piece that counts as full ink in its crop."""
    speck_strokes: float = 3.0
    """A component is a speck below this length in stroke widths; bold print's digits have 5."""
    speck_px: int = 7
    """Nothing can be read below this height in pixels."""
    edge_share: float = 0.5
    """A component along this share of an image's edge is a margin or a desk; one that lies along
    it with this share of its own length is one too, unless another stands beside it."""
    rule_aspect: float = 2.5
    """A component this many times as long as wide is a rule or a dash,"""
    rule_strokes: float = 1.7
    """if it is no thicker than this many strokes; touching digits are. A short one stays: lying,
    it may be the flag of a 5, and standing, a 1."""
    hair_strokes: float = 0.35
    """A long component thinner than this many strokes is a hair, or the edge of a shadow."""
    block_fill: float = 0.5
    """A component that fills more of its box may be a block or a blot; bold digits fill 0.65;"""
    block_aspect: float = 2.5
    """it is at most so many times as long as wide, a 1 is longer;"""
    block_thickness: float = 0.55
    """and a circle of this diameter, in shorter sides, fits into its ink; in a bold 8, 0.4 do."""
    block_px: int = 20
    """Shorter sides below this tell nothing: the strokes of tiny digits are as thick."""
    frame_fill: float = 0.4
    """A frame round other components fills less than this share of its box."""
    least_height: float = 0.4
    """Heights of digits beside their line's median: lower ones are fragments or points."""
    most_height: float = 2.2
    """Higher ones belong to no line."""
    row_overlap: float = 0.5
    """Share of the lower of two neighbours' heights that they share in a line."""
    join_overlap: float = 0.5
    """Share of the narrower of two pieces' widths at which they are parts of one digit."""
    join_gap: float = 0.15
    """The widest gap between a digit and a part above or below it, in the digit's heights."""
    line_memory: int = 5
    """The last so many digits of a line say how high its next ones are."""
    most_gap: float = 8.0
    """The widest gap within a line, in heights; looked at."""
