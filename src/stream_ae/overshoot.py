"""How long a step may be without overshooting, from what was seen along the steps before.

Along a direction u the loss is L(α) = L − α g·u + α² c to second order, lowest at α* = g·u / 2 c.
The c of one sample is too noisy to follow; the ratio of running means of g·u and of c is not. All
is plain numbers in one dictionary, so that an optimizer can keep it in its state.
"""

import math

from stream_ae.trend import Trend

PROBE_EVERY, PROBED_FIRST = 8, 5
"""Every eighth step is probed, and each of the first five."""

JUMP = 1.3
"""A loss this many times its slow running mean is a cut: probed at once, its line believed."""

ETA = 1.25
"""η, how many times α* a step may be: 1 is the lowest point, 2 is as high as before."""

GROWTH, FIRST, LEAST = 1.3, 3e-4, 1e-4
"""Bound of α over the one before; the first α, the least to grow from."""

CAP = 0.01
"""α, whatever the bound allows: u has entries of about 1, and a sample is not the whole stream."""

MEMORY = 0.97
"""Decay of the two running means, once they are that old."""

EPSILON = 1e-12

Numbers = dict[str, float]


class OvershootBound:
    """The bound on α, and all that it remembers.

    Args:
        numbers: from :func:`new_numbers`, or what they became; changed in place.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def follow(self, loss: float) -> bool:
        """Take a sample's loss in, before its step; True if the step is to be probed."""
        numbers, trend = self._numbers, Trend()
        trend.load_state_dict(numbers)
        numbers["cut"] = float(loss > JUMP * trend.slow)
        trend.add(loss)
        numbers.update(trend.state_dict())
        numbers["steps"] += 1
        numbers["samples"] += 1
        due = numbers["steps"] <= PROBED_FIRST or numbers["steps"] % PROBE_EVERY == 0
        return due or numbers["cut"] > 0.0

    def longest(self, gain: float, *, length: float, free: float) -> tuple[float, bool]:
        """How long this step may be, and whether the bound on overshooting decided it.

        Args:
            gain: g·u.
            length: ‖u‖².
            free: what else limits α.
        """
        numbers = self._numbers
        share = 1.0 - min(
            MEMORY, 1.0 - 2.0 / (numbers["samples"] + 1.0)
        )  # young means are plain ones
        numbers["gain"] += share * (gain - numbers["gain"])
        numbers["curvature"] += share * (numbers["sharpness"] * length - numbers["curvature"])
        free = min(free, GROWTH * numbers["alpha"], CAP)
        best = ETA * lowest(numbers["gain"], curvature=numbers["curvature"])
        if gain > numbers["gain"] > 0.0:  # steeper than usual by r: curved more by r², roughly
            best *= numbers["gain"] / gain
        return min(free, best), best < free

    def learn(self, curvature: float, *, gain: float, length: float) -> None:
        """Take in what a probe showed: c, g·u and ‖u‖²; nothing where c is not finite.

        At the first probe and at a cut the running means begin anew with this sample: what was
        seen before says nothing about where the loss is now.
        """
        if not math.isfinite(curvature):
            return
        numbers = self._numbers
        sharpness = max(curvature, 0.0) / max(length, EPSILON)
        numbers["sharpness"] = sharpness
        if numbers["cut"]:
            numbers["samples"] = 1.0
            numbers["gain"] = gain
        if numbers["cut"] or not numbers["probed"]:
            numbers["curvature"] = sharpness * length
        numbers["probed"] = 1.0

    def remember(self, alpha: float) -> None:
        """The step that was really taken, from which the next may grow."""
        self._numbers["alpha"] = max(alpha, LEAST)


def new_numbers() -> Numbers:
    """What a bound knows before any step."""
    counts = {"steps": 0.0, "samples": 0.0, "alpha": FIRST, "cut": 0.0, "probed": 0.0}
    return {**counts, "gain": 0.0, "curvature": 0.0, "sharpness": 0.0, **Trend().state_dict()}


def lowest(gain: float, *, curvature: float) -> float:
    """α* of L − α gain + α² curvature: endless where it only falls, 0 where it only rises.

    >>> lowest(4.0, curvature=2.0)
    1.0
    """
    if gain <= 0.0 or not curvature < math.inf:
        return 0.0
    return gain / (2.0 * curvature) if curvature > 0.0 else math.inf
