import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from tests.conformance.sources import check_live, check_source, readers

from stream_ae.errors import SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources import base
from stream_ae.sources.base import READ_AHEAD, Source


def frame(index: int, *, first: bool = False, events: tuple[Event, ...] = ()) -> Frame:
    rgb = np.full((2, 3, 3), index % 256, np.uint8)
    return Frame(rgb, index, index / 10, "numbers", is_first=first, events=events)


class Numbers(Source):
    """Counts, for ever or up to ``end``; may fail there."""

    def __init__(self, *, end: int = 10**9, error: Exception | None = None) -> None:
        super().__init__("numbers")
        self.end, self.error = end, error
        self.read_so_far = 0

    def read(self, start: int) -> Iterator[Frame]:
        for index in range(start, self.end):
            self.read_so_far = index + 1
            yield frame(index, first=index == 0)
        if self.error is not None:
            raise self.error


class Camera(Source):
    """Gives what it is told to, when it is told to."""

    def __init__(self) -> None:
        super().__init__("camera", live=True)
        self.go = threading.Semaphore(0)
        self.came = threading.Semaphore(0)

    def read(self, start: int) -> Iterator[Frame]:
        index = start
        while not self.closing:
            if self.go.acquire(timeout=0.01):
                text = (Event("source_lost", str(index)),) if index % 10 == 3 else ()
                shown = replace(frame(index, first=index % 10 == 3, events=text), source="camera")
                yield shown
                self.came.release()  # reached when the queue has taken it
                index += 1


class Eager(Camera):
    """A camera that shows a picture whenever one can be taken."""

    def read(self, start: int) -> Iterator[Frame]:
        self.go.release(10_000)
        yield from super().read(start)


def test_conformance_of_a_recorded_stream() -> None:
    check_source(Numbers)


def test_conformance_of_a_live_stream() -> None:
    class First(Eager):
        def read(self, start: int) -> Iterator[Frame]:
            for number, shown in enumerate(super().read(start)):
                yield replace(shown, is_first=number == 0)
                self.pause(0.001)

    check_live(First)


def test_a_recorded_stream_waits_for_the_learner() -> None:
    with Numbers() as source:
        frames = source.frames()
        assert next(frames).index == 0
        for _ in range(200):
            if source.read_so_far == READ_AHEAD + 2:
                break
            source.pause(0.01)
        assert not source.pause(0.05)
        assert source.read_so_far == READ_AHEAD + 2, "four wait, one is in the reader's hand"
        assert [shown.index for shown in islice(frames, 50)] == list(range(1, 51))


def test_a_live_stream_keeps_the_latest_and_what_the_lost_ones_told() -> None:
    with Camera() as source:
        frames = source.frames()
        source.go.release()
        assert next(frames).dropped == 0
        for _ in range(5):
            source.go.release()
        for _ in range(6):
            assert source.came.acquire(timeout=10)
        latest = next(frames)
        assert latest.rgb[0, 0, 0] == 5
        assert latest.dropped == 4
        assert latest.index == 1, "only what is delivered is counted"
        assert latest.is_first, "as one of the lost was"
        assert [event.text for event in latest.events] == ["3"]


def test_frames_are_prepared_in_the_reader() -> None:
    threads = set()

    def prepare(shown: Frame) -> Frame:
        threads.add(threading.current_thread())
        return replace(shown, source="prepared")

    with Numbers(end=5) as source:
        assert [shown.source for shown in source.frames(prepare)] == ["prepared"] * 5
    assert len(threads) == 1
    assert threading.current_thread() not in threads


@pytest.mark.parametrize("where", ["read", "prepare"])
def test_an_error_of_the_reader_is_raised_where_frames_are_taken(where: str) -> None:
    error = SourceLostError("gone")

    def prepare(shown: Frame) -> Frame:
        if where == "prepare" and shown.index == 3:
            raise error
        return shown

    with Numbers(end=3 if where == "read" else 9, error=error) as source:
        got: list[Frame] = []
        with pytest.raises(SourceLostError, match="gone"):
            got.extend(source.frames(prepare))
    assert [shown.index for shown in got] == [0, 1, 2]
    assert not readers()


