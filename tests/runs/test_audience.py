import queue
from collections.abc import Mapping
from pathlib import Path

from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.controls import Command, Controls
from stream_ae.observers.pace import Pacer
from stream_ae.observers.summary import Metrics
from stream_ae.runs.audience import audience, checkpointer_of
from stream_ae.runs.begun import Begun
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.watch import Watched
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.sources.scene import SceneSource


class Desk:
    """Where nobody asks for anything."""

    commands: "queue.SimpleQueue[Command]" = queue.SimpleQueue()

    def send(self, header: Mapping[str, object]) -> None:
        raise AssertionError(header)


class Guest(Observer):
    """Somebody who looks on."""

    def on_step(self, step: Step) -> None:
        raise AssertionError(step)


def _names(
    directory: Path, config: TrainConfig, *, desk: Desk | None = None, guests: bool = False
) -> list[str]:
    learner = StreamLearner(size="small")
    metrics = Metrics({**learner.facts(), "source": "scene:street"})
    watched = Watched(config) if isinstance(config, WatchConfig) else None
    begun = Begun(directory, config, SceneSource("street"), learner, metrics, watched)
    told = audience(
        begun,
        checkpointer_of(begun, may_save=lambda: None),
        readings=None,
        guests=(lambda *_: [Guest()]) if guests else None,
        desk=desk,
    )
    for observer in reversed(told):
        observer.close()
    return [type(observer).__name__ for observer in told]


def test_a_run_that_is_only_trained(tmp_path: Path) -> None:
    config = TrainConfig(source="scene:street")
    assert _names(tmp_path, config) == ["Board", "Journal", "Progress"]
    quiet = TrainConfig(source="scene:street", tensorboard=False, progress=False)
    assert _names(tmp_path, quiet) == ["Journal"]


def test_who_watches_comes_first_and_guests_after_the_others(tmp_path: Path) -> None:
    config = WatchConfig(source="scene:street", tensorboard=False, progress=False)
    assert _names(tmp_path, config, guests=True) == ["Watching", "Journal", "Guest"]


def test_one_with_a_page_is_paced_and_controlled_last(tmp_path: Path) -> None:
    config = LiveConfig(tensorboard=False, progress=False)
    names = _names(tmp_path, config, guests=True, desk=Desk())
    assert names == ["Watching", "Journal", "Guest", Pacer.__name__, Controls.__name__]
