"""How far a reconstruction is from its frame: what a run reports and what it trains on.

All images are (1, 3, h, w) in [0, 1]. Training minimises the very figures that are reported, the
exact structural similarity included: with depthwise convolutions in channels-last memory and a
gradient derived by hand it costs a fraction of the network.
"""

from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

GRADIENT_WEIGHT = 0.1
STRUCTURE_WEIGHT = 0.1
"""Shares of ``gradient`` and of ``1 − ssim`` in the global loss."""

DETAIL_WEIGHT = 4.0
"""How many times more a changed pixel's squared error counts, on top of its share of the mean."""

_TAPS, _SIGMA = 11, 1.5  # the window of Wang et al. 2004, section III.B
_C1, _C2 = 0.01**2, 0.03**2  # its two constants, for values in [0, 1]


Number = TypeVar("Number", float, Tensor)
"""A figure on the host, or as a 0-dim tensor with its graph."""


class Terms(NamedTuple):
    """The four figures of one reconstruction, 0-dim tensors."""

    mse: Tensor
    detail: Tensor
    gradient: Tensor
    ssim: Tensor


def measure(image: Tensor, target: Tensor, *, mask: Tensor) -> Terms:
    """All figures of a reconstruction; each is differentiable in ``image``.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1].
        target: the frame, the same shape and range.
        mask: the changed pixels, (h, w) bool.

    Raises:
        ValueError: image and target differ in shape, or are smaller than the index's window.
    """
    return Terms(
        mse(image, target),
        detail(image, target, mask=mask),
        gradient(image, target),
        ssim(image, target),
    )


def global_loss(*, mse: Number, gradient: Number, ssim: Number) -> Number:
    """``mse + 0.1 · gradient + 0.1 · (1 − ssim)``, of one frame or (it is linear) of means."""
    return mse + GRADIENT_WEIGHT * gradient + STRUCTURE_WEIGHT * (1.0 - ssim)


def full_objective(terms: Terms, ratio: Tensor) -> Tensor:
    """The balance of detail and global loss that training minimises, 0-dim.

    ``(mse + k r · detail) / (1 + k r) + 0.1 · gradient + 0.1 · (1 − ssim)``

    The first term is the mean squared error with weight 1 + k on the changed pixels, divided by
    the mean weight: bounded however few pixels changed, and the plain mean squared error where
    none or all did.

    Args:
        terms: from :func:`measure`.
        ratio: r, the share of changed pixels in [0, 1], 0-dim. k is :data:`DETAIL_WEIGHT`.
    """
    share = DETAIL_WEIGHT * ratio
    attended = (terms.mse + share * terms.detail) / (1.0 + share)
    whole = global_loss(mse=terms.mse, gradient=terms.gradient, ssim=terms.ssim)
    return whole - terms.mse + attended


