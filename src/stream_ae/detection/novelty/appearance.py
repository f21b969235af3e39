"""How unlike anything before the foreground looks to the network, by place."""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows
from stream_ae.kernels.neighbours import NEAREST, describe, nearest
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
    """Distances to the nearest descriptions of a reservoir (Vitter 1985), of constant size.

    What is described is by how much the latent differs from its running mean at each position, each
    channel in units of its usual difference.

    Args:
        seed: of the directions and of what is remembered.
    """

    def __init__(self, *, seed: int) -> None:
        self._remembered = np.zeros((BANDS, REMEMBERED, DIRECTIONS), np.float32)
        self._seen = np.zeros(BANDS, np.int64)
        self._mean: Rows | None = None
        self._square: Rows | None = None  # (channels, 1, 1), mean square of the differences
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
        found = np.zeros(cells.shape, np.float32)
        unusual = self._unusual(latent, step=step)
        places = np.argwhere(_mean_3x3(cells) > _FOREGROUND)
        if self._frames > _SETTLED and len(places):
            rows = np.ascontiguousarray(unusual.transpose(1, 2, 0))
            directions = _directions(latent.shape[0], self._seed)
            self._compare(describe(rows, places, directions=directions), places, found)
        return found

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        return {
            "remembered": torch.from_numpy(self._remembered.copy()),
            "seen": torch.from_numpy(self._seen.copy()),
            "mean": _saved(self._mean),
            "square": _saved(self._square),
            "frames": self._frames,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._remembered[:] = state["remembered"].numpy()
        self._seen[:] = state["seen"].numpy()
        self._mean, self._square = _loaded(state["mean"]), _loaded(state["square"])
        self._frames = state["frames"]

    def _unusual(self, latent: Rows, *, step: float) -> Rows:
        """By how much a latent differs from the usual one, before it is a part of that."""
        self._frames += 1
        rate = np.float32(max(1 - math.exp(-step / _MEAN), 1 / self._frames))
        mean = latent if self._mean is None else self._mean
        unusual = latent - mean
        self._mean = mean + rate * unusual
        square = (unusual**2).mean(axis=(1, 2), keepdims=True)
        usual = square if self._square is None or self._frames == 2 else self._square
        self._square = usual + rate * (square - usual)
        whitened: Rows = unusual / np.sqrt(usual + _LEAST_SQUARE)
        return whitened

    def _compare(self, described: Rows, places: NDArray[np.int64], found: Rows) -> None:
        chance = np.random.default_rng((self._seed, self._frames))
        bands = places[:, 0] * BANDS // len(found)
        for band in np.unique(bands):
            of_band = bands == band
            ours, at = described[of_band], places[of_band]
            count = min(int(self._seen[band]), REMEMBERED)
            if count >= NEAREST:
                found[at[:, 0], at[:, 1]] = nearest(ours, self._remembered[band, :count])
            for one in ours[chance.integers(len(ours), size=LEARNED)]:
                self._remember(one, band=band, chance=chance)

    def _remember(self, one: Rows, *, band: int, chance: np.random.Generator) -> None:
        seen = int(self._seen[band])
        at = seen if seen < REMEMBERED else int(chance.integers(seen + 1))
        if at < REMEMBERED:
            self._remembered[band, at] = one
        self._seen[band] += 1


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


def _mean_3x3(cells: Rows) -> Rows:
    padded = np.pad(cells, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    total: Rows = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return total / np.float32(9)
