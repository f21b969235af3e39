from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.summary import Metrics
from stream_ae.runs.begun import Begun
from stream_ae.runs.config import TrainConfig
from stream_ae.sources.scene import SceneSource


def test_a_run_that_has_begun_is_what_it_is() -> None:
    learner = StreamLearner(size="small")
    config = TrainConfig(source="scene:street")
    begun = Begun(Path("a"), config, SceneSource("street"), learner, Metrics({}), None)
    assert begun.learner is learner
    with pytest.raises(FrozenInstanceError):
        begun.learner = learner  # type: ignore[misc]
