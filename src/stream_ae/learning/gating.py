"""Sleep while nothing happens: which frames are neither predicted nor learned.

Where learning no longer pays (:mod:`stream_ae.learning.payoff`), a frame that differs from the last
one learned by noise only is scored against the reconstruction at hand, which was made of frames
before it. It is compared with the last one *learned*, and so is its error: what creeps (dusk, a
drift, an exposure) adds up until it wakes the learner. The first change does at once. Meanwhile
every 2nd frame is learned all the same, then every 4th, and in the end every 32nd.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stream_ae.learning.history import History
from stream_ae.learning.payoff import Payoff
from stream_ae.learning.prediction import Seen
from stream_ae.learning.step import Update
from stream_ae.nn.autoencoder import Reconstruction
from stream_ae.storage.state_file import SavedState

STILL = 0.0005
"""Up to this share of changed pixels nothing changed: 25 pixels, a few specks of noise."""

SLACK = 1.02
"""A squared error up to this multiple of that of the first frame slept is none the worse."""

OF_ANOTHER = 1.3
"""The same of the reconstruction of one frame, where another one is asked: it has the noise of its
own, and none of the other's."""

WORN, LEAST_WORN = 0.025, 2.5e-6
"""How much worse the reconstruction at hand may be than a new one: a share of the squared error, or
that much of it, whichever is more."""

FIRST, LAST = 2, 32
"""One frame in this number is learned at the beginning of a sleep, and at most."""

MEANS = 4
"""Reconstructions that the one at hand is the mean of; each has a little of its frame's noise."""


@dataclass(frozen=True, slots=True)
class _Hand:
    """What is at hand.

    Args:
        frame: the last one learned, (1, 3, h, w).
        image: its reconstruction, the mean of up to :data:`MEANS` in a row.
        latent: of the frame.
        count: of reconstructions in the mean.
    """

    frame: Tensor
    image: Tensor
    latent: Tensor
    count: int


class Gate:
    """Whether a frame is slept through; every frame is taken in afterwards.

    Args:
        is_on: False never sleeps, and keeps nothing.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on, self._is_asleep = is_on, False
        self._payoff = Payoff()
        self._hand: _Hand | None = None
        self._mse = self._base = math.nan  # of the last frame learned, of the first slept since
        self._excess = math.inf  # of the reconstruction at hand, above that of a new one
        self._slept, self._every = 0, FIRST
        self._is_same, self._error = False, math.nan  # of the frame being asked about

    def at_hand(self, seen: Seen, history: History) -> Reconstruction | None:
        """The reconstruction that a frame may be scored against; None where it is to be learned.

        Args:
            seen: the frame.
            history: that knows what is noise.
        """
        self._is_same = False
        hand = self._hand
        if hand is None or seen.begins or hand.frame.shape != seen.target.shape:
            return None
        made = Reconstruction(hand.image, hand.latent)
        self._error = seen.error_of(made)
        most = SLACK * self._base if self._slept else OF_ANOTHER * self._mse
        if self._error <= most:
            self._is_same = history.changed_since(hand.frame, seen.target) <= STILL
        may_sleep = self._is_same and self._is_free() and self._slept < self._every - 1
        return made if may_sleep else None

    def take(self, seen: Seen, made: Reconstruction, *, mse: float, update: Update) -> Update:
        """Take a frame in.

        Args:
            seen: the frame.
            made: what it was scored against.
            mse: its squared error, before it was learned.
            update: what was done with it.

        Returns:
            The same, and whether the learner is asleep.
        """
        if not self._is_on:
            return update
        if not update.learned:
            self._sleep(mse)
        else:
            if self._hand is not None and self._is_same:
                self._look_again(seen, made, mse=mse, hand=self._hand)
            else:
                self._wake()
                self._hand = _Hand(seen.target.clone(), *_detached(made), 1)
                self._excess = math.inf
            self._mse, self._base, self._slept = mse, math.nan, 0
        return replace(update, asleep=self._is_asleep)

    def _is_free(self) -> bool:
        """Whether a frame that shows nothing new may be slept through."""
        is_close = self._excess <= max(WORN * self._mse, LEAST_WORN)
        return is_close and self._payoff.is_spent(self._mse)

    def _sleep(self, mse: float) -> None:
        if not self._slept:
            self._base = mse
        self._is_asleep = True
        self._slept += 1
        self._payoff.skip()

    def _look_again(self, seen: Seen, made: Reconstruction, *, mse: float, hand: _Hand) -> None:
        """Learn a frame that shows nothing new, since learning pays or it was its turn."""
        self._payoff.add(mse, before=self._mse)
        self._excess = self._error - mse
        count = min(hand.count + 1, MEANS)
        image, latent = _detached(made)
        self._hand = _Hand(
            seen.target.clone(), torch.lerp(hand.image, image, 1.0 / count), latent, count
        )
        if self._slept:
            self._every = min(2 * self._every, LAST)
        if not self._is_free():
            self._wake()

    def _wake(self) -> None:
        self._is_asleep, self._every = False, FIRST

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes; ``at_hand`` holds pixels, and may be None."""
        hand = self._hand
        return {
            "gate": {
                **self._payoff.state_dict(),
                "is_asleep": self._is_asleep,
                "mse": self._mse,
                "base": self._base,
                "excess": self._excess,
                "slept": self._slept,
                "every": self._every,
            },
            "at_hand": hand and {name: getattr(hand, name) for name in _Hand.__slots__},
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; without ``at_hand``, the next frame is learned.

        Of an earlier version nothing is taken over: it starts awake, knowing nothing.
        """
        saved, hand = state["gate"], state.get("at_hand")
        if "is_asleep" not in saved:
            return
        self._payoff.load_state_dict(saved)
        self._is_asleep = bool(saved["is_asleep"])
        self._mse, self._base = float(saved["mse"]), float(saved["base"])
        self._excess = float(saved["excess"])
        self._slept, self._every = int(saved["slept"]), int(saved["every"])
        self._hand = None if hand is None else _Hand(**hand)


def _detached(made: Reconstruction) -> Reconstruction:
    return Reconstruction(made.image.detach(), made.latent.detach())
