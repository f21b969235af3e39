import numpy as np
import pytest

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.watching import Watching


class Remembers(FindingsObserver):
    """Remembers what it is told; its disk is full now and then."""

    def __init__(self, *, fails: bool = False) -> None:
        self.numbers: list[int] = []
        self.frames: list[Frame] = []
        self.fails, self.is_closed = fails, False

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        self.numbers.append(findings.number)
        self.frames.append(frame)
        if self.fails:
            raise OSError("disk full")

    def close(self) -> None:
        self.is_closed = True
        if self.fails:
            raise OSError("disk full")


def test_everybody_is_told_of_every_frame_though_a_disk_is_full() -> None:
    learner, watcher = StreamLearner(frozen=True), Watcher()
    first, full, last = Remembers(), Remembers(fails=True), Remembers()
    watching = Watching(watcher, [first, full, last], with_latents=True)
    frames = [np.full((30, 40, 3), grey, np.uint8) for grey in (10, 20)]
    steps = [learner.learn_one(frame) for frame in frames]
    for step in steps:
        with pytest.raises(OSError, match="disk full"):
            watching.on_step(step)
    with pytest.raises(OSError, match="disk full"):
        watching.close()
    assert watcher.frames == 2
    for observer in (first, full, last):
        assert observer.numbers == [1, 2]
        assert [id(frame) for frame in observer.frames] == [id(step.frame) for step in steps]
        assert observer.is_closed