def test_an_iteration_ends_the_one_before() -> None:
    with Numbers() as source:
        first = source.frames()
        assert next(first).index == 0
        assert [shown.index for shown in islice(source.frames(start=7), 2)] == [7, 8]
        assert list(first) == []
        assert len(readers()) <= 1


def test_the_reader_notices_that_it_should_end() -> None:
    ended = threading.Event()

    class Waiting(Source):
        def read(self, start: int) -> Iterator[Frame]:
            yield frame(start, first=True)
            assert not self.closing
            if self.pause(3600):
                assert self.closing
                ended.set()

    with Waiting("waiting") as source:
        assert next(source.frames()).is_first
    assert ended.is_set()
    assert not readers()


def test_stopping_before_the_first_frame_gives_none() -> None:
    with Numbers() as source:
        source.stop()
        assert list(source) == []


def stop_by(source: Source, how: str) -> Callable[[], None]:
    return source.stop if how == "stop" else source.close


@pytest.mark.parametrize("how", ["stop", "close"])
def test_another_thread_may_end_it(how: str) -> None:
    source = Numbers()
    timer = threading.Timer(0.05, stop_by(source, how))
    timer.start()
    assert [shown.index for shown in source][:3] == [0, 1, 2]
    timer.join()
    source.close()
    assert not readers()


def test_a_source_that_nobody_iterates_has_nothing_to_read_for() -> None:
    source = Numbers()
    assert source.closing
    assert source.pause(3600), "it does not wait"
    with source:
        frames = source.frames()
        next(frames)
        assert not source.closing
        frames.close()
        assert source.closing
        assert not readers(), "ending an iteration ends its reader"


def test_the_reader_itself_may_close_the_source() -> None:
    source = Numbers()

    def close(shown: Frame) -> Frame:
        if shown.index == 2:
            source.close()
        return shown

    assert [shown.index for shown in source.frames(close)] in ([], [0], [0, 1])
    assert not readers()


def test_closing_does_not_wait_for_ever_for_a_camera_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "LIVE_JOIN_TIMEOUT", 0.05)
    release = threading.Event()

    class Hanging(Source):
        def read(self, start: int) -> Iterator[Frame]:
            yield frame(start, first=True)
            assert release.wait(60)

    source = Hanging("hanging", live=True)
    assert next(source.frames()).is_first
    source.close()
    (reader,) = readers()
    release.set()
    reader.join(60)
    assert not readers()


def test_a_live_stream_may_end_and_what_it_showed_last_still_comes() -> None:
    class Short(Source):
        def read(self, start: int) -> Iterator[Frame]:
            yield frame(start, first=True)

    with Short("short", live=True) as source:
        assert [shown.index for shown in source.frames(start=4)] == [4]


class Eventful(Source):
    """Two frames, with an event before, between and after them."""

    def __init__(self) -> None:
        super().__init__("eventful")

    def read(self, start: int) -> Iterator[Frame | Event]:  # noqa: ARG002 - from 0 only
        yield Event("decode_error", "before")
        yield frame(0, first=True, events=(Event("loop", "its own"),))
        yield Event("source_lost", "between")
        yield frame(1)
        yield Event("decode_error", "after")


def test_an_event_between_frames_is_told_when_it_happens() -> None:
    told: list[str] = []
    with Eventful() as source:
        for shown in source.frames(on_event=lambda event: told.append(event.text)):
            told.append(str(shown.index))
            told.extend(event.text for event in shown.events)
    assert told == ["before", "0", "its own", "between", "1", "after"]


def test_without_a_listener_the_next_frame_carries_it(caplog: pytest.LogCaptureFixture) -> None:
    with Eventful() as source:
        got = [[event.text for event in shown.events] for shown in source]
    assert got == [["before", "its own"], ["between"]]
    assert [record.getMessage() for record in caplog.records] == ["after the last frame: after"]


def test_an_event_is_not_prepared() -> None:
    with Eventful() as source:
        prepared = [shown.time for shown in source.frames(lambda shown: replace(shown, time=7.0))]
    assert prepared == [7.0, 7.0]
