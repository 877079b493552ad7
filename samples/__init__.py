"""What the project draws itself: digits, strings and pages, with the truth about them.

From a digit to a photo of a page: a writer (`random_hand`) draws digits (`draw_digit`), as do
fonts (`draw_glyph`) and displays (`draw_segments`); `lay_out` sets them in lines and knows their
boxes; `put_on_paper` and the steps after it, or `photograph`, make a photo of the ink.
`render_string` goes all the way. Chance comes from the generator given and from nowhere else.
"""

from digitstring.samples.blots import BLOT_KINDS, draw_blot
from digitstring.samples.forms import FORMS, Form
from digitstring.samples.frames import Frame, draw_frame, random_frame
from digitstring.samples.hands import Hand, random_hand
from digitstring.samples.layout import Layout, Page, Placed, lay_out, random_layout
from digitstring.samples.ligatures import join_digits
from digitstring.samples.paper import (
    add_noise,
    add_texture,
    blur,
    cast_shadow,
    develop,
    dim_unevenly,
    dry_pen,
    lower_resolution,
    press_jpeg,
    print_rules,
    put_on_paper,
)
from digitstring.samples.pictures import Picture, handwriting, photograph, render_string
from digitstring.samples.segments import Display, draw_segments, random_display
from digitstring.samples.strokes import draw_digit
from digitstring.samples.typefaces import (
    BUNDLED,
    Typeface,
    TypefaceError,
    draw_glyph,
    find_typefaces,
    missing_packages,
)

__all__ = [
    "BLOT_KINDS",
    "BUNDLED",
    "FORMS",
    "Display",
    "Form",
    "Frame",
    "Hand",
    "Layout",
    "Page",
    "Picture",
    "Placed",
    "Typeface",
    "TypefaceError",
    "add_noise",
    "add_texture",
    "blur",
    "cast_shadow",
    "develop",
    "dim_unevenly",
    "draw_blot",
    "draw_digit",
    "draw_frame",
    "draw_glyph",
    "draw_segments",
    "dry_pen",
    "find_typefaces",
    "handwriting",
    "join_digits",
    "lay_out",
    "lower_resolution",
    "missing_packages",
    "photograph",
    "press_jpeg",
    "print_rules",
    "put_on_paper",
    "random_display",
    "random_frame",
    "random_hand",
    "random_layout",
    "render_string",
]
