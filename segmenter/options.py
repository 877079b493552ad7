"""The segmenter's tunables, each with its unit and where its value comes from.

"Looked at" means: chosen by eye on drawn pages and photos, over a range where nothing changed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SegmenterOptions:
    """How ink is found, joined to pieces and put into lines."""

    large_px: float = 40.0
    """A first look is enough where digits are this high in it; twice what a crop shows of them."""
    glance_px: float = 60.0
    """A glance at half its scale is enough where they are this high in that,"""
    glanced_side: int = 600
    """and comes first where a photo was reduced and both sides still have so many pixels."""
    background_side: int = 160
    """Pixels of the longer side at which the light is estimated; looked at, 100 to 250."""
    background_window: float = 1 / 8
    """Side of the closing that removes ink from the light, in longer sides; the widest stroke
    has to fit in; looked at."""
    small_window: float = 1 / 3
    """The same in shorter sides, for images of up to twice `background_side`."""
    polarity_window: float = 1 / 2
    """The same in shorter sides, where light ink is told from dark."""
    polarity_side: int = 60
    """About so many blocks of pixels lie along the longer side then, or pixels where there are
    fewer: the lightest of each tells the light."""
    clear_polarity: float = 1.3
    """Light and dark ink are told apart by what they would cover if that differs so many times."""
    clear_edge: float = 0.95
    """Share of an image's edge that is paper beyond doubt;"""
    all_paper: float = 0.9
    """and of the whole image that is as light or as dark as its edge, so that the edge tells."""
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
    most_ink_close: float = 0.4
    """In an image cut close round its digits they cover up to this share,"""
    clear_ink: float = 0.15
    """Otsu's threshold is above this,"""
    clear_parting: float = 0.64
    """and parting ink from paper explains this share of the variance: faint fibres may, others
    cover more."""
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
    it with this share of its own length is one too, unless another stands beside it"""
    edge_crop: float = 0.2
    """and it is as long as this share of the edge: in a close crop, digits touch the edges."""
    rule_aspect: float = 2.5
    """A component this many times as long as wide is a rule or a dash; standing, it is a margin
    where it touches an edge and no other stands in its rows;"""
    rule_strokes: float = 1.7
    """it is no rule if it is thicker than this many strokes, as touching digits are, or short:
    lying, it may be the flag of a 5, and standing, a 1."""
    hair_strokes: float = 0.35
    """A long component thinner than this many strokes is a hair, or the edge of a shadow."""
    block_fill: float = 0.5
    """A component that fills more of its box may be a block or a blot; bold digits fill 0.65;"""
    block_aspect: float = 2.5
    """it is at most so many times as long as wide, a 1 is longer;"""
    block_thickness: float = 0.8
    """and a circle of this diameter, in shorter sides, fits into its ink; in a bold 8, 0.4 do,
    in a 6 of a thick pen 0.7."""
    block_alike: float = 0.7
    """It is a filled digit where it shares this much of its rows with what stands beside it."""
    block_px: int = 20
    """Shorter sides below this tell nothing: the strokes of tiny digits are as thick."""
    frame_fill: float = 0.4
    """A frame round other components fills less than this share of its box,"""
    frame_side: float = 0.8
    """and on three sides of its box, ink covers this share of the side"""
    frame_depth: float = 0.15
    """within this share of the box's shorter side: digits that touch round a part do not."""
    least_height: float = 0.4
    """Heights of digits beside their line's median: lower ones are fragments or points."""
    most_height: float = 2.2
    """Higher ones belong to no line."""
    row_overlap: float = 0.5
    """Share of the lower of two neighbours' heights that they share in a line."""
    full_height: float = 0.7
    """Components at least this high, in a line's usual heights, show its heads and feet."""
    join_overlap: float = 0.5
    """Share of the narrower of two pieces' widths at which they are parts of one digit."""
    absorb_gap: float = 0.3
    """How far broken parts reach over or under their line, in its heights."""
    join_gap: float = 0.15
    """The widest gap between a digit and a part above or below it, in the digit's heights."""
    line_memory: int = 5
    """The last so many digits of a line say how high its next ones are."""
    most_gap: float = 8.0
    """The widest gap within a line, in heights; looked at."""
    joined_overlap: float = 0.2
    """Lines that stand beside each other are tried as one where neighbours share this much of the
    lower one's height,"""
    joined_height: float = 4.0
    """and one is at most so many times as high,"""
    joined_gap: float = 1.0
    """and so many heights away;"""
    most_joined: int = 4
    """of more lines, a page's, none are; looked at on amounts whose zeros are small."""
    band_reach: float = 0.35
    """Small components stand in a line this far below it, and half as far above, in heights."""
    most_slant: float = 0.7
    """The digits' common slant taken out of a line, columns a row, is at most this."""
    seam_step: float = 0.075
    """Between the columns where cuts begin, in digit heights,"""
    seam_band: float = 0.13
    """and how far each may leave its column; a trial of touching digits."""
    wide_step: float = 0.1
    """The same for cuts that go round overhanging strokes,"""
    wide_band: float = 0.4
    """in wider bands,"""
    free_cut: float = 3.0
    """kept where they cut through no more ink, in pixels of a strip. With these, 0.86 of the digits
    of touching strings are cut out well; with one band and a coarser grid 0.83."""
    leaning_band: float = 0.1
    """How far a cut may leave its column where leaning ones are tried as well: with these and
    stretches from 0.4 on, all digits of 0.78 of touching strings are cut out well, with wider bands
    of 0.66."""
    wide_stretch: float = 0.4
    """Ink without a free cut that is so wide, in digit heights, may be digits: cuts are tried"""
    lean: float = 0.4
    """that lean by so many columns a row,"""
    leaning_cut: float = 8.0
    """through no more ink than this, in pixels of a strip,"""
    least_leaning: float = 12.0
    """and with more than this between them and others."""
    seam_bend: float = 0.02
    """What a step aside costs, in pixels of ink."""
    most_cut: float = 0.6
    """The most ink that is cut through, in digit heights."""
    upright_ink: float = 0.33
    """Columns of an upright stroke hold this much ink, in digit heights;"""
    shared_strokes: float = 1.2
    """one that is this many strokes wide may be shared by two digits; looked at."""
    least_atom: float = 3.0
    """Cuts with less ink between them, in pixels of a strip, are one."""
    most_atoms: int = 30
    """The most pieces between neighbouring cuts that one digit is made of."""
    widest: float = 1.5
    """The widest digit, in digit heights."""
    least_bowed: int = 5
    """So many digits tell that a line is curved,"""
    least_bow: float = 0.3
    """where its middle leaves the straight way between its ends by this, in digit heights,"""
    bowed_share: float = 0.5
    """and where digits leave the curve by this share of what they leave a straight line by."""
    slants: int = 15
    """How many slants are tried."""

    # Rules and frames, told by drawn strings in frames, on rules and on plain paper.
    least_walls: int = 3
    """So many walls tell how wide each of equal boxes in a row is;"""
    pitch_slack: float = 0.12
    """walls stand this near to where they should, in boxes' widths;"""
    hidden_ink: float = 0.85
    """one that digits hide has ink on this share of its way from side to side."""
    reduced_stroke: float = 3.0
    """Pixels of a stroke's width in the reduced image in which rules are looked for."""
    most_strokes: float = 30.0
    """Digits are at most so many strokes high; a grid is higher."""
    regauge: float = 0.6
    """Where less than this share of the height is left, rules are looked for once more."""
    dot_gap: float = 1.5
    """The gap between a rule's dots, in strokes and a pixel, that counts as rule,"""
    dot_gap_height: float = 0.1
    """and in digit heights: digits are farther apart."""
    rule_thickness: float = 1.5
    """A rule is at most so many strokes thick, and a pixel,"""
    rule_height: float = 0.15
    """and so many digit heights: bold digits have strokes of 0.2."""
    least_run: float = 0.2
    """A rule's rows are inked for this length at once, in digit heights;"""
    least_run_px: int = 4
    """and for so many pixels."""
    most_tilt: float = 0.15
    """Rows a column that a rule may climb: 8.5 degrees."""
    most_segments: int = 200
    """Only the longest so many straight pieces are looked at."""
    chain_bend: float = 0.04
    """Two pieces of a rule lie so many rows a column of the gap off each other's line."""
    chain_overlap: float = 0.1
    """They overlap by at most this, in digit heights."""
    crossing_gap: float = 0.9
    """A digit that crosses a rule hides this length of it, in digit heights,"""
    gap_ink: float = 0.7
    """and of that this share is ink;"""
    gap_samples: int = 16
    """so many pixels of the gap are looked at."""
    dash_gap: float = 0.12
    """A gap on paper between dashes; the bars of 7s are farther apart."""
    sure_length: float = 1.5
    """A piece of this length is no digit's bar,"""
    sure_gap: float = 1.5
    """and the rule may be broken for this length beside it."""
    extended_length: float = 1.2
    """A piece of this length goes on where it runs into ink,"""
    most_extended: float = 2.0
    """for so many digit heights at most."""
    rule_length: float = 2.0
    """The shortest rule, in digit heights; bars that touch make up to 1.8."""
    rule_across: float = 0.85
    """A shorter one is a rule too if it goes across this share of the image"""
    least_across: float = 1.2
    """and is this long: two digits in a close crop may share a bar."""
    post_length: float = 3.0
    """The same for one that stands; of a display's digits only half the height may be known."""
    edge_covered: float = 0.9
    """On the image's edge a rule is a margin, unless digits hide more of it than this leaves."""
    least_covered: float = 0.4
    """The share of a rule's columns in which it is alone."""
    box_side: float = 0.35
    """The shortest lying side of a box, in heights of a digit or, where they touch, of the box;"""
    box_wall: float = 0.6
    """and the shortest standing one;"""
    low_wall: float = 0.25
    """between the ends of two rules, the shortest."""
    bend_px: float = 0.35
    """A rule leaves its line by this, standard deviation in pixels,"""
    bend: float = 0.01
    """and this share of its length; the sides of a round 0 by 0.04."""
    corner_slack: float = 0.1
    """The sides of a box end this near each other, and within their thickness."""
    wall_thickness: float = 1.3
    """A wall is at most so many times as thick as the rule it stands on, and two pixels."""
    box_content: float = 0.3
    """Share of the rows in a box that have ink beside its sides."""
    alike: float = 0.06
    """The other boxes of a row end where this one does, in its heights, and a pixel."""
    least_teeth: int = 3
    """A comb has so many teeth or more,"""
    tooth_spread: float = 0.06
    """that differ by this share of their height, and a pixel."""
    overhang: float = 0.15
    """A rule goes on so far where no thin ink is seen, in digit heights."""
    rule_slack: float = 0.3
    """Ink this share thicker than a rule, and a pixel, is the rule alone."""
    bridged_gap: float = 0.45
    """A box's side hides the round of a digit for this length at most, in digit heights,"""
    bridged_part: float = 0.6
    """also where it parts the digit from a part that reaches less far from it; drawn strings."""
    darker_share: float = 0.4
    """A darker view's threshold goes this far towards the darkest ink; looked at."""
    gap_strokes: float = 1.0
    """Gaps up to this many strokes wide are closed in a closed view; looked at."""
    level_deg: float = 12.0
    """Rows that climb or fall less are read as lines are."""
    direction_spread_deg: float = 20.0
    """Components stand in a row if their steps differ by no more from the usual one,"""
    direction_share: float = 0.6
    """for this share of them."""
