"""How large a step may be without overshooting, from what was measured along the steps before.

Along a direction u the loss is, to second order, a parabola in the step size α::

    L(w − α u) ≈ L − α g·u + α² c          g = ∇L,   c = ½ uᵀ H u
    lowest at  α* = g·u / 2 c,             no higher than before up to 2 α*

g·u is known before every step. c is not: it is measured by a *probe*, one more forward pass on the
same sample after the step, as the second difference of the real loss,
c = (L(w − α u) − L + α g·u) / α². The c of one sample is too noisy to follow; the ratio of running
means of g·u and of c is not.

That is the step which explains *this* sample. Whether it was too long for the stream shows on the
next one, whose loss has the slope −g'·u in the α of the step before (Baydin et al. 2018, "Online
Learning Rate Adaptation with Hypergradient Descent", section 2). Where samples are alike, the
longest α grows while that slope falls, and shrinks where it rises.

All memory is plain numbers in one dictionary, so that an optimizer can keep it in its state.
Derivation and measurements: docs/method.md.
"""

import math
from typing import TypedDict

from stream_ae.optim.cuts_and_probes import BOUND_CUT, BOUND_PROBE_EVERY, BOUND_PROBED_FIRST
from stream_ae.optim.effect import TINY
from stream_ae.optim.loss_ema import LossEMA

EARLY_STEPS, EARLY_FACTOR = 40, 1.6
"""On the first 40 steps, and only there, α may be 1.6 α*: α* is the lowest point, 2 α* is as high
as before. While little is known, going too far costs less than going nowhere."""

GROWTH, FIRST, LEAST = 1.6, 2.5e-4, 1e-4
"""Bound of α over the α before; what the first one grows from, and the least that any does."""

CAP, LOWEST_CAP = 0.02, 0.004
"""Bound of α, whatever was measured, and the least that the slope on the next samples makes of it:
u has entries of about 1, and a sample is not the stream."""

ADAPT = 0.2
"""What the bound is multiplied by after a step is e to at most this, up or down. 0.1 is as good for
most streams and slower on still ones, 0.4 no better (docs/experiments/step-size-bound.md)."""

SHARPEST = 1e30
"""A sharper parabola counts as this, so that the running means stay finite. A loss that is another
one each time it is asked for looks like it."""

RESOLUTION = 1e-6
"""Share of a loss that rounding may change. A smaller second difference counts as none: divided by
the square of a tiny α it would be a huge curvature, and α would stay tiny for ever."""

DECAY, YOUNG = 0.97, 4
"""Decay of the two running means once they are old, and the weight of a sample while they are
young: the n-th sample after a cut weighs about n³, so that the first frames of a scene, which are
unlike all later ones, are soon forgotten."""


class BoundState(TypedDict):
    """All that the bound remembers; plain numbers, so that they can be saved.

    Args:
        steps: steps so far.
        samples: samples in the running means since they last began.
        loss: of the present sample, before its step.
        repeated: 1.0 where the sample is that of the step before.
        cut: 1.0 where the loss jumped by :data:`~stream_ae.optim.cuts_and_probes.BOUND_CUT`.
        alpha: α of the last step.
        gain: g·u of the last step.
        squared_norm: ‖u‖² of the last step.
        longest: α may be this long, as the samples after a step say.
        mean_gain: N, running mean of g·u.
        mean_curvature: D, running mean of c.
        sharpness: q = max(c, 0) / ‖u‖² as last probed.
        loss_mean: mean of the scene's losses (:class:`~stream_ae.optim.loss_ema.LossEMA`).
        age: losses of the scene.
    """

    steps: float
    samples: float
    loss: float
    repeated: float
    cut: float
    alpha: float
    gain: float
    squared_norm: float
    longest: float
    mean_gain: float
    mean_curvature: float
    sharpness: float
    loss_mean: float
    age: float


