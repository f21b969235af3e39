"""A picture corrected by a network: in log-odds, so that it stays in [0, 1].

With p a pixel and u its correction::

    logit(y) = logit(p) + u        y = p / (p + (1 − p) exp(−u))

    dy/du = y (1 − y)              dy/dp = y (1 − y) / (p (1 − p))

Where u is 0, y is p and dy/dp is 1. A sigmoid of p's scale would instead bend a picture that is
right already, and the network would first have to learn to bend it back.

The picture comes as blocks, since that is how it is made: those of 8 × 8 pixels are 64 values of
each colour in one place (``torch.pixel_shuffle`` has the order).

On a CPU in float32 that is one pass over the picture, and one back. Everything else is plain tensor
operations, whose gradient is autograd's.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from stream_ae.kernels.jit import can_loop, inner_loop, loop, plain_gradients, rows_of

LEAST = 1.0 / 1024.0
"""A pixel counts as at least this, and as at most 1 less it, so that black and white can be
corrected, too; a quarter of a step of 8 bits."""

_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_LEAST, _MOST = np.float32(LEAST), np.float32(1.0 - LEAST)


def corrected(blocks: Tensor, log_odds: Tensor) -> Tensor:
    """Change the log-odds of a picture; differentiable in both.

    Args:
        blocks: the picture, (1, C s², h / s, w / s) with blocks of s × s pixels, any s; or of any
            shape, where each pixel is one. What leaves [0, 1] is clipped, and gets no gradient.
        log_odds: the change, (1, C, h, w), or of the same shape.

    Returns:
        The picture after it, of the shape of ``log_odds``, in [0, 1].
    """
    if log_odds.ndim == 4 and len(log_odds) == 1 and can_loop(blocks) and can_loop(log_odds):
        looped: Tensor = _Looped.apply(blocks, log_odds)  # type: ignore[no-untyped-call]
        return looped
    return _plain(blocks, log_odds)


def _plain(blocks: Tensor, log_odds: Tensor) -> Tensor:
    side = _side(blocks, log_odds)
    picture = blocks if side == 1 else F.pixel_shuffle(blocks, side)
    pixels = picture.clamp(LEAST, 1.0 - LEAST)
    return pixels / (pixels + (1.0 - pixels) * torch.exp(-log_odds))


def _side(blocks: Tensor, picture: Tensor) -> int:
    """Pixels on each side of a block."""
    return picture.shape[-1] // blocks.shape[-1]


class _Looped(torch.autograd.Function):
    """The same in compiled loops, for one picture."""

    @staticmethod
    def forward(ctx: FunctionCtx, blocks: Tensor, log_odds: Tensor) -> Tensor:
        image = torch.empty_like(log_odds, memory_format=torch.channels_last)
        odds = log_odds.detach().neg().exp_()
        side, channels = _side(blocks, image), image.shape[1]
        _forward(rows_of(blocks), rows_of(odds), rows_of(image), side, channels)
        ctx.save_for_backward(blocks, log_odds, image)
        return image

    @staticmethod
    def backward(ctx: FunctionCtx, by_image: Tensor) -> tuple[Tensor | None, ...]:
        blocks, log_odds, image = ctx.saved_tensors  # type: ignore[attr-defined]
        if torch.is_grad_enabled():  # the gradient is to be differentiated itself
            return plain_gradients(ctx, _plain, (blocks, log_odds), by_output=by_image)
        by_blocks = torch.empty_like(blocks, memory_format=torch.channels_last)
        by_odds = torch.empty_like(image)
        _backward(
            rows_of(blocks),
            rows_of(image),
            rows_of(by_image),
            rows_of(by_blocks),
            rows_of(by_odds),
            _side(blocks, image),
            image.shape[1],
        )
        return by_blocks, by_odds


@loop
def _forward(blocks, odds, image, side, channels):
    """Write the picture with its odds divided; maps are rows (h, w C)."""
    height, length = image.shape
    pixels = np.empty(length, np.float32)
    for i in range(height):
        _pixels_of(blocks[i // side], i % side, side, channels, pixels)
        _divide(pixels, odds[i], image[i])


@loop
def _backward(blocks, image, by_image, by_blocks, by_odds, side, channels):
    """Write both gradients."""
    height, length = image.shape
    pixels, by_pixels = np.empty(length, np.float32), np.empty(length, np.float32)
    for i in range(height):
        _pixels_of(blocks[i // side], i % side, side, channels, pixels)
        _differentiate(pixels, image[i], by_image[i], by_pixels, by_odds[i])
        _to_blocks(by_pixels, i % side, side, channels, by_blocks[i // side])


@inner_loop
def _pixels_of(blocks, y, side, channels, pixels):
    """Write the row y of the pixels of a row of blocks."""
    area = side * side
    for j in range(pixels.size // (channels * side)):
        for c in range(channels):
            block = blocks[(j * channels + c) * area + y * side :]
            for x in range(side):
                pixels[(j * side + x) * channels + c] = block[x]


@inner_loop
def _to_blocks(pixels, y, side, channels, blocks):
    """The same back."""
    area = side * side
    for j in range(pixels.size // (channels * side)):
        for c in range(channels):
            block = blocks[(j * channels + c) * area + y * side :]
            for x in range(side):
                block[x] = pixels[(j * side + x) * channels + c]


@inner_loop
def _divide(pixels, odds, image):
    for k in range(image.size):
        p = pixels[k]
        p = _LEAST if p < _LEAST else p  # in this form NaN stays
        p = _MOST if p > _MOST else p
        image[k] = p / (p + (_ONE - p) * odds[k])


@inner_loop
def _differentiate(pixels, image, by_image, by_pixels, by_odds):
    for k in range(image.size):
        p, y = pixels[k], image[k]
        by_u = by_image[k] * y * (_ONE - y)
        by_odds[k] = by_u
        is_inside = (p >= _LEAST) & (p <= _MOST)
        by_pixels[k] = by_u / (p * (_ONE - p)) if is_inside else _ZERO
