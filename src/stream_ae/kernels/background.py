"""A background of samples: what a pixel has shown, and whether it shows it again.

Barnich and Van Droogenbroeck, "ViBe: A Universal Background Subtraction Algorithm for Video
Sequences", 2011; feedback after St-Charles, Bilodeau and Bergevin, "SuBSENSE", 2015.

A pixel's samples lie colour by colour, so that all of one colour are compared at once. What a loop
draws by chance comes from one generator (xorshift, Marsaglia, 2003), whose state is the caller's:
the same frames give the same background.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

SAMPLES = 16
"""Colours that are kept of each pixel."""

_MATCHES = 3  # samples that must be near, so that one that was learned by mistake does no harm
_RATE = np.float32(0.02)  # of all running means
_FLICKER_GAIN, _WIDEST = np.float32(15.0), np.float32(3.0)
_FLICKERS = np.float32(0.02)  # above it, what is no object is learned as background
_SAME = np.float32(45.0)  # levels over three colours within which a candidate is the same as before
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)

Bytes = NDArray[np.uint8]


class Pixels(NamedTuple):
    """What is known of each pixel; contiguous, and changed in place.

    Args:
        samples: colours that were background, (h, w, 3, 16) uint8.
        mean: running mean of them, (h, w, 3) float32.
        feedback: how often the pixel flickers and how far its samples are from what it shows, as a
            share of the radius, (h, w, 2) float32 in [0, 1].
        counts: frames for which the background and a candidate have been seen, (h, w, 2) int32.
        candidate: colour that may become background, (h, w, 3) uint8.
        last: 1 where no sample was near in the frame before, (h, w) uint8.
        blob: 1 where an object was in the frame before, (h, w) uint8.
        chance: state of the generator, (1,) uint64, not 0.
    """

    samples: Bytes
    mean: Rows
    feedback: Rows
    counts: NDArray[np.int32]
    candidate: Bytes
    last: Bytes
    blob: Bytes
    chance: NDArray[np.uint64]


class Limits(NamedTuple):
    """Numbers that decide what is background.

    Args:
        radius: levels over three colours within which a sample is near.
        absorb: frames after which anything is background.
        patience: how much longer than the background a candidate must have been there.
    """

    radius: float
    absorb: float
    patience: float


def fill(rgb: Bytes, pixels: Pixels, *, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Take the samples and the mean of a rectangle from a frame: of each pixel and those around it.

    Args:
        rgb: (h, w, 3) uint8.
        pixels: samples and mean of them are set, in the rectangle.
        rows: the first, and the one after the last.
        columns: likewise.
    """
    _fill(rgb, pixels.samples, pixels.mean, pixels.chance, *rows, *columns)


def observe(rgb: Bytes, pixels: Pixels, *, limits: Limits) -> tuple[Bytes, Rows]:
    """Compare a frame with the background, then learn it.

    Args:
        rgb: (h, w, 3) uint8.
        pixels: of the frames before.
        limits: what decides.

    Returns:
        (h, w) uint8, 1 where less than three samples are near, and the distance of the nearest one,
        (h, w) float32 in levels over three colours.
    """
    raw, distance = np.empty(rgb.shape[:2], np.uint8), np.empty(rgb.shape[:2], np.float32)
    radius, absorb, patience = (np.float32(limit) for limit in limits)
    _observe(rgb, *pixels[:4], *pixels[4:], radius, absorb, patience, raw, distance)
    return raw, distance


def to_levels(mean: Rows, *, out: Bytes) -> None:
    """Round a picture.

    Args:
        mean: (h, w, 3) float32 in [0, 255].
        out: (h, w, 3) uint8, set.
    """
    _to_levels(mean.reshape(-1), out.reshape(-1))


@loop
def _fill(frame, samples, mean, chance, top, bottom, left, right):
    height, width = frame.shape[:2]
    state = chance[0]
    for y in range(top, bottom):
        for x in range(left, right):
            for k in range(SAMPLES):
                state = _next(state)
                near_y, near_x = _beside(state, y, x, height, width)
                for c in range(3):
                    samples[y, x, c, k] = frame[near_y, near_x, c]
            for c in range(3):
                mean[y, x, c] = np.float32(frame[y, x, c])
    chance[0] = state