def mse(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over all values, 0-dim in [0, 1]."""
    return F.mse_loss(image, target)


def detail(image: Tensor, target: Tensor, *, mask: Tensor) -> Tensor:
    """Mean squared error over the changed pixels, 0-dim; over all pixels where none changed.

    Args:
        image: the reconstruction, (1, 3, h, w).
        target: the frame, (1, 3, h, w).
        mask: the changed pixels, (h, w) bool.
    """
    counted = (mask | ~mask.any()).to(image.dtype)  # (h, w)
    squared = (image - target).square()
    return (squared * counted).sum() / (counted.sum() * image.shape[1])


def gradient(image: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the finite differences of image and target, 0-dim in [0, 1].

    ``½ mean |∂ₓ(image − target)| + ½ mean |∂ᵧ(image − target)|``, ∂ being the difference of
    neighbouring pixels along a row or a column. Blurred and shifted edges cost here.
    """
    error = image - target
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return 0.5 * (across + down)


def ssim(image: Tensor, target: Tensor) -> Tensor:
    """Mean structural similarity, 0-dim, at most 1 (equal images).

    ``(2 μₓμᵧ + C₁)(2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂))`` with means and variances in
    a Gaussian window of 11 taps and σ 1.5 at every valid place of every channel (Wang, Bovik,
    Sheikh, Simoncelli 2004, "Image Quality Assessment", eq. 13). Agrees with scikit-image's
    ``structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)``.

    Differentiable in ``image``; ``target`` is data.

    Raises:
        ValueError: shapes differ, a side is under 11 pixels, or ``target`` requires a gradient.
    """
    if image.shape != target.shape or min(image.shape[-2:]) < _TAPS:
        raise ValueError(
            f"image and target must have one shape with sides of at least {_TAPS} pixels,"
            f" got {tuple(image.shape)} and {tuple(target.shape)}"
        )
    if target.requires_grad:
        raise ValueError("target must not require a gradient; pass target.detach()")
    index: Tensor = _Ssim.apply(image, target)  # type: ignore[no-untyped-call]
    return index


class _Ssim(torch.autograd.Function):
    """The mean index with its gradient by hand: three blurs of three maps instead of a graph.

    The index s depends on the image x through m = E[x], S = E[x² + y²] and P = E[x y], E being the
    window's mean. With the transposed window Eᵀ,
    ∂(Σ s)/∂x = Eᵀ[∂s/∂m] + 2 x Eᵀ[∂s/∂S] + y Eᵀ[∂s/∂P].
    """

    @staticmethod
    def forward(ctx: FunctionCtx, image: Tensor, target: Tensor) -> Tensor:
        channels = image.shape[1]
        # Variances do not depend on the origin, but their rounding errors do.
        origin = target.mean()
        x, y = image - origin, target - origin
        maps = torch.cat([x, y, x * x + y * y, x * y], dim=1)
        # By plane from here on: slices of a channels-last tensor are strided, hence slow.
        blurred = _blur(maps).contiguous()
        mean_x, mean_y, squares, product = torch.split(blurred, channels, dim=1)
        covariance = product - mean_x * mean_y
        variances = squares - mean_x * mean_x - mean_y * mean_y
        mu_x, mu_y = mean_x + origin, mean_y + origin
        light = 2.0 * mu_x * mu_y + _C1  # numerator and denominator of the luminance term
        light_norm = mu_x * mu_x + mu_y * mu_y + _C1
        structure = 2.0 * covariance + _C2  # of the contrast and structure term
        structure_norm = variances + _C2
        inverse = 1.0 / (light_norm * structure_norm)
        index = light * structure * inverse
        if ctx.needs_input_grad[0]:  # type: ignore[attr-defined]
            by_square = -index / structure_norm
            by_product = 2.0 * light * inverse
            by_mean = (
                2.0 * mu_y * structure * inverse
                - 2.0 * mu_x * index / light_norm
                - 2.0 * mean_x * by_square
                - mean_y * by_product
            )
            slopes = torch.cat([by_mean, by_square, by_product], dim=1)
            ctx.save_for_backward(x, y, slopes)
        return index.mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad_output: Tensor) -> tuple[Tensor, None]:
        x, y, slopes = ctx.saved_tensors  # type: ignore[attr-defined]
        channels = x.shape[1]
        count = slopes.numel() // 3
        spread = _blur(slopes, padding=_TAPS - 1)
        by_mean, by_square, by_product = torch.split(spread, channels, dim=1)
        slope = torch.addcmul(by_mean, x, by_square, value=2.0).addcmul_(y, by_product)
        return slope * (grad_output / count), None


def _blur(maps: Tensor, *, padding: int = 0) -> Tensor:
    """Mean of every map in the window, valid places only; with padding 10 its transpose."""
    channels = maps.shape[1]
    taps = torch.arange(_TAPS, dtype=maps.dtype, device=maps.device) - _TAPS // 2
    window = torch.exp(-0.5 * (taps / _SIGMA) ** 2)
    window = window / window.sum()
    # Depthwise convolutions are fast in channels-last memory only, by a factor of three.
    maps = maps.contiguous(memory_format=torch.channels_last)
    column = window.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    row = window.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    maps = F.conv2d(maps, column, padding=(padding, 0), groups=channels)
    return F.conv2d(maps, row, padding=(0, padding), groups=channels)
