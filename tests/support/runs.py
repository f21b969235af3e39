"""Run folders as a real run writes them, out of steps made by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Unpack

import torch
from tests.support.steps import StepOptions, make_step

from stream_ae.learning.observer import Observer
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.observers.journal import Journal
from stream_ae.observers.summary import Metrics

FACTS: dict[str, object] = {
    "source": "scene:street",
    "optimizer": {"name": "adam", "lr": 0.003},
    "parameters": 54_321,
    "latent_shape": [16, 28, 28],
    "ssim_every": 1,
    "seed": 7,
    "device": "cpu",
    "threads": 2,
}
CONFIG = {"source": "scene:street", "fit": "stretch", "versions": {"torch": "2.13.0"}}


class _Learner:
    frames = 0

    def state_dict(self) -> dict[str, object]:
        return {"weight": torch.arange(1000.0), "previous": None, "mean": None}


def write_run(
    directory: Path,
    *,
    frames: int,
    facts: Mapping[str, object] = FACTS,
    observers: Sequence[Observer] = (),
    **step: Unpack[StepOptions],
) -> Path:
    """A run of ``frames`` frames; ``step`` goes to each :func:`make_step`."""
    learner, metrics = _Learner(), Metrics(facts)
    journal = Journal(directory, config=CONFIG)
    checkpoints = Checkpointer(directory, learner, metrics=metrics, settings={})
    everyone: list[Observer] = [metrics, journal, *observers, checkpoints]
    for number in range(1, frames + 1):
        learner.frames = number
        for observer in everyone:
            observer.on_step(make_step(number, **step))
    for observer in everyone:
        observer.close()
    return directory
