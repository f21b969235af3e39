"""How well a frame was predicted: all its metrics, brought to the host in one transfer.

A device computes beside the program until a number is asked for; each such wait costs about as much
as a layer. So the metrics of a frame are collected as tensors and fetched together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from stream_ae.learning.step import Losses
from stream_ae.nn import losses
from stream_ae.nn.ssim import ssim
from stream_ae.settings.choices import Objective


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics of one frame, as plain numbers.

    Args:
        losses: how well it was predicted.
        changed: pixels that changed since the frame before.
        ratio: their share of all pixels, in [0, 1].
        objective: what training minimises; NaN for a frame that is not to be learned.
    """

    losses: Losses
    changed: int
    ratio: float
    objective: float


def score(
    image: Tensor,
    target: Tensor,
    *,
    mask: Tensor,
    baselines: Mapping[str, Tensor],
    objective: Objective | None,
    with_ssim: bool,
) -> tuple[Scores, Tensor | None]:
    """Score a reconstruction; also gives the objective, 0-dim, with its graph.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1]; with a graph where there is an objective.
        target: the frame, the same shape and range.
        mask: the changed pixels, (h, w) bool.
        baselines: errors of predictions that need no network, 0-dim, by their names in ``Losses``.
        objective: its kind; None computes none.
        with_ssim: measure the exact structural similarity, which is expensive.
    """
    errors, total = _errors(image, target, mask=mask, kind=objective)
    metrics = {**errors._asdict(), **baselines, "changed": mask.sum()}
    if with_ssim:
        metrics["ssim"] = ssim(image.detach(), target)
    if total is not None:
        metrics["objective"] = total
    numbers = _to_host(metrics)
    names = [field.name for field in fields(Losses) if field.name in numbers]
    scores = Scores(
        losses=Losses(**{name: numbers[name] for name in names}),
        changed=int(numbers["changed"]),
        ratio=numbers["changed"] / mask.numel(),
        objective=numbers.get("objective", math.nan),
    )
    return scores, total


def _errors(
    image: Tensor, target: Tensor, *, mask: Tensor, kind: Objective | None
) -> tuple[losses.Errors, Tensor | None]:
    """The errors without, the objective with its graph."""
    if kind == "full":
        return losses.full_objective(image, target, mask=mask)
    errors = losses.errors(image.detach(), target, mask=mask)
    return errors, losses.mse(image, target) if kind == "mse" else None


def _to_host(metrics: Mapping[str, Tensor]) -> dict[str, float]:
    """All metrics of a frame in one transfer."""
    values = torch.stack([metric.detach().float() for metric in metrics.values()]).tolist()
    return dict(zip(metrics, values, strict=True))
