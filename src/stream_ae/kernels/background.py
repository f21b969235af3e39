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

GHOST = 2
"""Mark of a place where the background shows something that is gone."""

_MATCHES = 3  # samples that must be near, so that one that was learned by mistake does no harm
_RATE = np.float32(0.02)  # of running means
_RISE, _FALL = np.float32(0.06), np.float32(0.02)  # likewise, of flicker
_FLICKER_GAIN, _WIDEST = np.float32(15.0), np.float32(3.0)
_FLICKERS = np.float32(0.1)  # above it, what is no object is learned as background
_SAME = 45  # levels over three colours within which a candidate is the same as before
_GHOST_SHARE, _GHOST_LEAST = np.float32(0.15), np.float32(4.0)  # of its age, and frames
_GHOST_AGE = np.float32(100.0)  # frames: what stood longer belonged there, and was taken away
_BITS = 8  # of chance for each pixel: four for its own samples, four for those of a neighbour
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)

Bytes = NDArray[np.uint8]


class Pixels(NamedTuple):
    """What is known of each pixel; contiguous, and changed in place.

    Args:
        samples: colours that were background, (h, w, 3, 16) uint8.
        mean: running mean of them, (h, w, 3) float32.
        levels: the same, rounded, (h, w, 3) uint8.
        flicker: how often the pixel turns from background to something else or back, (h, w)
            float32 in [0, 1].
        spread: how far the nearest sample is from what it shows, as a share of the radius,
            likewise.
        age: frames for which the background has been seen, (h, w) int32.
        seen: frames for which a candidate has been seen, (h, w) int32.
        candidate: colour that may become background, (h, w, 3) uint8.
        last: 1 where no sample was near in the frame before, (h, w) uint8.
        blob: 1 where an object was in the frame before, 2 where it was a ghost, (h, w) uint8.
        chance: state of the generator, (1,) uint64, not 0.
    """

    samples: Bytes
    mean: Rows
    levels: Bytes
    flicker: Rows
    spread: Rows
    age: NDArray[np.int32]
    seen: NDArray[np.int32]
    candidate: Bytes
    last: Bytes
    blob: Bytes
    chance: NDArray[np.uint64]


class Limits(NamedTuple):
    """Numbers that decide what is background.

    Args:
        radius: levels over three colours within which a sample is near.
        absorb: frames after which anything is background.
        patience: frames of age that make a background hold out twice as long as its age.
    """

    radius: float
    absorb: float
    patience: float