class OvershootBound:
    """The bound on α; a view of the numbers that it is made from.

    Args:
        state: from :func:`new_bound_state`, or what it became; changed in place.
        alike: samples are alike, so that one much worse or steeper than the last ones means a cut.
            Where they are not, such samples are usual: they neither begin the running means again
            nor shorten the step, and the first steps go no further than any other.
    """

    def __init__(self, state: BoundState, *, alike: bool = True) -> None:
        self._state, self._alike = state, alike

    def observe(self, loss: float, *, repeated: bool, slope: float = 0.0) -> bool:
        """Take in the loss of a sample before its step; True if the step is to be probed.

        Args:
            loss: of the present weights.
            repeated: the sample is that of the step before. Its loss then shows what that step
                did, which is a probe without a forward pass of its own.
            slope: g·u with g of this sample, before its step, and u of the step before.
        """
        state = self._state
        if repeated:
            self._measure(loss)
        else:
            self._look_back(slope)
        ema = LossEMA()
        ema.load_state_dict({"loss_mean": state["loss_mean"], "age": state["age"]})
        state["cut"] = float(self._alike and loss > BOUND_CUT * ema.mean)
        ema.add(loss)
        state["loss_mean"], state["age"] = ema.mean, ema.age
        state["loss"], state["repeated"] = loss, float(repeated)
        state["steps"] += 1
        state["samples"] += 1
        due = state["steps"] <= BOUND_PROBED_FIRST or state["steps"] % BOUND_PROBE_EVERY == 0
        return due or state["cut"] > 0.0

    def step_size(self, gain: float, *, squared_norm: float, limit: float) -> tuple[float, bool]:
        """The α of this step, and whether the bound on overshooting decided it.

        ``α = min( N / 2 D,  1.6 α_before,  longest,  limit )``

        Args:
            gain: g·u.
            squared_norm: ‖u‖².
            limit: what else limits α.
        """
        state = self._state
        state["gain"], state["squared_norm"] = gain, squared_norm
        curvature = state["sharpness"] * squared_norm
        share = max(1.0 - DECAY, YOUNG / (state["samples"] + YOUNG - 1.0))
        state["mean_gain"] += share * (gain - state["mean_gain"])
        state["mean_curvature"] += share * (curvature - state["mean_curvature"])
        limit = min(limit, GROWTH * max(state["alpha"], LEAST), self._longest)
        factor = EARLY_FACTOR if self._alike and state["steps"] <= EARLY_STEPS else 1.0
        best = factor * parabola_minimum(state["mean_gain"], curvature=state["mean_curvature"])
        if self._alike and gain > state["mean_gain"] > 0.0:
            # A sample r times steeper than the mean is taken to be curved r² times as much, so its
            # α* is r times smaller. Nearly all overshoots were of this kind.
            best *= state["mean_gain"] / gain
        if state["repeated"]:  # the parabola of this very sample was just measured
            best = min(best, factor * parabola_minimum(gain, curvature=curvature))
        state["alpha"] = min(limit, best)
        return state["alpha"], best < limit

    def backtrack(self, loss: float) -> float:
        """The α to keep after a probe: a smaller one where the step overshot.

        The minimum of the measured parabola, and at most half of the step: a loss that rose puts
        the minimum in its first half, and rounding is not to say otherwise.

        Args:
            loss: of the sample after the step.
        """
        state = self._state
        curvature = self._measure(loss)
        if not loss <= state["loss"]:  # in this form NaN is worse, too
            best = parabola_minimum(state["gain"], curvature=curvature)
            state["alpha"] = min(best, 0.5 * state["alpha"])
        return state["alpha"]

    def _look_back(self, slope: float) -> None:
        """Let the slope along the step before say how long a step may be.

        With r, the slope as a share of that step's own, held to −1 … 1: ``longest ← longest
        e^(0.2 r)``, between 0.004 and 0.02.
        """
        state = self._state
        if state["gain"] > 0.0:
            share = max(-1.0, min(slope / state["gain"], 1.0))
            longest = self._longest * math.exp(ADAPT * share)
            state["longest"] = min(max(longest, LOWEST_CAP), CAP)

    @property
    def _longest(self) -> float:
        return self._state.get("longest", CAP)  # an older state has none

    def _measure(self, loss: float) -> float:
        """Take in what the last step did to its sample's loss, and give its c.

        At the first probes and at a cut both running means begin again with this sample: what was
        seen before says nothing about the loss as it is now. A c that is not finite is not used.
        """
        state = self._state
        alpha, gain, squared_norm = state["alpha"], state["gain"], state["squared_norm"]
        if alpha**2 == 0.0:
            return math.nan
        difference = loss - state["loss"] + alpha * gain
        if abs(difference) < RESOLUTION * abs(state["loss"]):
            difference = 0.0
        curvature = difference / alpha**2
        if not math.isfinite(curvature):
            return curvature
        state["sharpness"] = min(max(curvature, 0.0) / max(squared_norm, TINY), SHARPEST)
        if state["cut"] or state["steps"] <= BOUND_PROBED_FIRST:
            state["samples"] = 1.0
            state["mean_gain"] = gain
            state["mean_curvature"] = state["sharpness"] * squared_norm
        return curvature


def new_bound_state() -> BoundState:
    """What a bound knows before any step."""
    return {
        "steps": 0.0,
        "samples": 0.0,
        "loss": 0.0,
        "repeated": 0.0,
        "cut": 0.0,
        "alpha": FIRST,
        "gain": 0.0,
        "squared_norm": 0.0,
        "longest": CAP,
        "mean_gain": 0.0,
        "mean_curvature": 0.0,
        "sharpness": 0.0,
        "loss_mean": math.nan,
        "age": 0.0,
    }


def parabola_minimum(gain: float, *, curvature: float) -> float:
    """Where L − α gain + α² curvature is lowest, for α ≥ 0.

    Infinite where it falls for ever, 0 where it only rises or the curvature is not finite.

    >>> parabola_minimum(4.0, curvature=2.0)
    1.0
    """
    if gain <= 0.0 or not curvature < math.inf:
        return 0.0
    return gain / (2.0 * curvature) if curvature > 0.0 else math.inf
