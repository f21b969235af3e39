import time
from pathlib import Path

import numpy as np
import pytest
from tests.support.findings import make_event, make_findings
from tests.support.steps import SIZE, make_step

from stream_ae.detection.findings import Box, Track
from stream_ae.errors import MissingExtraError
from stream_ae.fleet.reporter import Reporter
from stream_ae.frame import Event, Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.summary import Metrics
from stream_ae.runs.begun import Begun
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.sources.scene import SceneSource

FRAME = Frame(np.zeros((4, 4, 3), np.uint8))


class Saves:
    """What saved ten seconds ago."""

    failure = ""

    @property
    def saved_at(self) -> float:
        return time.monotonic() - 10.0


SAVES = Saves()


def reporter(*, private: bool = False) -> Reporter:
    config = WatchConfig(source="scene:quiet", private=private)
    learner = StreamLearner(size="small")
    metrics = Metrics({**learner.facts(), "source": "scene:quiet"})
    return Reporter(Begun(Path(), config, SceneSource("quiet"), learner, metrics, None), SAVES)


def learn(run: Reporter, number: int, *, told: bool = False) -> None:
    tracks = (Track(1, Box(0.1, 0.1, 0.2, 0.2), start=1),)
    events = (make_event(start=number),) if told else ()
    mask = np.ones((SIZE, SIZE), bool)
    findings = make_findings(number, mask=mask, novelty=0.75, tracks=tracks, events=events)
    run.on_findings(findings, FRAME)
    run.on_step(make_step(number))


def test_before_the_first_frame_it_starts() -> None:
    status = reporter().status("door")
    assert (status.name, status.state, status.frame) == ("door", "starting", 0)
    assert status.text == "no frame has come yet"


def test_what_is_learned_is_told() -> None:
    run = reporter()
    for number in (1, 2, 3):
        learn(run, number)
    status = run.status("door")
    assert (status.state, status.text, status.frame) == ("learning", "", 3)
    assert (status.novelty, status.things, status.last_event) == (0.75, 1, None)
    assert status.fps > 0
    samples = {name: value for name, _, value in status.samples}
    assert samples["stream_ae_frames_total"] == 3
    assert samples["stream_ae_checkpoint_age_seconds"] == pytest.approx(10.0, abs=1.0)
    assert run.status("door").samples == ()


def test_a_source_that_is_lost_is_away_until_its_next_frame() -> None:
    run = reporter()
    run.on_event(Event("source_lost", "connection refused"))
    assert run.status("door").state == "away"
    learn(run, 1)
    assert run.status("door").state == "learning"
    run.on_event(Event("source_lost", "connection refused"))
    status = run.status("door")
    assert (status.state, status.text) == ("away", "the source is lost: connection refused")
    assert status.fps == 0.0
    learn(run, 2)
    assert run.status("door").text == ""


def test_a_full_disk_is_told_until_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    run = reporter()
    learn(run, 1)
    monkeypatch.setattr(SAVES, "failure", "cannot write a.pt: No space left on device")
    status = run.status("door")
    assert (status.state, status.text) == ("learning", "cannot write a.pt: No space left on device")
    monkeypatch.setattr(SAVES, "failure", "")
    assert run.status("door").text == ""


def test_every_event_is_told_once_however_often_it_is_tried() -> None:
    run = reporter()
    learn(run, 1, told=True)
    learn(run, 2, told=True)
    assert [event["start"] for event in run.untold()] == [1, 2]
    learn(run, 3, told=True)
    run.told(2)
    assert [event["start"] for event in run.untold()] == [3]
    last = run.status("door").last_event
    assert last is not None
    assert (last["start"], last["text"].split(",")[0]) == (3, "something appeared")


def test_panels_are_there_while_somebody_looks_at_them() -> None:
    run = reporter()
    learn(run, 1)
    assert run.status("door").sight is None
    run.look(("frame", "foreground"))
    learn(run, 2)
    sight = run.status("door").sight
    assert sight is not None
    assert [(name, jpeg[:2]) for name, jpeg in sight.pictures.items()] == [
        ("foreground", b"\xff\xd8"),
        ("frame", b"\xff\xd8"),
    ]
    assert (sight.numbers["number"], sight.numbers["novelty"]) == (2, 0.75)
    assert sight.numbers["heat"] is not None
    run.look(())
    assert run.status("door").sight is None


def test_of_a_private_run_there_are_numbers_only() -> None:
    run = reporter(private=True)
    run.look(("frame", "error"))
    learn(run, 1)
    sight = run.status("door").sight
    assert sight is not None
    assert sight.pictures == {}
    assert (sight.numbers["number"], sight.numbers["heat"]) == (1, None)


def test_what_is_seen_is_copied_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("stream_ae.fleet.reporter.time.monotonic", lambda: now[0])
    run = reporter()
    run.look(["frame"])
    numbers: list[object] = []
    for passed in (0.0, 0.5, 0.6):
        now[0] += passed
        learn(run, 1 + len(numbers))
        sight = run.status("door").sight
        assert sight is not None
        numbers.append(sight.numbers["number"])
    assert numbers == [1, 1, 3]


def test_without_pillow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ae.fleet.reporter.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"Pillow.*stream-ae\[fleet\]"):
        reporter()


def test_it_ends_its_run() -> None:
    config = WatchConfig(source="scene:quiet")
    learner, source = StreamLearner(size="small"), SceneSource("quiet")
    run = Reporter(Begun(Path(), config, source, learner, Metrics({}), None), SAVES)
    run.stop()
    assert list(source.frames()) == []
