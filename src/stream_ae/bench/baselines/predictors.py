"""What a network has to beat on the same frames, and the bound that it cannot be expected to.

Four predictions are prequential: nothing of a frame is learned before it is predicted. Two of them
know only the past (copy, running mean). Two see the frame itself, as the network does, through a
code of about as many values as its latent has (12,544): bicubic and online PCA. The fifth is the
bound of :mod:`stream_ae.bench.baselines.offline`, which has all frames at hand.
"""

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from stream_ae.bench.baselines.offline import offline
from stream_ae.bench.baselines.online_pca import OnlinePCA
from stream_ae.learning.running_stats import RunningImage

__all__ = ["NAMES", "measure", "offline"]

NAMES = ("copy", "running-mean", "bicubic", "online-pca", "offline")
"""From the cheapest to the bound; :func:`measure` takes all but the last."""

SMALL = (64, 64)
"""What ``bicubic`` shrinks a frame to: 12,288 values."""

GREY = 0.5
"""Predicted where no frame came before."""


def measure(name: str, frames: Iterable[Tensor]) -> Iterator[Tensor]:
    """The prediction of each frame by a baseline, as the frames come.

    ==============  ==============================================================================
    copy            the frame before
    running-mean    the mean of all frames before
    bicubic         the frame, shrunk to 64 × 64 and enlarged again, both bicubic with antialiasing
    online-pca      the frame, each 8 × 8 × 3 patch through 16 principal components of all patches
                    of the frames before (:class:`~stream_ae.bench.baselines.online_pca.OnlinePCA`)
    ==============  ==============================================================================

    Where a prediction needs a frame before and there is none, it is mid grey.

    Args:
        name: one of :data:`NAMES` but ``offline``.
        frames: each (1, 3, 224, 224) in [0, 1].

    Returns:
        One prediction a frame, (1, 3, 224, 224) in [0, 1].

    Raises:
        ValueError: no such baseline.

    >>> dark, light = torch.zeros(1, 3, 224, 224), torch.ones(1, 3, 224, 224)
    >>> [image.mean().item() for image in measure("copy", [dark, light])]
    [0.5, 0.0]
    """
    if name == "copy":
        return _copy(frames)
    if name == "running-mean":
        return _running_mean(frames)
    if name == "bicubic":
        return map(_bicubic, frames)
    if name == "online-pca":
        return _online_pca(frames)
    if name == "offline":
        raise ValueError("the baseline 'offline' sees all frames at once; call offline() for it")
    raise ValueError(f"unknown baseline {name!r}; choose one of {', '.join(NAMES[:-1])}")


def _copy(frames: Iterable[Tensor]) -> Iterator[Tensor]:
    previous: Tensor | None = None
    for frame in frames:
        yield torch.full_like(frame, GREY) if previous is None else previous
        previous = frame


def _running_mean(frames: Iterable[Tensor]) -> Iterator[Tensor]:
    mean: RunningImage | None = None
    for frame in frames:
        if mean is None:
            mean = RunningImage(tuple(frame.shape)).to(frame.device)
            yield torch.full_like(frame, GREY)
        else:
            yield mean.mean.clone()  # it goes on changing in place
        mean.update(frame)


def _bicubic(frame: Tensor) -> Tensor:
    small = F.interpolate(frame, SMALL, mode="bicubic", antialias=True)
    image = F.interpolate(small, frame.shape[2:], mode="bicubic", antialias=True)
    return image.clamp_(0.0, 1.0)


def _online_pca(frames: Iterable[Tensor]) -> Iterator[Tensor]:
    pca = OnlinePCA()
    for frame in frames:
        yield pca.reconstruct(frame)
        pca.update(frame)
