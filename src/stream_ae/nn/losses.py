"""How far a reconstruction is from its frame: what a run reports and what it trains on.

All images are (1, 3, h, w) in [0, 1], best in channels-last memory. Training minimises the very
metrics that are reported; only the structural similarity is taken in every third window.
"""

from typing import NamedTuple, TypeVar

from torch import Tensor

from stream_ae.kernels import losses as kernels
from stream_ae.nn.ssim import check_shapes
from stream_ae.settings.choices import Objective, check_choice

REPORTED = kernels.Weights(detail=0.0, gradient=0.1, ssim=0.1)
"""Of the parts of the global loss, which has no detail."""

TRAINED = REPORTED._replace(detail=4.0, ssim=0.05)
"""Of the parts of what training minimises. A changed pixel's squared error counts four times more,
on top of its share of the mean. Half of the reported share of ``1 − ssim`` costs 0.005 of the index
and gains a tenth in everything else (docs/experiments/objective.md)."""

SSIM_STRIDE = 3
"""A training step takes the structural similarity in every third window, along both axes."""

Number = TypeVar("Number", float, Tensor)
"""A number on the host, or as a 0-dim tensor with its graph."""


class Errors(NamedTuple):
    """Three metrics of one reconstruction, 0-dim tensors.

    Args:
        mse: mean squared error over all values.
        detail: mean squared error over the changed pixels; over all pixels where none changed.
        gradient: ``½ mean |∂ₓ(image − target)| + ½ mean |∂ᵧ(image − target)|``, ∂ being the
            difference of neighbouring pixels along a row or a column. Blurred and shifted edges
            cost here.
    """

    mse: Tensor
    detail: Tensor
    gradient: Tensor


def errors(image: Tensor, target: Tensor, *, mask: Tensor) -> Errors:
    """The errors of a reconstruction; each is differentiable in ``image``.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1].
        target: the frame, the same shape and range; data, it gets no gradient.
        mask: the changed pixels, (h, w) bool.
    """
    return Errors(*kernels.errors(image, target, mask=mask))


def global_loss(*, mse: Number, gradient: Number, ssim: Number) -> Number:
    """``mse + 0.1 · gradient + 0.1 · (1 − ssim)``, of one frame or (it is linear) of means."""
    return mse + REPORTED.gradient * gradient + REPORTED.ssim * (1.0 - ssim)


def full_objective(image: Tensor, target: Tensor, *, mask: Tensor) -> tuple[Errors, Tensor]:
    """The errors, and the balance of detail and global loss that training minimises, 0-dim.

    ``(mse + k r · detail) / (1 + k r) + w₁ · gradient + w₂ · (1 − ssim)``

    with r the share of changed pixels, and k, w₁ and w₂ from :data:`TRAINED`. The first term is the
    mean squared error with weight 1 + k on the changed pixels, divided by the mean weight: bounded
    however few pixels changed, and the plain mean squared error where none or all did.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1].
        target: the frame, the same shape and range; data, it gets no gradient.
        mask: the changed pixels, (h, w) bool.

    Raises:
        ValueError: image and target differ in shape, or are smaller than the index's window.
    """
    check_shapes(image, target)
    *found, objective = kernels.objective(
        image, target, mask=mask, weights=TRAINED, stride=SSIM_STRIDE
    )
    return Errors(*found), objective


def objective(image: Tensor, target: Tensor, *, mask: Tensor, kind: Objective) -> Tensor:
    """What training minimises, 0-dim: :func:`full_objective`, or the squared error alone.

    Raises:
        ValueError: there is no such objective.
    """
    check_choice(kind, Objective, name="objective")
    if kind == "mse":
        return mse(image, target)
    return full_objective(image, target, mask=mask)[1]


def mse(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over all values, 0-dim in [0, 1]."""
    return kernels.mean_squared_error(image, target)