@inner_loop
def _next(state):
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@loop
def _observe(
    frame,
    samples,
    mean,
    feedback,
    counts,
    candidate,
    last,
    blob,
    chance,
    radius,
    absorb,
    patience,
    raw,
    far,
):
    height, width = frame.shape[:2]
    state = chance[0]
    for y in range(height):
        for x in range(width):
            pixel, kept, trust = frame[y, x], samples[y, x], feedback[y, x]
            wide = _ONE + _FLICKER_GAIN * trust[0] + trust[1]
            nearest, matches = _compare(pixel, kept, radius * min(_WIDEST, wide))
            is_new, in_blob = matches < _MATCHES, blob[y, x] != 0
            raw[y, x], far[y, x] = is_new, nearest
            flips = np.float32(is_new != (last[y, x] != 0) and not in_blob)
            trust[0] += _RATE * (flips - trust[0])
            state = _next(state)
            if is_new:
                may_learn = not in_blob and trust[0] > _FLICKERS
                _doubt(pixel, kept, counts[y, x], candidate[y, x], may_learn, state)
                _adopt(pixel, kept, mean[y, x], counts[y, x], absorb, patience, state)
            else:
                trust[1] += _RATE * (min(_ONE, nearest / radius) - trust[1])
                _confirm(pixel, mean[y, x], counts[y, x], absorb)
                _learn(frame, samples, y, x, state)
    chance[0] = state
    last[:] = raw


@inner_loop
def _compare(pixel, samples, limit):
    """Distance of the nearest sample, and how many are within the limit."""
    red, green, blue = np.float32(pixel[0]), np.float32(pixel[1]), np.float32(pixel[2])
    nearest, matches = np.float32(765.0), _ZERO
    for k in range(SAMPLES):
        distance = abs(np.float32(samples[0, k]) - red)
        distance += abs(np.float32(samples[1, k]) - green)
        distance += abs(np.float32(samples[2, k]) - blue)
        nearest = min(nearest, distance)
        matches += _ONE if distance <= limit else _ZERO
    return nearest, matches


@inner_loop
def _confirm(pixel, mean, counts, absorb):
    """The background was seen: it is older, its mean follows, a candidate fades."""
    counts[0] = min(counts[0] + 1, np.int64(absorb))
    counts[1] = max(counts[1] - 1, 0)
    rate = max(_RATE, _ONE / np.float32(counts[0]))
    for c in range(3):
        mean[c] += rate * (np.float32(pixel[c]) - mean[c])


@inner_loop
def _learn(frame, samples, y, x, state):
    """One time in 16 the pixel replaces a sample of its own, one time in 16 one of a neighbour."""
    if (state & np.uint64(0x0F)) == np.uint64(0):
        k = np.int64(state >> np.uint64(8)) & 15
        for c in range(3):
            samples[y, x, c, k] = frame[y, x, c]
    if (state & np.uint64(0xF0)) == np.uint64(0):
        k = np.int64(state >> np.uint64(12)) & 15
        near_y, near_x = _beside(state, y, x, frame.shape[0], frame.shape[1])
        for c in range(3):
            samples[near_y, near_x, c, k] = frame[y, x, c]


@inner_loop
def _beside(state, y, x, height, width):
    """A random place of the 3 × 3 around one."""
    near_y = y + np.int64((state >> np.uint64(20)) % np.uint64(3)) - 1
    near_x = x + np.int64((state >> np.uint64(40)) % np.uint64(3)) - 1
    return min(max(near_y, 0), height - 1), min(max(near_x, 0), width - 1)


@inner_loop
def _doubt(pixel, samples, counts, candidate, may_learn, state):
    """Something new was seen: what flickers is learned, and a candidate is older or another one."""
    if may_learn and (state & np.uint64(3)) == np.uint64(0):
        k = np.int64(state >> np.uint64(8)) & 15
        for c in range(3):
            samples[c, k] = pixel[c]
    distance = _ZERO
    for c in range(3):
        distance += abs(np.float32(pixel[c]) - np.float32(candidate[c]))
    if distance <= _SAME:
        counts[1] += 1
        return
    counts[1] -= 2
    if counts[1] <= 2:
        counts[1] = 1
        for c in range(3):
            candidate[c] = pixel[c]


@inner_loop
def _adopt(pixel, samples, mean, counts, absorb, patience, state):
    """A candidate that has been there long enough becomes background."""
    if np.float32(counts[1]) > min(absorb, patience * np.float32(counts[0])):
        first = np.int64(state >> np.uint64(8)) & 15
        for c in range(3):
            for k in range(4):
                samples[c, (first + k) & 15] = pixel[c]
            mean[c] = np.float32(pixel[c])
        counts[0] = counts[1]


@loop
def _to_levels(mean, out):
    for k in range(mean.size):
        out[k] = np.uint8(mean[k] + _HALF)
