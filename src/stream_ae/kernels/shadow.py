"""Which of the pixels that changed are shadow: the same surface in less light.

Chromaticity and texture after Sanin, Sanderson and Lovell, "Shadow Detection: A Survey and
Comparative Evaluation of Recent Methods", 2012.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

_DARKEST, _ONE, _ZERO = np.float32(0.4), np.float32(1.0), np.float32(0.0)
_ADDED = np.float32(12.0)  # levels over three colours, so that the noise of black is no texture

Bytes = NDArray[np.uint8]


def find_shadow(
    rgb: Bytes, background: Bytes, *, where: Bytes, colour: float, texture: float
) -> Bytes:
    """Mark as shadow what one factor turns into the background, in colours and in texture.

    With F and B the three colours of frame and background, summed over those of 3 × 3 pixels where
    shadow is looked for; L and M the sums of the three colours of each of those of 5 × 5; and
    q = ΣL / ΣM::

        0.4 ΣB ≤ ΣF < ΣB
        max |F / ΣF − B / ΣB| / colour + Σ |L − q M| / (texture Σ(L + 12)) < 1

    Pixels that do not differ from the background are left out: they would blur a shadow's edge.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        where: (h, w) uint8, 1 where shadow is looked for.
        colour: by how much the share of a colour may differ, where the texture is the same.
        texture: by how much of its brightness a place may differ, where the colours are the same.

    Returns:
        (h, w) uint8, 1 for shadow.
    """
    out = np.zeros_like(where)
    _find_shadow(rgb, background, where, np.float32(colour), np.float32(texture), out)
    return out


@loop
def _find_shadow(frame, background, where, colour, texture, out):
    height, width = where.shape
    for y in range(height):
        for x in range(width if _has_any(where[y]) else 0):
            if where[y, x]:
                total = _sum_around(frame, where, y, x, 1)
                before = _sum_around(background, where, y, x, 1)
                apart = _apart(total, before)
                if _is_darker(total, before) and apart < colour:
                    rest = _texture(frame, background, where, y, x)
                    out[y, x] = apart / colour + rest / texture < _ONE


@inner_loop
def _has_any(line):
    found = np.uint8(0)
    for x in range(line.size):
        found |= line[x]
    return found != 0


@inner_loop
def _sum_around(picture, where, y, x, reach):
    r = g = b = _ZERO
    for i in range(max(y - reach, 0), min(y + reach + 1, where.shape[0])):
        for j in range(max(x - reach, 0), min(x + reach + 1, where.shape[1])):
            if where[i, j]:
                r += np.float32(picture[i, j, 0])
                g += np.float32(picture[i, j, 1])
                b += np.float32(picture[i, j, 2])
    return r, g, b


@inner_loop
def _is_darker(now, before):
    total, other = now[0] + now[1] + now[2], before[0] + before[1] + before[2]
    return total < other and total >= _DARKEST * other


@inner_loop
def _apart(now, before):
    """By how much the share of a colour differs at most."""
    one = _ONE / max(now[0] + now[1] + now[2], _ONE)
    other = _ONE / max(before[0] + before[1] + before[2], _ONE)
    most = abs(now[0] * one - before[0] * other)
    most = max(most, abs(now[1] * one - before[1] * other))
    return max(most, abs(now[2] * one - before[2] * other))


@inner_loop
def _texture(frame, background, where, y, x):
    """By how much of its brightness a place differs from the background in other light."""
    height, width = where.shape
    total = before = added = rest = _ZERO
    top, bottom, left, right = max(y - 2, 0), min(y + 3, height), max(x - 2, 0), min(x + 3, width)
    for i in range(top, bottom):
        for j in range(left, right):
            if where[i, j]:
                total += _grey(frame[i, j])
                before += _grey(background[i, j])
                added += _ADDED
    factor = total / max(before, _ONE)
    for i in range(top, bottom):
        for j in range(left, right):
            if where[i, j]:
                rest += abs(_grey(frame[i, j]) - factor * _grey(background[i, j]))
    return rest / (total + added)


@inner_loop
def _grey(pixel):
    return np.float32(pixel[0]) + np.float32(pixel[1]) + np.float32(pixel[2])
