import logging
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from stream_ae.errors import SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, Step
from stream_ae.observers.summary import Metrics
from stream_ae.sources.base import Source


class Ramp(Source):
    """A number of small frames, each a little brighter."""

    def __init__(self, length: int, *, breaks: bool = False, late: int = 0) -> None:
        super().__init__("ramp", length=length)
        self.breaks, self.late = breaks, late

    def read(self, start: int) -> Iterator[Frame | Event]:
        for index in range(start, self.length or 0):
            rgb = np.full((8, 8, 3), 10 * index % 256, np.uint8)
            yield Frame(rgb, index=index, is_first=index == 0)
        yield from [Event("decode_error", "one is lost")] * self.late
        if self.breaks:
            raise SourceLostError("the ramp broke; repair it")


class Notes(Observer):
    """Remember what was told, by whom, in one list for all."""

    def __init__(self, name: str, notes: list[tuple[str, str, int]]) -> None:
        self.name, self.notes, self.number = name, notes, 0

    def on_step(self, step: Step) -> None:
        self.number = step.number
        self.notes.append((self.name, "step", step.number))

    def on_event(self, event: Event) -> None:
        self.notes.append((self.name, event.kind, self.number))

    def close(self) -> None:
        self.notes.append((self.name, "close", self.number))


class FullDisk(Observer):
    def __init__(self) -> None:
        self.told = 0

    def on_step(self, step: Step) -> None:
        self.told = step.number
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        raise OSError(28, "No space left on device")


def test_every_observer_is_told_of_what_happens_after_the_last_frame() -> None:
    notes: list[tuple[str, str, int]] = []
    metrics = Metrics({})
    observers = [metrics, Notes("a", notes), Notes("b", notes)]
    run(Ramp(2, late=3), StreamLearner(objective="mse"), observers=observers)
    late = [("a", "decode_error", 2), ("b", "decode_error", 2)] * 3
    assert notes[4:] == [*late, ("a", "close", 2), ("b", "close", 2)]
    summary = metrics.summary()
    assert (summary["frames"], summary["decode_errors"]) == (2, 3)


def test_every_observer_is_told_of_every_frame_in_order_and_closed_in_order() -> None:
    notes: list[tuple[str, str, int]] = []
    learner = StreamLearner(optimizer="sgd")
    run(Ramp(3), learner, observers=[Notes("a", notes), Notes("b", notes)])
    told = [(name, "step", number) for number in (1, 2, 3) for name in ("a", "b")]
    assert notes == [*told, ("a", "close", 3), ("b", "close", 3)]
    assert learner.frames == 3


@pytest.mark.slow
def test_frames_counts_those_of_earlier_parts() -> None:
    learner = StreamLearner(optimizer="sgd")
    run(Ramp(10), learner, frames=2)
    notes: list[tuple[str, str, int]] = []
    run(Ramp(10), learner, observers=[Notes("a", notes)], frames=5)
    assert [number for _, what, number in notes if what == "step"] == [3, 4, 5]
    run(Ramp(10), learner, frames=5)
    assert learner.frames == 5
    assert not [t for t in threading.enumerate() if t.name.startswith("reader")]


def test_a_resumed_learner_goes_on_after_its_last_frame() -> None:
    learner = StreamLearner(optimizer="sgd")
    run(Ramp(10), learner, frames=2)
    seen: list[int] = []

    class Indices(Observer):
        def on_step(self, step: Step) -> None:
            seen.append(step.frame.index)

    run(Ramp(4), learner, observers=[Indices()])
    assert seen == [2, 3]


def test_a_full_disk_is_reported_once_and_learning_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    learner, disk = StreamLearner(optimizer="sgd"), FullDisk()
    notes: list[tuple[str, str, int]] = []
    with caplog.at_level(logging.WARNING, "stream_ae"):
        run(Ramp(4), learner, observers=[disk, Notes("a", notes)])
    assert disk.told == learner.frames == 4
    assert notes[-1] == ("a", "close", 4)
    assert [r.message for r in caplog.records] == [
        "cannot write: [Errno 28] No space left on device; learning goes on without it"
    ]


