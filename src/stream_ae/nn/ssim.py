"""Structural similarity: how much of a picture's structure another one keeps.

Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural
Similarity". A picture (n, C, h, w) lies in memory by rows, n × h × w × C, and is worked on as that:
the blur along columns has w · C values side by side, and no operation moves a value.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from stream_ae.kernels.jit import Rows, can_loop, rows_of
from stream_ae.kernels.ssim import structure

TAPS, SIGMA = 11, 1.5
"""The window of section III.B."""

C1, C2 = 0.01**2, 0.03**2
"""The two constants, for values in [0, 1]."""


def ssim(image: Tensor, target: Tensor, *, stride: int = 1) -> Tensor:
    """Mean structural similarity, 0-dim, at most 1 (equal images).

    ``(2 μₓμᵧ + C₁)(2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂))`` (eq. 13) with means and
    variances in a Gaussian window of 11 taps and σ 1.5 at every valid place of every channel.
    Agrees with scikit-image's
    ``structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)``.

    Differentiable in ``image``; ``target`` is data.

    Args:
        image: (n, C, h, w) in [0, 1].
        target: the same shape and range.
        stride: of the places, along both axes. Windows of 11 overlap so much that every second
            one, at a quarter of the cost, gives nearly the same mean.

    Raises:
        ValueError: shapes differ, a side is under 11 pixels, or ``target`` requires a gradient.
    """
    check_shapes(image, target)
    if target.requires_grad:
        raise ValueError("target must not require a gradient; pass target.detach()")
    if not image.requires_grad and len(image) == 1 and can_loop(image, target):
        index = ssim_of_rows(
            rows_of(image), rows_of(target), channels=image.shape[1], stride=stride
        )
        return image.new_tensor(index)
    mean: Tensor = _Ssim.apply(image, target, stride)  # type: ignore[no-untyped-call]
    return mean


def check_shapes(image: Tensor, target: Tensor) -> None:
    """See that two pictures can be compared.

    Raises:
        ValueError: they have different shapes, or a side of less than 11 pixels.
    """
    if image.shape != target.shape or min(image.shape[-2:]) < TAPS:
        raise ValueError(
            f"image and target must have one shape with sides of at least {TAPS} pixels,"
            f" got {tuple(image.shape)} and {tuple(target.shape)}"
        )


def ssim_of_rows(
    image: Rows,
    target: Rows,
    *,
    channels: int,
    stride: int,
    weight: float = 0.0,
    slope: Rows | None = None,
) -> float:
    """The same of two pictures as rows (h, w C), in compiled loops.

    Args:
        image: in [0, 1].
        target: the same shape and range.
        channels: C.
        stride: of the places, along both axes.
        weight: what the gradient is multiplied by.
        slope: to which it is added, (h, w C); None for no gradient.
    """
    taps: Rows = _window(torch.float32, torch.device("cpu")).numpy()
    return structure(
        image,
        target,
        channels=channels,
        taps=taps,
        constants=(C1, C2),
        stride=stride,
        weight=weight,
        slope=slope,
    )


class _Ssim(torch.autograd.Function):
    """The mean index with its gradient by hand: three blurs of three maps instead of a graph.

    The index s depends on the image x through m = E[x], S = E[x² + y²] and P = E[x y], E being the
    window's mean. With the transposed window Eᵀ,
    ∂(Σ s)/∂x = Eᵀ[∂s/∂m] + 2 x Eᵀ[∂s/∂S] + y Eᵀ[∂s/∂P].
    """

    @staticmethod
    def forward(ctx: FunctionCtx, image: Tensor, target: Tensor, stride: int) -> Tensor:
        x, y = by_rows(image), by_rows(target)
        # Variances do not depend on the origin, but their rounding errors do.
        origin = y.mean()
        maps = x.new_empty(4, *x.shape)
        x, y = torch.sub(x, origin, out=maps[0]), torch.sub(y, origin, out=maps[1])
        torch.mul(x, x, out=maps[2]).addcmul_(y, y)
        torch.mul(x, y, out=maps[3])
        mean_x, mean_y, squares, product = _blur(maps, stride)
        covariance = product - mean_x * mean_y
        variances = squares - mean_x * mean_x - mean_y * mean_y
        mu_x, mu_y = mean_x + origin, mean_y + origin
        light = 2.0 * mu_x * mu_y + C1  # numerator and denominator of the luminance term
        light_norm = mu_x * mu_x + mu_y * mu_y + C1
        structure = 2.0 * covariance + C2  # of the contrast and structure term
        structure_norm = variances + C2
        inverse = 1.0 / (light_norm * structure_norm)
        index: Tensor = light * structure * inverse
        if ctx.needs_input_grad[0]:  # type: ignore[attr-defined]
            slopes = x.new_empty(3, *index.shape)  # by mean, by square, by product
            torch.div(index, structure_norm, out=slopes[1]).neg_()
            torch.mul(light, inverse, out=slopes[2]).mul_(2.0)
            torch.mul(mu_y, structure, out=slopes[0]).mul_(inverse)
            slopes[0].addcmul_(mu_x, index / light_norm, value=-1.0)
            slopes[0].addcmul_(mean_x, slopes[1], value=-1.0)
            slopes[0].mul_(2.0).addcmul_(mean_y, slopes[2], value=-1.0)
            ctx.save_for_backward(x, y, slopes)
            ctx.stride = stride  # type: ignore[attr-defined]
        return index.mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad_output: Tensor) -> tuple[Tensor, None, None]:
        x, y, slopes = ctx.saved_tensors  # type: ignore[attr-defined]
        stride: int = ctx.stride  # type: ignore[attr-defined]
        slopes = slopes * (grad_output / slopes[0].numel())
        by_mean, by_square, by_product = _spread(slopes, stride, size=tuple(x.shape[1:3]))
        slope = by_mean.addcmul_(x, by_square, value=2.0).addcmul_(y, by_product)
        return slope.permute(0, 3, 1, 2), None, None


def by_rows(image: Tensor) -> Tensor:
    """(n, C, h, w) as (n, h, w, C): a view of channels-last memory, else a copy."""
    return image.permute(0, 2, 3, 1).contiguous()


def _blur(maps: Tensor, stride: int) -> Tensor:
    """Mean of maps (k, n, h, w, C) in the window at every valid place, or every so many."""
    k, n, height, width, channels = maps.shape
    columns = maps.view(k * n, height, 1, width * channels).permute(0, 3, 1, 2)
    taps = _window(maps.dtype, maps.device)
    window = taps.view(1, 1, -1, 1).expand(width * channels, 1, -1, 1)
    blurred = F.conv2d(columns, window, stride=(stride, 1), groups=width * channels)
    rows = by_rows(blurred).view(k * n, -1, width, channels).permute(0, 3, 1, 2)
    window = taps.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    blurred = by_rows(F.conv2d(rows, window, stride=(1, stride), groups=channels))
    return blurred.view(k, n, *blurred.shape[1:])


def _spread(maps: Tensor, stride: int, *, size: tuple[int, int]) -> Tensor:
    """The transpose of :func:`_blur`: maps of the places to maps (k, n, *size, C)."""
    k, n, height, width, channels = maps.shape
    covered = [TAPS + (places - 1) * stride for places in (height, width)]
    taps = _window(maps.dtype, maps.device)
    rows = maps.view(k * n, height, width, channels).permute(0, 3, 1, 2)
    window = taps.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    spread = F.conv_transpose2d(
        rows, window, stride=(1, stride), output_padding=(0, size[1] - covered[1]), groups=channels
    )
    lanes = size[1] * channels
    columns = by_rows(spread).view(k * n, height, 1, lanes).permute(0, 3, 1, 2)
    window = taps.view(1, 1, -1, 1).expand(lanes, 1, -1, 1)
    spread = F.conv_transpose2d(
        columns, window, stride=(stride, 1), output_padding=(size[0] - covered[0], 0), groups=lanes
    )
    return by_rows(spread).view(k, n, *size, channels)


@lru_cache
def _window(dtype: torch.dtype, device: torch.device) -> Tensor:
    """The taps, (11,), of sum 1."""
    taps = torch.arange(TAPS, dtype=dtype, device=device) - TAPS // 2
    window = torch.exp(-0.5 * (taps / SIGMA) ** 2)
    return window / window.sum()
