"""A picture corrected by a network: in log-odds, so that it stays in [0, 1].

With p a pixel and u its correction::

    logit(y) = logit(p) + u        y = p / (p + (1 − p) exp(−u))

    dy/du = y (1 − y)              dy/dp = y (1 − y) / (p (1 − p))

Where u is 0, y is p and dy/dp is 1. A sigmoid of p's scale would instead bend a picture that is
right already, and the network would first have to learn to bend it back.

On a CPU in float32 that is one pass over the picture, and one back. Everything else is plain tensor
operations, whose gradient is autograd's.
"""

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from stream_ae.kernels.jit import can_loop, loop, plain_gradients, rows_of

LEAST = 1.0 / 1024.0
"""A pixel counts as at least this, and as at most 1 less it, so that black and white can be
corrected, too; a quarter of a step of 8 bits."""

_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_LEAST, _MOST = np.float32(LEAST), np.float32(1.0 - LEAST)


def corrected(picture: Tensor, log_odds: Tensor) -> Tensor:
    """Change the log-odds of a picture; differentiable in both.

    Args:
        picture: any shape; what leaves [0, 1] is clipped, and gets no gradient.
        log_odds: the change, the same shape.

    Returns:
        The picture after it, in [0, 1].
    """
    if picture.ndim == 4 and len(picture) == 1 and can_loop(picture, log_odds):
        looped: Tensor = _Looped.apply(picture, log_odds)  # type: ignore[no-untyped-call]
        return looped
    return _plain(picture, log_odds)


def _plain(picture: Tensor, log_odds: Tensor) -> Tensor:
    pixels = picture.clamp(LEAST, 1.0 - LEAST)
    return pixels / (pixels + (1.0 - pixels) * torch.exp(-log_odds))


class _Looped(torch.autograd.Function):
    """The same in compiled loops, for one picture (1, C, h, w)."""

    @staticmethod
    def forward(ctx: FunctionCtx, picture: Tensor, log_odds: Tensor) -> Tensor:
        image = torch.empty_like(picture, memory_format=torch.channels_last)
        odds = torch.exp(log_odds.detach().neg())
        _forward(rows_of(picture), rows_of(odds), rows_of(image))
        ctx.save_for_backward(picture, log_odds, image)
        return image

    @staticmethod
    def backward(ctx: FunctionCtx, by_image: Tensor) -> tuple[Tensor | None, ...]:
        picture, log_odds, image = ctx.saved_tensors  # type: ignore[attr-defined]
        if torch.is_grad_enabled():  # the gradient is to be differentiated itself
            return plain_gradients(ctx, _plain, (picture, log_odds), by_output=by_image)
        by_picture, by_odds = torch.empty_like(image), torch.empty_like(image)
        _backward(*map(rows_of, (picture, image, by_image, by_picture, by_odds)))
        return by_picture, by_odds


@loop
def _forward(picture, odds, image):
    """Write the picture with its odds divided; maps are rows (h, w C)."""
    height, length = picture.shape
    for i in range(height):
        for k in range(length):
            p = picture[i, k]
            p = _LEAST if p < _LEAST else p  # in this form NaN stays
            p = _MOST if p > _MOST else p
            image[i, k] = p / (p + (_ONE - p) * odds[i, k])


@loop
def _backward(picture, image, by_image, by_picture, by_odds):
    """Write both gradients."""
    height, length = picture.shape
    for i in range(height):
        for k in range(length):
            p, y = picture[i, k], image[i, k]
            by_u = by_image[i, k] * y * (_ONE - y)
            by_odds[i, k] = by_u
            is_inside = (p >= _LEAST) & (p <= _MOST)
            by_picture[i, k] = by_u / (p * (_ONE - p)) if is_inside else _ZERO
