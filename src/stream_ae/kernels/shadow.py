"""Which of the pixels that changed are shadow: the same surface in less light.

Chromaticity and texture after Sanin, Sanderson and Lovell, "Shadow Detection: A Survey and
Comparative Evaluation of Recent Methods", 2012.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

_DARKEST, _ONE, _ZERO = np.float32(0.4), np.float32(1.0), np.float32(0.0)
_ADDED = np.float32(300.0)

Bytes = NDArray[np.uint8]


def find_shadow(
    rgb: Bytes, background: Bytes, *, where: Bytes, colour: float, texture: float
) -> Bytes:
    """Mark as shadow what one factor turns into the background, in colours and in texture.

    With F and B the three colours of frame and background summed over 3 × 3 pixels::

        0.4 ΣB ≤ ΣF < ΣB,  |F / ΣF − B / ΣB| < colour  for each colour

    and with L and M the sums of the three colours of each of 5 × 5 pixels and q = ΣL / ΣM::

        Σ |L − q M| < texture (ΣL + 300)

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        where: (h, w) uint8, 1 where shadow is looked for.
        colour: by how much a share of a colour may differ.
        texture: by how much of the brightness a place may differ.

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
        for x in range(width):
            if where[y, x] and _has_colour(frame, background, y, x, colour):
                out[y, x] = _has_texture(frame, background, y, x, texture)


@inner_loop
def _has_colour(frame, background, y, x, limit):
    height, width = frame.shape[:2]
    r = g = b = br = bg = bb = _ZERO
    for i in range(max(y - 1, 0), min(y + 2, height)):
        for j in range(max(x - 1, 0), min(x + 2, width)):
            r += np.float32(frame[i, j, 0])
            g += np.float32(frame[i, j, 1])
            b += np.float32(frame[i, j, 2])
            br += np.float32(background[i, j, 0])
            bg += np.float32(background[i, j, 1])
            bb += np.float32(background[i, j, 2])
    total, before = r + g + b, br + bg + bb
    if total >= before or total < _DARKEST * before:
        return False
    one, other = _ONE / max(total, _ONE), _ONE / max(before, _ONE)
    return (
        abs(r * one - br * other) < limit
        and abs(g * one - bg * other) < limit
        and abs(b * one - bb * other) < limit
    )


@inner_loop
def _has_texture(frame, background, y, x, limit):
    height, width = frame.shape[:2]
    total = before = rest = _ZERO
    top, bottom, left, right = max(y - 2, 0), min(y + 3, height), max(x - 2, 0), min(x + 3, width)
    for i in range(top, bottom):
        for j in range(left, right):
            total += _grey(frame[i, j])
            before += _grey(background[i, j])
    factor = total / max(before, _ONE)
    for i in range(top, bottom):
        for j in range(left, right):
            rest += abs(_grey(frame[i, j]) - factor * _grey(background[i, j]))
    return rest < limit * (total + _ADDED)


@inner_loop
def _grey(pixel):
    return np.float32(pixel[0]) + np.float32(pixel[1]) + np.float32(pixel[2])
