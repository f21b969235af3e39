"""What needs no learning in one pass, on the same frames as the optimizers."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import tee

import torch
from torch import Tensor

from stream_ae.bench.baselines.predictors import measure, offline
from stream_ae.bench.over_seeds import CURVE_WINDOW, mean_of, window_means
from stream_ae.bench.rows import Row
from stream_ae.bench.trial import TAIL
from stream_ae.errors import DivergedError
from stream_ae.learning.device import set_up
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import FRAME_SIZE
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.nn.ssim import ssim
from stream_ae.settings.choices import THREADS, Objective
from stream_ae.sources.concat import Concat, Piece

SEEDED = "offline"
"""The baseline that depends on a seed; the others are measured once."""

FROM_THE_PAST = ("copy", "running-mean", "online-pca")
"""Those that need a frame before, so that on the first there is nothing to score."""


def score_baseline(
    name: str,
    pieces: Sequence[Piece],
    *,
    seed: int,
    objective: Objective,
    model: str | None = None,
) -> Row:
    """The metrics of a baseline, under the names of those of an optimizer.

    Args:
        name: one of :data:`stream_ae.bench.baselines.predictors.NAMES`.
        pieces: the stream.
        seed: of the first weights of ``offline``.
        objective: what that minimises.
        model: what makes its network, as for :func:`~stream_ae.bench.networks.first_network`.

    Raises:
        SourceError: the stream cannot be read.
    """
    set_up(threads=THREADS, seed=seed)
    if name == SEEDED:
        frames = list(_frames(pieces))
        try:
            metrics = offline(frames, seed=seed, objective=objective, last=TAIL, model=model)
        except DivergedError:
            return {"diverged": True}
        return {"diverged": False, **metrics}
    fed, targets = tee(_frames(pieces))  # one frame apart at most, so nothing piles up
    mse: list[float] = []
    indices: list[float] = []
    for number, (image, target) in enumerate(zip(measure(name, fed), targets, strict=True)):
        if number == 0 and name in FROM_THE_PAST:
            continue
        pair = torch.stack([losses.mse(image, target), ssim(image, target)]).tolist()
        mse.append(pair[0])
        indices.append(pair[1])
    return {
        "diverged": False,
        "mse": mean_of(mse),
        "ssim": mean_of(indices),
        "last_50_mse": mean_of(mse[-TAIL:]),
        "last_50_ssim": mean_of(indices[-TAIL:]),
        "curve": window_means(mse, CURVE_WINDOW),
    }


def _frames(pieces: Sequence[Piece]) -> Iterator[Tensor]:
    """Every frame as the network takes it, (1, 3, 224, 224)."""
    with Concat(pieces) as source, closing(source.frames()) as frames:
        for frame in frames:
            yield to_tensor(frame.rgb, size=FRAME_SIZE)
