"""What every source must keep, whatever it reads: called by the test of each.

``make`` opens a new source each time; all that it opens must show the same stream.
"""

import threading
from collections.abc import Callable
from itertools import islice, pairwise

import numpy as np
import pytest

from stream_ae.frame import Event, Frame
from stream_ae.sources.base import Source

Make = Callable[[], Source]


def check_source(make: Make, *, frames: int = 12) -> None:
    """A recorded stream: exact, complete, and the same whenever it is resumed."""
    check_frames(make, frames=frames)
    check_resuming(make, frames=frames)
    check_ending(make)
    with make() as source:
        assert not source.live
        assert [frame.dropped for frame in islice(source, frames)] == [0] * frames
        again = list(islice(source, frames))
        assert [frame.index for frame in again] == list(range(frames)), "iterated once more"


def check_live(make: Make, *, frames: int = 8) -> None:
    """A camera: what it delivers is in order and counted; what it showed is gone for good."""
    check_frames(make, frames=frames)
    check_ending(make)
    with make() as source:
        assert source.live
        assert source.length is None
        resumed = list(islice(source.frames(start=100), 3))
        assert [frame.index for frame in resumed] == [100, 101, 102]
        assert resumed[0].is_first


def check_law(make: Make, *, holds: int, lost: int, resumed: bool = True) -> None:
    """Nothing vanishes: frames, frames dropped and decode errors are what a recording holds.

    Args:
        make: opens the recording, some of which is damaged.
        holds: pictures in it, sound or not.
        lost: how many of them cannot be read.
        resumed: whether it can be read from another position, too.
    """
    for start in (0, 1, holds - lost) if resumed else (0,):
        told: list[Event] = []
        with make() as source:
            frames = list(source.frames(start=start, on_event=told.append))
        told += [event for frame in frames for event in frame.events]
        dropped = sum(frame.dropped for frame in frames)
        errors = [event.text for event in told if event.kind == "decode_error"]
        assert start + len(frames) + dropped == holds - lost
        assert len(errors) == lost or start > 0, "a part that is resumed was told of the others"
        assert all(errors)


def check_frames(make: Make, *, frames: int) -> None:
    with make() as source:
        got = list(islice(source, frames))
        assert [frame.index for frame in got] == list(range(frames))
        assert got[0].is_first
        assert got[0].time >= 0
        for before, frame in pairwise(got):
            assert frame.time >= before.time
        for frame in got:
            assert frame.rgb.dtype == np.uint8
            assert frame.rgb.ndim == 3
            assert frame.rgb.shape[2] == 3
            assert frame.rgb.flags.c_contiguous
            assert frame.rgb.flags.writeable, "torch.from_numpy warns of an array it may not write"
            assert frame.source == source.address


def check_resuming(make: Make, *, frames: int) -> None:
    with make() as source:
        undisturbed = list(islice(source, frames))
    for start in (1, frames // 2, frames - 1):
        with make() as source:
            resumed = list(islice(source.frames(start=start), frames - start))
        assert len(resumed) == frames - start
        for frame, expected in zip(resumed, undisturbed[start:], strict=True):
            assert_same(frame, expected)


def check_ending(make: Make) -> None:
    with make() as source:
        assert len(list(islice(source, 2))) == 2, "broken off early"
    assert not readers()
    source.close()  # a second time
    with pytest.raises(ValueError, match="closed"):
        next(iter(source))

    with make() as source:
        got = []
        for frame in source:
            got.append(frame)
            source.stop()
        assert len(got) == 1, "stop() ends the iteration after the frame in hand"
        assert list(source) == [], "and any later one"
    assert not readers()

    source = make()
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == [], "closing ends an iteration under way"
    assert not readers()


def assert_same(frame: Frame, expected: Frame) -> None:
    assert frame.index == expected.index
    assert frame.time == expected.time
    assert frame.is_first == expected.is_first
    assert frame.events == expected.events
    assert np.array_equal(frame.rgb, expected.rgb)


def readers() -> list[threading.Thread]:
    """The reader threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("reader of")]
