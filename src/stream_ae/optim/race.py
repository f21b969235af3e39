"""Which of several step sizes learns best, as the samples that come next say.

Along a line that one sample was asked about, its loss says "explain me fully", whatever that does
to all others. How long a step should be for the *stream* shows only later, on samples that it has
not seen, and only in weights that took such steps for a while. So three copies of the weights learn
the same stream at three rates, each twice the one before. Every copy is scored on each sample
before it learns it (prequential: Gama, Sebastião, Rodrigues 2013), and the one in the lead is what
the user sees. At the end of a block the race moves on: where the fastest copy leads, the slowest
is replaced by one that is faster still, and the other way round (as populations of Jaderberg et
al. 2017, "Population Based Training of Neural Networks", exploit and explore).

Here are the scores and the decisions; the weights are :mod:`stream_ae.optim.bounded_gd`'s.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from typing import TypedDict

from stream_ae.optim.step_size import CAP, BoundState, new_bound_state

COPIES, SPREAD = 3, 2.0
"""Copies of the weights, and the rate of each over that of the one before."""

FIRST_RATE, LEAST_RATE = 0.004, 1e-5
"""Rate of the middle copy at first, and the least one of any. Entries of the direction are about 1,
so this is what Adam is usually tried at. The bound keeps it from overshooting where it is too high.
"""

FIRST_BLOCK, LONGEST_BLOCK = 16, 64
"""Steps of the first block, in samples; each is twice as long as the one before, up to the last."""

DECAY = 0.98
"""Of the running means of the losses: about the last 50 samples count."""

LEAD, FIRST_LEAD = 0.02, 8
"""A copy takes the lead where its mean is lower by more than this share, from this sample on: two
that are as good as each other should not take turns."""

LOST = 0.5
"""A copy whose mean is higher by more than this share goes on from the leader's weights."""

WORSE = 0.1
"""A block is undone if over its samples the leader lost more, by over this share, than the weights
that the block began with. So no block can make the weights much worse than they were."""


class Runner(TypedDict):
    """All plain numbers of a copy.

    Args:
        rate: bound of its α.
        loss: running mean of its losses.
        age: losses in it.
        steps: gradients that its direction has taken in.
        line: what its bound remembers.
    """

    rate: float
    loss: float
    age: int
    steps: int
    line: BoundState


class RaceState(TypedDict):
    """All that a race remembers; plain numbers, so that they can be saved.

    Args:
        runners: from the slowest to the fastest.
        leader: the number of the one whose weights the user sees.
        block: samples of this block.
        left: of them, those still to come.
        led: sum of the leader's losses in this block.
        stayed: sum of the losses of the weights that the block began with.
    """

    runners: list[Runner]
    leader: int
    block: int
    left: int
    led: float
    stayed: float


def new_race_state() -> RaceState:
    """A race before its first sample."""
    middle = COPIES // 2
    rates = [FIRST_RATE * SPREAD ** (number - middle) for number in range(COPIES)]
    return {
        "runners": [
            {"rate": rate, "loss": 0.0, "age": 0, "steps": 0, "line": new_bound_state()}
            for rate in rates
        ],
        "leader": middle,
        "block": FIRST_BLOCK,
        "left": FIRST_BLOCK,
        "led": 0.0,
        "stayed": 0.0,
    }


class Race:
    """The scores of a race; a view of the numbers that it is made from.

    Args:
        state: from :func:`new_race_state`, or what it became; changed in place.
    """

    def __init__(self, state: RaceState) -> None:
        self._state = state

    @property
    def leader(self) -> int:
        """The number of the copy in the lead."""
        return self._state["leader"]

    def score(self, losses: Sequence[float], *, stayed: float) -> bool:
        """Take in the losses of all copies on one sample; True if that ends a block.

        Args:
            losses: of each before its step; infinite or NaN where a copy has failed. The leader's
                is finite.
            stayed: loss of the weights that the block began with.
        """
        state = self._state
        for runner, loss in zip(state["runners"], losses, strict=True):
            runner["age"] += 1
            share = max(1.0 - DECAY, 1.0 / runner["age"])
            runner["loss"] += share * (loss - runner["loss"])
            if not math.isfinite(runner["loss"]):
                runner["loss"] = math.inf
        state["led"] += losses[state["leader"]]
        state["stayed"] += stayed if math.isfinite(stayed) else math.inf
        state["left"] -= 1
        means = [runner["loss"] for runner in state["runners"]]
        best = means.index(min(means))
        old_enough = state["runners"][0]["age"] >= FIRST_LEAD
        if old_enough and _is_more(means[state["leader"]], than=means[best], share=LEAD):
            state["leader"] = best
        return state["left"] <= 0

    def next_block(self) -> tuple[list[int], bool]:
        """Decide how the race goes on, and begin the next block.

        Returns:
            For each copy the number of the one whose weights it goes on from; and whether the
            block is undone, so that those are the weights that it began with.
        """
        state = self._state
        leader, undone = state["leader"], _is_more(state["led"], than=state["stayed"], share=WORSE)
        origins, change = [*range(COPIES)], 1.0
        slowest, fastest = state["runners"][0]["rate"], state["runners"][-1]["rate"]
        if undone:
            origins = [leader] * COPIES
            change = 1.0 / SPREAD if slowest > LEAST_RATE else 1.0
        elif leader == COPIES - 1 and fastest < CAP:
            origins, change, leader = [*origins[1:], leader], SPREAD, leader - 1
        elif leader == 0 and slowest > LEAST_RATE:
            origins, change, leader = [0, *origins[:-1]], 1.0 / SPREAD, 1
        else:
            least = state["runners"][leader]["loss"]
            lost = [_is_more(one["loss"], than=least, share=LOST) for one in state["runners"]]
            origins = [leader if has_lost else k for k, has_lost in zip(origins, lost, strict=True)]
        rates = [change * runner["rate"] for runner in state["runners"]]
        state["runners"] = [deepcopy(state["runners"][origin]) for origin in origins]
        for runner, rate in zip(state["runners"], rates, strict=True):
            runner["rate"] = rate
        state["leader"] = leader
        state["block"] = state["left"] = min(2 * state["block"], LONGEST_BLOCK)
        state["led"] = state["stayed"] = 0.0
        return origins, undone


def _is_more(loss: float, *, than: float, share: float) -> bool:
    """Whether a loss is higher by more than a share; losses may be negative."""
    return loss - than > share * abs(than)
