"""The colours of the synthetic scenes, and how they are mixed.

A colour is a string ``"#rrggbb"``. One that several scenes share has its name here; one that only
a single drawing uses stands where it is used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLACK, WHITE = "#101014", "#ffffff"
RED, ORANGE, AMBER, YELLOW = "#c0392b", "#e67e22", "#d9a21b", "#f2c14e"
GREEN, BLUE, NAVY, VIOLET = "#27ae60", "#2e86c1", "#2c3e50", "#5d4b8c"
BRICK, UMBER, CHARCOAL, DARK_CLOTH = "#b0563b", "#4a4038", "#33363b", "#2b2f3a"
STEEL, IRON, CABLE = "#b9bcc0", "#30363c", "#39424c"
SKY_BLUE, FIR_GREEN, PETAL, SAILCLOTH = "#5d9bd8", "#2f5a3c", "#f4f1e2", "#fbf6e8"
SIGNAL_RED, SIGNAL_YELLOW, HEADLIGHT = "#c8202a", "#e0b12f", "#fff3c4"
SKIN = "#d9a480"

GLASS = ("#b4cad8", "#4d6272")
"""A window by day, from its upper edge to its lower."""

SHIRTS = (RED, BLUE, YELLOW, "#e8e6e1", GREEN, "#d35f9b", ORANGE, VIOLET)
TROUSERS = (NAVY, UMBER, "#1f2a44", "#6b705c", CHARCOAL)
SKINS = ("#f0c9a8", SKIN, "#a86f4a", "#704527")
VEHICLES = ("#b3262e", "#1f5fa8", "#e9e9e6", "#2b2e33", AMBER, "#3b7d5b", "#9aa3ab", "#7b3f8c")
WALLS = ("#b5694e", "#d8b98a", "#8e9aa6", "#c98b6b", "#e3d6bf", "#7c8f7a", "#a45a52", "#cfc4b2")
LEAVES = ("#3f6b35", "#557d3a", FIR_GREEN, "#6f8a3a", "#8a7a33")
AWNINGS = (RED, BLUE, YELLOW, GREEN, ORANGE, VIOLET)

SKIES = (
    (SKY_BLUE, "#dcecf5"),
    ("#7fa6c9", "#f3e6d0"),
    ("#8db3cf", "#f6d9c4"),
    ("#9aa9b8", "#dfe4e8"),
)
"""By day, from the zenith to the horizon: clear, hazy, morning, overcast."""


def rgb(colour: str) -> NDArray[np.float32]:
    """The colour ``"#rrggbb"`` as (3,) float32 in [0, 255].

    >>> rgb("#ff8000").tolist()
    [255.0, 128.0, 0.0]
    """
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32)


def blend(first: str, second: str, *, share: float) -> str:
    """The colour that is made of ``1 − share`` of the first and ``share`` of the second.

    >>> blend("#000000", "#ffffff", share=0.5)
    '#808080'
    """
    mixed = np.clip(rgb(first) * (1.0 - share) + rgb(second) * share, 0, 255)
    return "#" + "".join(f"{round(float(value)):02x}" for value in mixed)


def darken(colour: str, *, share: float = 0.3) -> str:
    """The colour in shadow: ``share`` of it is black."""
    return blend(colour, BLACK, share=share)


def lighten(colour: str, *, share: float = 0.18) -> str:
    """The colour in the sun: ``share`` of it is white."""
    return blend(colour, WHITE, share=share)


def pick(rng: np.random.Generator, choices: Sequence[str]) -> str:
    """One of the choices, each as likely."""
    return choices[int(rng.integers(len(choices)))]