class NamedFiles(Observer):
    """Fail to write another file each time, and remember what happened."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_step(self, step: Step) -> None:
        raise OSError(28, "No space left on device", f"run/{step.number}.pt")

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        raise OSError(5, "Input/output error", "run/events.jsonl")

    def close(self) -> None:
        raise OSError(30, "Read-only file system", "run/summary.json")


def test_what_cannot_be_written_is_named_and_told_to_all_as_an_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    observers = [NamedFiles(), NamedFiles()]
    run(Ramp(3), StreamLearner(optimizer="sgd"), observers=observers)
    full, broken, only = (
        "cannot write run/1.pt: No space left on device",
        "cannot write run/events.jsonl: Input/output error",
        "cannot write run/summary.json: Read-only file system",
    )
    goes_on = "; learning goes on without it"
    assert sorted(caplog.messages) == sorted(2 * [f"{full}{goes_on}", f"{broken}{goes_on}", only])
    for observer in observers:
        assert {event.kind for event in observer.events} == {"cannot_write"}
        assert sorted(event.text for event in observer.events) == sorted(2 * [full, broken, only])


def test_a_disk_that_fails_again_long_after_the_last_time_is_told_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now, failing = [0.0], (1, 2, 3, 6, 7)

    class Fails(Observer):
        def on_step(self, step: Step) -> None:
            now[0] += 300.0
            if step.number in failing:
                raise OSError(28, "No space left on device", f"run/{step.number}.pt")

    monkeypatch.setattr("stream_ae.learning.loop.time.monotonic", lambda: now[0])
    run(Ramp(8), StreamLearner(optimizer="sgd"), observers=[Fails()])
    names = [message.split(":")[0] for message in caplog.messages]
    assert names == ["cannot write run/1.pt", "cannot write run/6.pt"]


def test_a_stream_that_breaks_closes_the_observers_and_says_so() -> None:
    notes: list[tuple[str, str, int]] = []
    with pytest.raises(SourceLostError, match="the ramp broke"):
        run(Ramp(3, breaks=True), StreamLearner(optimizer="sgd"), observers=[Notes("a", notes)])
    assert notes[-1] == ("a", "close", 3)


def test_a_source_that_is_stopped_ends_the_run_after_the_frame_in_hand() -> None:
    source, learner = Ramp(1000), StreamLearner(optimizer="sgd")

    class Stop(Observer):
        def on_step(self, step: Step) -> None:
            if step.number == 3:
                source.stop()

    run(source, learner, observers=[Stop()])
    assert learner.frames == 3


class Ticks:
    """A clock of the machine that goes on by one second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Times(Observer):
    """Keep the times of every step; reading the clock itself takes a second of its part."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.seconds: list[dict[str, float]] = []
        self.losses: list[float] = []

    def on_step(self, step: Step) -> None:
        time.perf_counter()
        self.seconds.append(dict(step.seconds))
        self.losses.append(step.losses.mse)


def test_all_time_is_booked_under_a_part() -> None:
    times = Times("checkpoint")
    run(Ramp(3), StreamLearner(optimizer="sgd"), observers=[times])
    assert set().union(*times.seconds) <= set(PARTS)
    assert "checkpoint" not in times.seconds[0]
    assert times.seconds[1]["checkpoint"] > 0.0
    assert {"read", "change", "forward", "loss", "backward", "update"} <= set(times.seconds[0])


def test_an_observer_may_have_a_part_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", Ticks())
    learner, mail, log = StreamLearner(optimizer="sgd"), Times("mail"), Times("log")
    metrics = Metrics(learner.facts())
    run(Ramp(3), learner, observers=[metrics, mail, log])
    assert "mail" not in mail.seconds[0]
    assert [seconds["mail"] for seconds in mail.seconds[1:]] == [2.0, 2.0]
    assert [seconds["log"] for seconds in mail.seconds[1:]] == [3.0, 3.0]  # of two observers
    assert metrics.summary()["seconds_by_part"]["mail"] == 4.0


@pytest.mark.slow
def test_a_loop_written_by_hand_gives_the_same_steps_with_the_same_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = []
    for by_hand in (False, True):
        monkeypatch.setattr(time, "perf_counter", Ticks())
        learner = StreamLearner(optimizer="sgd")
        metrics = Metrics(learner.facts())
        observers: list[Observer] = [metrics, times := Times("mail"), Times("checkpoint")]
        if by_hand:
            for frame in learner.stream(Ramp(4)):
                step = learner.learn_one(frame)
                for observer in observers:
                    learner.tell(observer, step)
        else:
            run(Ramp(4), learner, observers=observers)
        summary = metrics.summary()
        pairs.append((times.seconds, times.losses, summary["fps"], summary["seconds_by_part"]))
    assert pairs[0] == pairs[1]
    assert len(pairs[0][0]) == 4
    assert pairs[0][0][0]["read"] == 1.0


def test_time_is_booked_even_where_an_observer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", Ticks())
    times = Times("mail")
    run(Ramp(2), StreamLearner(optimizer="sgd"), observers=[FullDisk(), times])
    assert times.seconds[1]["log"] == 1.0


def test_a_loop_broken_off_by_hand_ends_the_reader() -> None:
    learner = StreamLearner(optimizer="sgd")
    frames = learner.stream(Ramp(1000))
    learner.learn_one(next(frames))
    frames.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("reader")]
    (frame,) = learner.stream(Ramp(2))
    assert frame.index == 1
