"""stream-ae learns a video stream while it watches it: one frame at a time, once each.

    from stream_ae import StreamLearner, open_source

    learner = StreamLearner()
    with open_source("street.mp4") as frames:
        for frame in frames:
            step = learner.learn_one(frame)  # predict, score, then learn from it once
            print(step.losses.mse, step.change.ratio)
    learner.save("street.pt")

``run`` is the same loop with observers; ``BoundedGD`` is the optimizer that learns here by default,
and a plain ``torch.optim.Optimizer`` for networks of your own. The names listed below stay as they
are from one version to the next. Everything else may change.
"""

from stream_ae.detection.change import ChangeDetector
from stream_ae.errors import (
    CheckpointError,
    ConfigError,
    DivergedError,
    MissingExtraError,
    SourceError,
    SourceLostError,
    StreamAEError,
)
from stream_ae.frame import Event, Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder
from stream_ae.nn.init import sparse_init
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.obgd import AdaptiveObGD, ObGD
from stream_ae.optim.registry import build_optimizer
from stream_ae.sources.address import open_source
from stream_ae.sources.base import Source

__all__ = [
    "AdaptiveObGD",
    "BoundedGD",
    "ChangeDetector",
    "CheckpointError",
    "ConfigError",
    "DivergedError",
    "Event",
    "Frame",
    "MissingExtraError",
    "ObGD",
    "Observer",
    "Reconstruction",
    "Source",
    "SourceError",
    "SourceLostError",
    "Step",
    "StreamAEError",
    "StreamLearner",
    "StreamingVideoAutoencoder",
    "build_optimizer",
    "open_source",
    "run",
    "sparse_init",
]