def fill(rgb: Bytes, pixels: Pixels, *, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Begin again in a rectangle, with what a frame shows there and around.

    Args:
        rgb: (h, w, 3) uint8.
        pixels: of the frames before; all but ``chance`` is set in the rectangle.
        rows: the first, and the one after the last.
        columns: likewise.
    """
    _fill(rgb, pixels.samples, pixels.chance, *rows, *columns)
    where = slice(*rows), slice(*columns)
    for array in (pixels.flicker, pixels.spread, pixels.seen, pixels.last, pixels.blob):
        array[where] = 0
    pixels.age[where] = 1
    for picture in (pixels.mean, pixels.levels, pixels.candidate):
        picture[where] = rgb[where]


def observe(rgb: Bytes, pixels: Pixels, *, limits: Limits) -> tuple[Bytes, NDArray[np.int16]]:
    """Compare a frame with the background, then learn it.

    With flicker V, spread D and age n of a pixel, its own radius is radius · min(3, 1 + 15 V + D).
    What is new becomes background once it was seen for more than min(absorb, n (1 + n / patience))
    frames: a background of which little is known gives way soon, and one whose thing is gone after
    max(0.15 n, 4) frames.

    Args:
        rgb: (h, w, 3) uint8.
        pixels: of the frames before.
        limits: what decides.

    Returns:
        (h, w) uint8, 1 where less than three samples are near, and the distance of the nearest one,
        (h, w) int16 in levels over three colours.
    """
    raw, distance = np.empty(rgb.shape[:2], np.uint8), np.empty(rgb.shape[:2], np.int16)
    _observe(rgb, tuple(pixels), np.array(limits, np.float32), raw, distance)
    pixels.last[...] = raw
    return raw, distance


@loop
def _fill(frame, samples, chance, top, bottom, left, right):
    height, width = frame.shape[:2]
    state = chance[0]
    for y in range(top, bottom):
        for x in range(left, right):
            for k in range(SAMPLES):
                state = _next(state)
                near_y, near_x = _beside(state, y, x, height, width)
                for c in range(3):
                    samples[y, x, c, k] = frame[near_y, near_x, c]
    chance[0] = state


@inner_loop
def _next(state):
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@inner_loop
def _beside(state, y, x, height, width):
    """A random place of the 3 × 3 around one."""
    near_y = y + np.int64((state >> np.uint64(20)) % np.uint64(3)) - 1
    near_x = x + np.int64((state >> np.uint64(40)) % np.uint64(3)) - 1
    return min(max(near_y, 0), height - 1), min(max(near_x, 0), width - 1)


@loop
def _observe(frame, pixels, limits, raw, far):
    """Row by row: what is done to all pixels of a row is done to many at once."""
    samples, mean, levels, flicker, spread, age, seen, candidate, last, blob, chance = pixels
    state, radius, absorb, patience = chance[0], limits[0], limits[1], limits[2]
    width = frame.shape[1]
    rate, rates = np.empty(width, np.float32), np.empty(3 * width, np.float32)
    for y in range(frame.shape[0]):
        is_any = _compare_row(frame[y], samples[y], flicker[y], spread[y], radius, raw[y], far[y])
        _feed_back(raw[y], last[y], blob[y], far[y], radius, flicker[y], spread[y])
        _grow_older(raw[y], np.int32(absorb), age[y], seen[y], rate)
        for x in range(width):  # of each colour, so that all colours are followed at once
            rates[3 * x] = rates[3 * x + 1] = rates[3 * x + 2] = rate[x]
        _follow(frame[y].reshape(-1), rates, mean[y].reshape(-1), levels[y].reshape(-1))
        state = _learn(frame, samples, raw[y], blob, age, y, state)
        for x in range(width if is_any else 0):
            if raw[y, x]:
                state = _next(state)
                is_learned = (state & np.uint64(3)) == np.uint64(0)  # one time in four
                if is_learned and not blob[y, x] and flicker[y, x] > _FLICKERS:
                    _replace(frame[y, x], samples[y, x], np.int64(state >> np.uint64(8)) & 15)
                seen[y, x] = _doubt(frame[y, x], candidate[y, x], seen[y, x])
                longest = _hold_out(np.float32(age[y, x]), patience, blob[y, x])
                if np.float32(seen[y, x]) > min(absorb, longest):
                    _adopt(frame[y, x], samples[y, x], mean[y, x], levels[y, x], state)
                    age[y, x] = seen[y, x]
    chance[0] = state


@inner_loop
def _compare_row(frame, samples, flicker, spread, radius, raw, far):
    """Whether any pixel of a row is no background."""
    found = np.uint8(0)
    for x in range(raw.size):
        wide = min(_WIDEST, _ONE + _FLICKER_GAIN * flicker[x] + spread[x])
        nearest, matches = _compare(frame[x], samples[x], np.int16(radius * wide))
        raw[x], far[x] = matches < _MATCHES, nearest
        found |= raw[x]
    return found != 0


@inner_loop
def _compare(pixel, samples, limit):
    """Distance of the nearest sample, and how many are near; in int16, so that 16 are a vector."""
    red, green, blue = np.int16(pixel[0]), np.int16(pixel[1]), np.int16(pixel[2])
    nearest, matches = np.int16(765), np.int16(0)
    for k in range(SAMPLES):
        one = np.int16(np.int16(samples[0, k]) - red)
        two = np.int16(np.int16(samples[1, k]) - green)
        three = np.int16(np.int16(samples[2, k]) - blue)
        distance = np.int16(np.int16(abs(one)) + np.int16(abs(two)) + np.int16(abs(three)))
        nearest = distance if distance < nearest else nearest
        matches = np.int16(matches + np.int16(distance <= limit))
    return nearest, matches


@inner_loop
def _feed_back(raw, last, blob, far, radius, flicker, spread):
    """Flicker rises with each turn that no object explains; spread follows the distance."""
    share = _ONE / radius
    for x in range(raw.size):
        turns = (raw[x] ^ last[x]) & np.uint8(blob[x] == 0)
        flicker[x] += _RISE * (_ONE - flicker[x]) if turns else -_FALL * flicker[x]
        off = min(_ONE, share * np.float32(far[x])) - spread[x]
        spread[x] += _ZERO if raw[x] else _RATE * off


@inner_loop
def _grow_older(raw, absorb, age, seen, rate):
    """The background was seen: it is older, and a candidate fades. The rate is that of its mean."""
    for x in range(raw.size):
        older, fewer = np.int32(min(age[x] + 1, absorb)), np.int32(max(seen[x] - 1, 0))
        age[x] = age[x] if raw[x] else older
        seen[x] = seen[x] if raw[x] else fewer
        rate[x] = _ZERO if raw[x] else max(_RATE, _ONE / np.float32(older))


@inner_loop
def _follow(frame, rates, mean, levels):
    for k in range(rates.size):
        mean[k] += rates[k] * (np.float32(frame[k]) - mean[k])
        levels[k] = np.uint8(np.int32(mean[k] + _HALF))  # by way of int32, which vectors can do


@inner_loop
def _learn(frame, samples, raw, blob, age, y, state):
    """One time in 16 background replaces a sample of its own, one time in 16 one of a neighbour.

    It does not grow into an object where another background has long been known.
    """
    height, width = frame.shape[:2]
    bits = np.uint64(0)
    for x in range(width):
        if x % (64 // _BITS) == 0:
            state = _next(state)
            bits = state
        if raw[x] == 0 and ((bits & np.uint64(0x0F)) == 0 or (bits & np.uint64(0xF0)) == 0):
            state = _next(state)
            if (bits & np.uint64(0x0F)) == 0:
                _replace(frame[y, x], samples[y, x], np.int64(state >> np.uint64(8)) & 15)
            if (bits & np.uint64(0xF0)) == 0:
                near_y, near_x = _beside(state, y, x, height, width)
                if not blob[near_y, near_x] or age[near_y, near_x] < _GHOST_AGE:
                    k = np.int64(state >> np.uint64(12)) & 15
                    _replace(frame[y, x], samples[near_y, near_x], k)
        bits >>= np.uint64(_BITS)
    return state


@inner_loop
def _replace(pixel, samples, k):
    for c in range(3):
        samples[c, k] = pixel[c]


@inner_loop
def _hold_out(age, patience, blob):
    """Frames for which a background is believed that is not seen any more."""
    if blob == GHOST and age < _GHOST_AGE:
        return max(age * _GHOST_SHARE, _GHOST_LEAST)
    return age * (_ONE + age / patience)


@inner_loop
def _doubt(pixel, candidate, seen):
    """For how long the candidate has been seen, or another one that takes its place."""
    distance = 0
    for c in range(3):
        distance += abs(np.int32(pixel[c]) - np.int32(candidate[c]))
    if distance <= _SAME:
        return seen + 1
    if seen > 4:  # it was seen for a while: it fades
        return seen - 2
    for c in range(3):
        candidate[c] = pixel[c]
    return 1


@inner_loop
def _adopt(pixel, samples, mean, levels, state):
    """A candidate becomes background: a quarter of the samples, more than must be near."""
    first = np.int64(state >> np.uint64(8)) & 15
    for k in range(SAMPLES // 4):
        _replace(pixel, samples, (first + k) & 15)
    for c in range(3):
        mean[c], levels[c] = np.float32(pixel[c]), pixel[c]
