"""The hand of a writer: what makes the digits of one person look alike."""

from dataclasses import dataclass

import numpy as np

from digitstring.samples.forms import FORMS, MAX_POINTS, Floats, Form

_VALUES = tuple(FORMS)
_SHARES = {
    value: np.array([form.share for form in forms]) / sum(form.share for form in forms)
    for value, forms in FORMS.items()
}
_LADDERS = {value: np.cumsum(shares) for value, shares in _SHARES.items()}
_PROPORTIONS = (0.15, 0.06, 0.2, 0.05)
"""Standard deviations of `Hand.proportions`, chosen by eye beside MNIST's training digits."""


@dataclass(frozen=True, eq=False)
class Hand:
    """One writer with one pen; lengths are fractions of the digit's height.

    habits (10, MAX_POINTS, 2): where this writer's control points differ from the copybook.
    proportions (10, 4): how the shape of each digit differs as a whole: wider; waist lower; head
    narrower than foot; belly to the right.
    """

    favourites: tuple[Form, ...]
    """The form preferred for each digit, 0 to 9."""
    loyalty: float
    """How often the preferred form is taken, 0 to 1."""
    habits: Floats
    proportions: Floats
    unsteadiness: float
    """Standard deviation of a control point from digit to digit."""
    pen_frac: float
    """Width of the line."""
    contrast: float
    """How much wider a broad nib writes across its edge than along it, 0 to 1."""
    nib_deg: float
    """Direction of the nib's edge."""
    pressure: float
    """How much the width wanders along a stroke, 0 to 1."""
    taper: float
    """How much thinner a stroke is at its ends, 0 to 1."""
    slant: float
    """Shear to the right: columns for each row upwards."""
    tilt_deg: float
    """Turn of each digit, clockwise."""
    aspect: float
    """Width of a digit relative to the copybook's."""
    rounding: float
    """How far corners are cut, 0 to 1."""

    def pick_form(self, value: str, rng: np.random.Generator) -> Form:
        """Choose the form of the next `value`: mostly the preferred one."""
        if rng.random() < self.loyalty:
            return self.favourites[int(value)]
        return _any_form(value, rng)


def random_hand(rng: np.random.Generator) -> Hand:
    """Meet a new writer: ballpoint, felt pen, marker or broad nib, steady or not."""
    broad_nib = rng.random() < 0.2
    sloppiness = rng.beta(1.6, 2.4)
    return Hand(
        favourites=tuple(_any_form(value, rng) for value in _VALUES),
        loyalty=float(rng.uniform(0.8, 1.0)),
        habits=rng.normal(0, 0.012 + 0.06 * sloppiness, (len(_VALUES), MAX_POINTS, 2)),
        proportions=rng.normal(0, _PROPORTIONS, (len(_VALUES), len(_PROPORTIONS))),
        unsteadiness=float(0.005 + 0.05 * sloppiness * rng.random()),
        pen_frac=float(np.exp(rng.uniform(np.log(0.04), np.log(0.19)))),
        contrast=float(rng.uniform(0.3, 0.8)) if broad_nib else float(rng.uniform(0, 0.15)),
        nib_deg=float(rng.uniform(20, 70)),
        pressure=float(rng.uniform(0, 0.25)),
        taper=float(rng.uniform(0, 0.5)) if rng.random() < 0.4 else 0.0,
        slant=float(np.clip(rng.normal(0.16, 0.24), -0.4, 0.85)),
        tilt_deg=float(rng.normal(0, 3)),
        aspect=float(np.exp(rng.normal(0.16, 0.22))),
        rounding=float(rng.beta(1.2, 2.0)),
    )


def _any_form(value: str, rng: np.random.Generator) -> Form:
    return FORMS[value][int(np.searchsorted(_LADDERS[value], rng.random() * 0.999999))]
