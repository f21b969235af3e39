"""A run that has begun: what all who are told of its steps are made of."""

from dataclasses import dataclass
from pathlib import Path

from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.summary import Metrics
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.watch import Watched
from stream_ae.sources.base import Source


@dataclass(frozen=True, slots=True)
class Begun:
    """A run before its next frame.

    Args:
        directory: the run folder.
        config: as the run was begun, which of a resumed one is not what was asked for.
        source: the stream, not yet read from.
        learner: with all that is known already.
        metrics: of the whole run.
        watched: what tells what does not belong to the scene; None where nobody asked.
    """

    directory: Path
    config: TrainConfig
    source: Source
    learner: StreamLearner
    metrics: Metrics
    watched: Watched | None
