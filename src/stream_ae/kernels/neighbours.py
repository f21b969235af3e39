"""How far descriptions are from the nearest ones that are remembered, and which are remembered.

A reservoir (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R) holds a sample of all
that it was ever given, in constant memory. Chance is splitmix64 (Steele, Lea, Flood 2014), whose
state is one number that can be saved.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

NEAREST = 3
"""Remembered descriptions whose mean distance counts: one alone may be a freak itself."""

Places = NDArray[np.int64]


def describe(latent: Rows, places: Places, *, directions: Rows) -> Rows:
    """Describe what is around some places by its projection to a few random directions.

    Args:
        latent: (rows, columns, channels) float32.
        places: (n, 2) int64, row and column.
        directions: (reach, width, channels, d) float32; the window is reach × width positions,
            both odd, the edges repeated.

    Returns:
        (n, d) float32.
    """
    found = np.zeros((len(places), directions.shape[3]), np.float32)
    _describe(latent, places, directions, found)
    return found


def nearest(descriptions: Rows, remembered: Rows) -> NDArray[np.float32]:
    """The mean distance to the three nearest.

    Args:
        descriptions: (n, d) float32.
        remembered: (m, d) float32; at least three.

    Returns:
        (n,) float32.
    """
    distances = np.empty(len(descriptions), np.float32)
    _nearest(descriptions, remembered, distances)
    return distances


def remember(descriptions: Rows, reservoir: Rows, *, seen: int, chance: NDArray[np.uint64]) -> int:
    """Give a reservoir one of some descriptions, taken by chance.

    Args:
        descriptions: (n, d) float32, n at least 1.
        reservoir: (m, d) float32, changed in place.
        seen: how many it was given before.
        chance: (1,) uint64, the state of the generator, changed in place.

    Returns:
        How many it was given by now.
    """
    _remember(descriptions, reservoir, seen, chance)
    return seen + 1


@loop
def _describe(latent, places, directions, found):
    rows, columns, channels = latent.shape
    reach, width = directions.shape[0], directions.shape[1]
    for n in range(len(places)):
        for i in range(reach):
            for j in range(width):
                row = min(max(places[n, 0] + i - reach // 2, 0), rows - 1)
                column = min(max(places[n, 1] + j - width // 2, 0), columns - 1)
                for k in range(channels):
                    _add(directions[i, j, k], latent[row, column, k], found[n])


@inner_loop
def _add(direction, weight, found):
    for k in range(found.size):
        found[k] += weight * direction[k]


@loop
def _nearest(descriptions, remembered, distances):
    best = np.empty(NEAREST, np.float32)
    for n in range(len(descriptions)):
        best[:] = np.inf
        for m in range(len(remembered)):
            _keep(_squared(descriptions[n], remembered[m]), best)
        total = np.float32(0)
        for k in range(NEAREST):
            total += np.sqrt(best[k])
        distances[n] = total / np.float32(NEAREST)


@inner_loop
def _squared(one, other):
    total = np.float32(0)
    for k in range(one.size):
        total += (one[k] - other[k]) * (one[k] - other[k])
    return total


@inner_loop
def _keep(value, best):
    """Put a value among the smallest, which are in order."""
    for k in range(best.size):
        if value < best[k]:
            value, best[k] = best[k], value


@loop
def _remember(descriptions, reservoir, seen, chance):
    one = descriptions[_draw(chance, len(descriptions))]
    at = seen if seen < len(reservoir) else _draw(chance, seen + 1)
    if at < len(reservoir):
        reservoir[at] = one


@inner_loop
def _draw(chance, below):
    """A whole number from 0 on and below another; of numbers so small, hardly uneven."""
    chance[0] += np.uint64(0x9E3779B97F4A7C15)
    z = chance[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64((z >> np.uint64(1)) % np.uint64(below))
