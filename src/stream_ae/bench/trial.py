"""One measured run: a network that has seen nothing, a stream seen once, and what came of it.

What is to be measured travels as a :class:`Trial` of plain values, what came of it as a
:class:`Result` of plain numbers, so that a run may as well be done in another process.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import torch

from stream_ae.bench.contestants import FROZEN, NO_MAP
from stream_ae.bench.networks import first_network
from stream_ae.errors import DivergedError
from stream_ae.learning.device import set_up
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.learning.running_stats import RunningMean
from stream_ae.learning.step import Step
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import FRAME_SIZE
from stream_ae.nn.network import reconstruct
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.nn.ssim import ssim
from stream_ae.observers.summary import Metrics
from stream_ae.settings.choices import OBJECTIVE, THREADS, Objective
from stream_ae.sources.concat import Concat, Piece

FRAMES, SEEDS = 500, 5
"""Of each stream and of first weights, unless said otherwise."""

TAIL = 50
"""Frames at the end of a stream, or of a part of it, whose mean says how far learning has come."""

TRACED = (
    "loss/mse",
    "loss/copy_last_frame",
    "optim/effective_step",
    "optim/update_ratio",
    "optim/overshoot",
)
"""The scalars that are kept of every frame."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be measured.

    Args:
        pieces: the stream.
        optimizer: its name, with :data:`~stream_ae.bench.contestants.NO_MAP` behind it or not.
        lr: its rate; None for its own.
        seed: of the first weights.
        objective: what training minimises.
        model: ``package.module:factory`` of a network of somebody else's; None for ours.
    """

    pieces: tuple[Piece, ...]
    optimizer: str
    lr: float | None = None
    seed: int = 0
    objective: Objective = OBJECTIVE
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    Args:
        trial: what was measured.
        summary: as in ``summary.json``.
        trace: the scalars :data:`TRACED` frame by frame, None where a frame has none.
        diverged: whether learning left the finite numbers; then the rest is of the frames before.
    """

    trial: Trial
    summary: Mapping[str, object]
    trace: Mapping[str, Sequence[float | None]]
    diverged: bool

    @property
    def mse(self) -> list[float]:
        """The squared error of every frame, scored before it was learned."""
        return [value for value in self.trace["loss/mse"] if value is not None]


class Trace(Observer):
    """Keep the scalars :data:`TRACED` of every frame."""

    def __init__(self) -> None:
        self.values: dict[str, list[float | None]] = {tag: [] for tag in TRACED}

    def on_step(self, step: Step) -> None:
        """Take one step in."""
        scalars = step.scalars()
        for tag, values in self.values.items():
            values.append(scalars.get(tag))


def learn(trial: Trial) -> Result:
    """Measure a fresh network on the whole of its stream.

    Raises:
        SourceError: the stream cannot be read.
    """
    return follow(fresh(trial), trial)


def fresh(trial: Trial) -> StreamLearner:
    """The learner of a trial before its first frame, in a process prepared for it."""
    set_up(threads=THREADS, seed=trial.seed)
    name = trial.optimizer.removesuffix(NO_MAP)
    model = first_network(trial.model, seed=trial.seed, with_map=name == trial.optimizer)
    if name == FROZEN:
        return StreamLearner(model, frozen=True, objective=trial.objective, seed=trial.seed)
    return StreamLearner(
        model,
        name,
        lr=trial.lr,
        objective=trial.objective,
        gate=False,  # every frame is learned by all
        by_frames=True,
        seed=trial.seed,
    )


def follow(
    learner: StreamLearner,
    trial: Trial,
    *,
    observers: Sequence[Observer] = (),
    frames: int = 0,
) -> Result:
    """Learn the stream of a trial from where the learner stands, and say what came of it.

    Args:
        learner: what learns; changed.
        trial: whose stream it is.
        observers: further ones.
        frames: frames learned in all when it is enough; 0 goes to the end.

    Raises:
        SourceError: the stream cannot be read.
    """
    metrics, trace, diverged = Metrics(learner.facts()), Trace(), False
    with Concat(trial.pieces) as source:
        try:
            run(source, learner, observers=[metrics, trace, *observers], frames=frames)
        except DivergedError:
            diverged = True
    return Result(trial, metrics.summary(), trace.values, diverged)


@torch.no_grad()
def score(learner: StreamLearner, pieces: Sequence[Piece]) -> dict[str, float | None]:
    """How well a network reconstructs a stream while it does not learn.

    Returns:
        Means of ``mse`` and ``ssim`` over the frames, and of ``copy_last_frame`` over all but the
        first.

    Raises:
        SourceError: the stream cannot be read.
    """
    means = {key: RunningMean() for key in ("mse", "ssim", "copy_last_frame")}
    previous: torch.Tensor | None = None
    with Concat(pieces) as source, closing(source.frames()) as stream:
        for frame in stream:
            target = to_tensor(frame.rgb, size=FRAME_SIZE).to(learner.device)
            image = reconstruct(learner.model, target).image
            metrics = {"mse": losses.mse(image, target), "ssim": ssim(image, target)}
            if previous is not None:
                metrics["copy_last_frame"] = losses.mse(previous, target)
            for key, value in zip(metrics, torch.stack([*metrics.values()]).tolist(), strict=True):
                means[key].add(value)
            previous = target
    return {key: mean.value for key, mean in means.items()}
