"""How long a step may be without overshooting, from what was seen along the steps before.

Along a direction u the loss is L(α) = L − α g·u + α² c to second order, lowest at α* = g·u / 2 c.
The c of one sample is too noisy to follow; the ratio of running means of g·u and of c is not. All
is plain numbers in one dictionary, so that an optimizer can keep it in its state.
"""

import math

from stream_ae.optim.loss_ema import UsualLoss

PROBE_EVERY, PROBED_FIRST = 16, 5
"""Every so many steps one is probed, and each of the first few."""

JUMP = 1.3
"""A loss this many times its running mean is a cut: probed at once, its line believed."""

STARTING, PAST = 40, 1.6
"""On the first so many steps, and only there, a step may be so many times α*: 1 is the lowest
point, 2 is as high as before. While little is known, going too far costs less than to crawl."""

GROWTH, FIRST, LEAST = 1.6, 2.5e-4, 1e-4
"""Bound of α over the one before; what the first α grows from, and the least that any does."""

CAP = 0.02
"""α, whatever the bound allows: u has entries of about 1, and a sample is not the whole stream.
Frames of a stream are alike and stay under it; samples that have nothing in common need it."""

MEMORY, YOUNG = 0.97, 4
"""Decay of the two running means once they are old, and how they begin: the n-th sample after a cut
weighs about n³, so that the frames on which a scene was new are soon forgotten."""

EPSILON = 1e-12

Numbers = dict[str, float]


class OvershootBound:
    """The bound on α, and all that it remembers.

    Args:
        numbers: from :func:`new_numbers`, or what they became; changed in place.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def follow(self, loss: float, *, again: bool) -> bool:
        """Take a sample's loss in, before its step; True if the step is to be probed.

        Args:
            loss: of the present weights.
            again: the sample is that of the step before, which its loss thus probes for nothing.
        """
        numbers, usual = self._numbers, UsualLoss()
        if again:
            self._learn(loss)
        usual.load_state_dict(numbers)
        numbers["cut"] = float(loss > JUMP * usual.mean)
        usual.add(loss)
        numbers.update(usual.state_dict())
        numbers["loss"], numbers["again"] = loss, float(again)
        numbers["steps"] += 1
        numbers["samples"] += 1
        due = numbers["steps"] <= PROBED_FIRST or numbers["steps"] % PROBE_EVERY == 0
        return due or numbers["cut"] > 0.0

    def longest(self, gain: float, *, length: float, free: float) -> tuple[float, bool]:
        """The α of this step, and whether the bound on overshooting decided it.

        Args:
            gain: g·u.
            length: ‖u‖².
            free: what else limits α.
        """
        numbers = self._numbers
        numbers["slope"], numbers["length"] = gain, length
        curvature = numbers["sharpness"] * length
        share = max(1.0 - MEMORY, YOUNG / (numbers["samples"] + YOUNG - 1.0))
        numbers["gain"] += share * (gain - numbers["gain"])
        numbers["curvature"] += share * (curvature - numbers["curvature"])
        free = min(free, GROWTH * max(numbers["alpha"], LEAST), CAP)
        past = PAST if numbers["steps"] <= STARTING else 1.0
        best = past * lowest(numbers["gain"], curvature=numbers["curvature"])
        if gain > numbers["gain"] > 0.0:  # steeper than usual by r: curved more by r², roughly
            best *= numbers["gain"] / gain
        if numbers["again"]:
            best = min(best, past * lowest(gain, curvature=curvature))  # of the line just seen
        numbers["alpha"] = min(free, best)
        return numbers["alpha"], best < free

    def look_back(self, after: float) -> float:
        """The α to keep, after a probe: less where the step overshot.

        Args:
            after: loss of the sample after the step.
        """
        numbers = self._numbers
        curvature = self._learn(after)
        if not after <= numbers["loss"]:  # so that NaN is worse, too
            best = lowest(numbers["slope"], curvature=curvature)
            numbers["alpha"] = min(best, 0.5 * numbers["alpha"])
        return numbers["alpha"]

    def _learn(self, after: float) -> float:
        """Take in what a step did to its sample's loss, and give its c.

        At the first probe and at a cut the running means begin anew with this sample: what was
        seen before says nothing about where the loss is now. A c that is not finite teaches
        nothing.
        """
        numbers = self._numbers
        alpha, gain, length = (numbers[name] for name in ("alpha", "slope", "length"))
        if alpha == 0.0:
            return math.nan
        curvature = (after - numbers["loss"] + alpha * gain) / alpha**2
        if not math.isfinite(curvature):
            return curvature
        numbers["sharpness"] = max(curvature, 0.0) / max(length, EPSILON)
        if numbers["cut"] or numbers["steps"] <= PROBED_FIRST:
            numbers["samples"] = 1.0
            numbers["gain"] = gain
            numbers["curvature"] = numbers["sharpness"] * length
        return curvature


def new_numbers() -> Numbers:
    """What a bound knows before any step."""
    step = {"loss": 0.0, "slope": 0.0, "length": 0.0, "alpha": FIRST, "again": 0.0, "cut": 0.0}
    means = {"samples": 0.0, "gain": 0.0, "curvature": 0.0, "sharpness": 0.0}
    return {"steps": 0.0, **step, **means, **UsualLoss().state_dict()}


def lowest(gain: float, *, curvature: float) -> float:
    """α* of L − α gain + α² curvature: endless where it only falls, 0 where it only rises.

    >>> lowest(4.0, curvature=2.0)
    1.0
    """
    if gain <= 0.0 or not curvature < math.inf:
        return 0.0
    return gain / (2.0 * curvature) if curvature > 0.0 else math.inf
