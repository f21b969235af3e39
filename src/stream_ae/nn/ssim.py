"""Structural similarity: how much of a picture's structure another one keeps.

Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural
Similarity". The arithmetic, and its gradient, are in :mod:`stream_ae.kernels.ssim`.
"""

from torch import Tensor

from stream_ae.kernels.ssim import TAPS, mean_ssim


def ssim(image: Tensor, target: Tensor, *, stride: int = 1) -> Tensor:
    """Mean structural similarity, 0-dim, at most 1 (equal images).

    ``(2 μₓμᵧ + C₁)(2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂))`` (eq. 13) with means and
    variances in a Gaussian window of 11 taps and σ 1.5 at every valid position of every channel.
    Agrees with scikit-image's
    ``structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)``.

    Differentiable in ``image``; ``target`` is data.

    Args:
        image: (n, C, h, w) in [0, 1].
        target: the same shape and range.
        stride: of the windows, along both axes. Windows of 11 overlap, so that every second
            one, at a quarter of the cost, gives nearly the same mean.

    Raises:
        ValueError: shapes differ, a side is under 11 pixels, or ``target`` requires a gradient.
    """
    check_shapes(image, target)
    if target.requires_grad:
        raise ValueError(
            "target must be data, got a tensor that requires a gradient; pass target.detach()"
        )
    return mean_ssim(image, target, stride=stride)


def check_shapes(image: Tensor, target: Tensor) -> None:
    """See that two pictures can be compared.

    Raises:
        ValueError: they have different shapes, or a side of less than 11 pixels.
    """
    if image.shape != target.shape or min(image.shape[-2:]) < TAPS:
        raise ValueError(
            f"image and target must have one shape with sides of at least {TAPS} pixels,"
            f" got {tuple(image.shape)} and {tuple(target.shape)}; resize one of them"
        )
