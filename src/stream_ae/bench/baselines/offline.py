"""What the network could do at best: trained on all frames of a stream, as often as one likes.

It keeps every frame and shuffles them, which a stream never allows. So it is a benchmark's measure,
and no part of the product.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

import torch
from torch import Tensor

from stream_ae.bench.networks import first_network
from stream_ae.detection.change import ChangeDetector
from stream_ae.errors import DivergedError
from stream_ae.learning.following import follow
from stream_ae.learning.learner import StreamLearner
from stream_ae.nn import losses
from stream_ae.nn.network import reconstruct
from stream_ae.nn.ssim import ssim
from stream_ae.optim.effect import Sample
from stream_ae.optim.update import optimizer_step
from stream_ae.settings.choices import OBJECTIVE, Objective


def offline(
    frames: Sequence[Tensor],
    *,
    seed: int,
    epochs: int = 8,
    objective: Objective = OBJECTIVE,
    last: int = 50,
    optimizer: str = "bounded",
    lr: float | None = None,
    model: str | None = None,
) -> dict[str, float]:
    """Train a fresh network on all frames, shuffled again each epoch, then freeze and score it.

    The change mask of a frame is that against the one before it in the stream, whatever the order
    of learning. The frames that are scored are those that were learned.

    Args:
        frames: the stream in its order, each (1, 3, 224, 224) in [0, 1].
        seed: of the first weights and of the order.
        epochs: how often each frame is seen.
        objective: as in :class:`~stream_ae.learning.learner.StreamLearner`, as are ``optimizer``
            and ``lr``.
        last: how many frames at the end are scored on their own.
        optimizer: its name.
        lr: its learning rate.
        model: what makes the network, as for :func:`~stream_ae.bench.networks.first_network`.

    Returns:
        ``mse`` over all frames, ``last_<n>_mse`` and ``last_<n>_ssim`` over the last n.

    Raises:
        ValueError: there is no frame.
        ConfigError: the optimizer cannot be had.
        DivergedError: learning left the finite numbers.
    """
    if not frames:
        raise ValueError("the offline bound needs at least one frame, got none; give a stream's")
    network = first_network(model, seed=seed)
    learner = StreamLearner(network, optimizer, lr=lr, objective=objective, seed=seed)
    targets = [frame.to(learner.device) for frame in frames]
    masks = _change_masks(targets)
    shuffle = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for place in torch.randperm(len(targets), generator=shuffle).tolist():
            target, mask = targets[place], masks[place]
            _learn(learner, target, mask=mask, objective=objective)
            follow(learner.model, target, mask=mask, number=place)
    scores = _scores(learner, targets, last=last)
    if not math.isfinite(scores["mse"]):
        raise DivergedError(
            f"the error must stay finite, got {scores['mse']} after {epochs} epochs with"
            f" {optimizer}, lr {learner.optimizer.param_groups[0]['lr']:g};"
            " use a smaller learning rate"
        )
    return scores


def _change_masks(frames: Sequence[Tensor]) -> list[Tensor]:
    """What changed from each frame to the next; nothing at the first."""
    detector = ChangeDetector().to(frames[0].device)
    nothing = torch.zeros_like(frames[0][0, 0], dtype=torch.bool)
    return [nothing, *(detector.update(before, frame)[0] for before, frame in pairwise(frames))]


def _learn(learner: StreamLearner, target: Tensor, *, mask: Tensor, objective: Objective) -> None:
    """Take one step on one frame."""

    def look() -> Tensor:
        image = reconstruct(learner.model, target).image
        return losses.objective(image, target, mask=mask, kind=objective)

    @torch.no_grad()
    def closure() -> Tensor:
        return look()

    optimizer_step(learner.optimizer, Sample(look(), closure))


@torch.no_grad()
def _scores(learner: StreamLearner, targets: Sequence[Tensor], *, last: int) -> dict[str, float]:
    def look(target: Tensor) -> Tensor:
        image = reconstruct(learner.model, target).image
        return torch.stack([losses.mse(image, target), ssim(image, target)])

    mse, indices = torch.stack([look(target) for target in targets], dim=1).tolist()
    return {
        "mse": fmean(mse),
        f"last_{last}_mse": fmean(mse[-last:]),
        f"last_{last}_ssim": fmean(indices[-last:]),
    }
