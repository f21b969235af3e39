"""How unlike anything before the foreground looks to the network, by place."""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows
from stream_ae.kernels.neighbours import NEAREST, describe, nearest, remember
from stream_ae.kernels.windows import mean_around
from stream_ae.storage.state_file import SavedState

REACH, WIDTH = 5, 3
"""Positions of the latent in a window, up and across: a person again, 40 × 24 pixels."""

DIRECTIONS = 48
"""Random directions that a window's 240 values are projected to."""

BANDS, REMEMBERED = 8, 400
"""Bands of rows that remember for themselves, and how many descriptions each keeps."""

LEARNED = 2
"""Descriptions that a band learns of a frame, chosen by chance: one thing that stands for an
hour must not fill what is remembered."""

_MEAN = 5.0  # seconds of which the running mean of each position is
_SETTLED = 20  # frames until the mean is one
_LEAST_SQUARE = np.float32(1e-6)  # a channel that never differs does not count
_FOREGROUND = 0.25  # share of 3 × 3 positions that must be foreground


class Appearance:
    """Distances to the nearest descriptions of a reservoir, of constant size.

    What is described is by how much the latent differs from its running mean at each position, each
    channel in units of its usual difference.

    Args:
        seed: of the directions and of what is remembered.
    """

    def __init__(self, *, seed: int) -> None:
        self._remembered = np.zeros((BANDS, REMEMBERED, DIRECTIONS), np.float32)
        self._seen = np.zeros(BANDS, np.int64)
        self._mean: Rows | None = None
        self._square: Rows | None = None  # (channels,), mean square of the differences
        self._chance = np.full(1, seed, np.uint64)
        self._frames, self._seed = 0, seed

    def distances(self, latent: Rows, *, cells: Rows, step: float) -> Rows:
        """How far each place is from all that is remembered; then some are remembered.

        Args:
            latent: (channels, rows, columns) float32.
            cells: (rows, columns) float32, share of each that is foreground.
            step: seconds since the frame before.

        Returns:
            (rows, columns) float32; 0 where there is no foreground or nothing to compare with.
        """
        latent = np.ascontiguousarray(latent)  # as a saved mean lies: sums depend on it
        self._frames += 1
        rate = np.float32(max(1 - math.exp(-step / _MEAN), 1 / self._frames))
        if self._mean is None:
            self._mean = latent
        unusual = latent - self._mean
        self._mean = self._mean + rate * unusual
        found = np.zeros(cells.shape, np.float32)
        places = np.argwhere(mean_around(cells) > _FOREGROUND)
        if len(places) and self._frames > 1:
            rows = self._whitened(unusual, rate=rate)
            directions = _directions(latent.shape[0], self._seed)
            if self._frames > _SETTLED:
                self._compare(describe(rows, places, directions=directions), places, found)
        return found

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        return {
            "remembered": torch.from_numpy(self._remembered.copy()),
            "seen": torch.from_numpy(self._seen.copy()),
            "mean": _saved(self._mean),
            "square": _saved(self._square),
            "chance": int(self._chance[0]),
            "frames": self._frames,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._remembered[:] = state["remembered"].numpy()
        self._seen[:] = state["seen"].numpy()
        self._mean, self._square = _loaded(state["mean"]), _loaded(state["square"])
        self._chance[0] = state["chance"]
        self._frames = state["frames"]

    def _whitened(self, unusual: Rows, *, rate: np.float32) -> Rows:
        """In units of the usual difference of each channel, (rows, columns, channels)."""
        square = (unusual**2).mean(axis=(1, 2))
        usual = square if self._square is None else self._square
        self._square = usual + rate * (square - usual)
        rows: Rows = np.ascontiguousarray(unusual.transpose(1, 2, 0))
        rows /= np.sqrt(usual + _LEAST_SQUARE)
        return rows

    def _compare(self, described: Rows, places: NDArray[np.int64], found: Rows) -> None:
        """Places come row by row, so that those of a band follow each other."""
        ends = np.searchsorted(places[:, 0] * BANDS // len(found), np.arange(BANDS + 1))
        for band in range(BANDS):
            of_band = slice(ends[band], ends[band + 1])
            ours, at, seen = described[of_band], places[of_band], int(self._seen[band])
            if not len(ours):
                continue
            reservoir = self._remembered[band]
            if seen >= NEAREST:
                found[at[:, 0], at[:, 1]] = nearest(ours, reservoir[:seen])
            for _ in range(LEARNED):
                seen = remember(ours, reservoir, seen=seen, chance=self._chance)
            self._seen[band] = seen


def _saved(array: Rows | None) -> torch.Tensor | None:
    return None if array is None else torch.from_numpy(array.copy())


def _loaded(tensor: torch.Tensor | None) -> Rows | None:
    return None if tensor is None else tensor.numpy().copy()


@lru_cache(maxsize=1)
def _directions(channels: int, seed: int) -> Rows:
    """Random ones, (REACH, WIDTH, channels, DIRECTIONS), that keep distances about as they are."""
    shape = (REACH, WIDTH, channels, DIRECTIONS)
    normal = np.random.default_rng(seed).standard_normal(shape)
    directions: Rows = (normal / DIRECTIONS**0.5).astype(np.float32)
    return directions
