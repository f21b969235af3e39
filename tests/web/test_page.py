from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.findings import make_event, make_findings

from stream_ae.detection.findings import Box, Track
from stream_ae.frame import Event, Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.step import Update
from stream_ae.observers.summary import Metrics
from stream_ae.runs.begun import Begun
from stream_ae.runs.config import TrainConfig
from stream_ae.sources.scene import SceneSource
from stream_ae.web import page
from stream_ae.web.page import LivePage
from stream_ae.web.process import PageServer, PageSettings, Wanted

ALL = Wanted(True, frozenset({"frame", "error", "foreground"}), ("encoder/down1",))


class Server(PageServer):
    """A page that takes down what it is sent."""

    def __init__(self) -> None:
        super().__init__(Path(), PageSettings("127.0.0.1", 0), run={})
        self.sent: list[tuple[Mapping[str, object], list[int]]] = []

    def send(self, header: Mapping[str, object], blobs: Sequence[bytes] = ()) -> None:
        self.sent.append((header, [len(blob) for blob in blobs]))

    def send_frame(self, header: Mapping[str, object], blobs: Sequence[bytes]) -> None:
        self.send(header, blobs)

    def frames(self) -> list[tuple[Mapping[str, object], list[int]]]:
        return [sent for sent in self.sent if sent[0]["type"] == "frame"]


class Show:
    """A learner whose steps are shown."""

    def __init__(self, *, private: bool = False, frozen: bool = False) -> None:
        self.learner, self.server = StreamLearner(size="small", frozen=frozen), Server()
        metrics = Metrics({**self.learner.facts(), "source": "scene:street"})
        config = TrainConfig(source="scene:street", private=private)
        source = SceneSource("street")
        begun = Begun(Path(), config, source, self.learner, metrics, None)
        self.page = LivePage(self.server, begun)

    def go(self, *, told: bool = False, dropped: int = 0) -> None:
        """Learn a frame and show it."""
        rgb = np.full((48, 64, 3), 100, np.uint8)
        frame = Frame(
            rgb, index=self.learner.frames, time=self.learner.frames / 25, dropped=dropped
        )
        step = self.learner.learn_one(frame)
        tracks = (Track(3, Box(0.1, 0.2, 0.3, 0.4), start=1, is_still=True),)
        events = (make_event(),) if told else ()
        findings = make_findings(
            step.number, mask=np.ones((224, 224), bool), tracks=tracks, events=events, novelty=0.5
        )
        self.page.on_findings(findings, frame)
        self.page.on_step(step)


@pytest.fixture(autouse=True)
def _every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_PICTURES", 1e9)
    monkeypatch.setattr(page, "_BEAT", 1e9)


def test_while_nobody_looks_only_signs_of_life_are_sent() -> None:
    show = Show()
    for _ in range(3):
        show.go(dropped=2)
    kinds = [header["type"] for header, _ in show.server.sent]
    assert kinds == ["run", "stages", "beat"]
    beat = show.server.sent[-1][0]
    assert (beat["number"], beat["dropped"], beat["learning"]) == (1, 2, "awake")


def test_who_looks_gets_what_the_panels_are_made_of() -> None:
    show = Show()
    show.server.wanted = Wanted(True, frozenset({"frame", "error", "foreground", "background"}))
    show.go()
    ((header, sizes),) = show.server.frames()
    arrays = header["arrays"]
    assert isinstance(arrays, list)
    assert [name for name, _ in arrays] == [
        "frame",
        "reconstruction",
        "mask",
        "background",
    ]
    pixels = 224 * 224
    assert sizes == [3 * pixels, 3 * pixels, pixels // 8, 3 * pixels]
    assert header["foreground"] == 1.0
    assert header["novelty"] == 0.5
    assert header["aspect"] == pytest.approx(64 / 48, abs=1e-4)
    assert header["tracks"] == [{"id": 3, "box": [0.1, 0.2, 0.3, 0.4], "still": True, "start": 1}]
    assert header["heat"] == {"rows": 4, "columns": 4, "values": "AAAAAAAAAAAAAAAAAAAAAA=="}
    scalars = header["scalars"]
    assert isinstance(scalars, Mapping)
    assert scalars["loss/mse"] > 0


def test_only_what_is_wanted_is_sent() -> None:
    show = Show()
    show.server.wanted = Wanted(True, frozenset({"frame"}))
    show.go()
    show.server.wanted = Wanted(True)
    show.go()
    first, second = show.server.frames()
    assert len(first[1]) == 1
    assert second[1] == []


def test_maps_of_a_stage_are_made_where_somebody_asks() -> None:
    show = Show()
    show.go()
    stages = show.server.sent[1][0]["stages"]
    assert isinstance(stages, list)
    assert len(stages) > 2
    show.server.wanted = Wanted(True, frozenset({"features"}), (stages[0], "no such stage"))
    show.go()
    ((header, _),) = show.server.frames()
    arrays = header["arrays"]
    assert isinstance(arrays, list)
    assert [name for name, _ in arrays] == [f"features {stages[0]}"]
    assert arrays[0][1][2] == 3


def test_the_moment_of_an_event_is_kept_though_nobody_looks() -> None:
    show = Show()
    show.go(told=True)
    ((header, sizes),) = show.server.frames()
    assert header["moment"] is True
    assert len(sizes) == 3


def test_no_pixel_of_a_private_run_is_sent() -> None:
    show = Show(private=True)
    show.server.wanted = ALL
    show.go(told=True)
    show.go()
    assert [blobs for _, blobs in show.server.sent if blobs] == []
    for header, _ in show.server.frames():
        assert (header["arrays"], header["heat"]) == ([], None)
    assert len(show.server.frames()) == 2
    assert show.server.sent[0][0]["private"] is True
    assert show.server.sent[1][0]["stages"] == []


def test_it_says_whether_it_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_BEAT", 0.0)
    show = Show()
    show.go()
    asleep = Update(learned=True, asleep=True)  # one of the few that are learned all the same
    show.page.on_step(replace(show.learner.learn_one(np.zeros((8, 8, 3), np.uint8)), update=asleep))
    show.learner.frozen = True
    show.go()
    watching = Show(frozen=True)
    watching.go()
    sent = [header for header, _ in show.server.sent + watching.server.sent]
    beats = [header["learning"] for header in sent if header["type"] == "beat"]
    assert beats == ["awake", "asleep", "paused", "frozen"]


def test_what_happens_to_the_stream_is_said_at_once_and_its_end() -> None:
    show = Show()
    show.page.on_event(Event("source_lost", "gone"))
    show.page.on_event(Event("reconnected", "back"))
    show.page.on_event(Event("loop", "again"))
    show.page.close()
    assert [header for header, _ in show.server.sent[1:]] == [
        {"type": "stream", "state": "lost"},
        {"type": "stream", "state": "live"},
        {"type": "stream", "state": "ended"},
        {"type": "run", "ended": True},
    ]


def test_pictures_are_no_more_than_an_eye_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_PICTURES", 1e-3)
    show = Show()
    show.server.wanted = ALL
    for _ in range(3):
        show.go()
    assert len(show.server.frames()) == 1
