import logging
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.sources import assert_same, check_source
from tests.support.surprises import LibraryError, surprises

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources.recorded import Picture, Recording

LOST = Event("decode_error", "one is lost")


class Script(Recording):
    """Plays a list: a width for a picture of that width, None for one that is lost."""

    def __init__(self, script: list[int | None], *, loop: bool = False) -> None:
        super().__init__("script", loop=loop, length=len(script), fps=10.0, advice="write more")
        self.script = script
        self.converted: list[int] = []

    def pictures(self) -> Iterator[Picture | Event]:
        for number, width in enumerate(self.script):
            if width is None:
                yield LOST
                continue
            rgb = np.full((2, width, 3), number, np.uint8)

            def convert(rgb: np.ndarray = rgb, number: int = number) -> np.ndarray:
                self.converted.append(number)
                return rgb

            yield Picture(convert, rgb.shape[:2], number / 10, f"picture {number}")


@pytest.mark.parametrize("loop", [False, True])
def test_conformance(loop: bool) -> None:
    check_source(lambda: Script([3, None, 3, 4, 3, 3, None], loop=loop), frames=5)


def test_what_happened_travels_with_the_next_frame() -> None:
    with Script([3, None, None, 4, 3, None], loop=True) as source:
        frames = list(islice(source, 4))
    assert [[event.kind for event in frame.events] for frame in frames] == [
        [],
        ["decode_error", "decode_error", "size_changed"],
        ["size_changed"],
        ["decode_error", "loop"],
    ]
    assert frames[1].events[2].text == "from 3x2 to 4x2 at picture 3"
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.3, 0.4, 0.5])


@given(
    script=st.lists(st.sampled_from([2, 3, None]), min_size=1, max_size=8).filter(any),
    start=st.integers(0, 40),
)
def test_resuming_a_loop_anywhere_is_exact(script: list[int | None], start: int) -> None:
    with Script(script, loop=True) as source:
        expected = list(islice(source, start + 3))[start:]
    with Script(script, loop=True) as source:
        resumed = list(islice(source.frames(start=start), 3))
    for frame, other in zip(resumed, expected, strict=True):
        assert_same(frame, other)


def test_what_is_passed_over_is_not_converted() -> None:
    with Script([2] * 10) as source:
        list(source.frames(start=8))
        assert source.converted == [8, 9]


def test_length_is_that_of_one_pass_or_endless() -> None:
    assert Script([2, 2]).length == 2
    assert Script([2, 2], loop=True).length is None


@pytest.mark.parametrize("loop", [False, True])
def test_nothing_to_read_is_an_error(loop: bool) -> None:
    with (
        Script([], loop=loop) as source,
        pytest.raises(
            SourceError, match="cannot read 'script': expected pictures, got none; write more"
        ),
    ):
        list(source)
    with (
        Script([None, None], loop=loop) as source,
        pytest.raises(SourceError, match=r"got none of 2 \(the first: one is lost\)"),
    ):
        list(source)


def test_what_is_lost_at_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "stream_ae")
    with Script([2, None]) as source:
        assert len(list(source)) == 1
    assert caplog.messages == ["after the last frame: one is lost"]


@given(error=surprises, frames=st.integers(0, 3), lost=st.integers(0, 2))
def test_whatever_breaks_it_what_happened_before_is_told(
    error: Exception, frames: int, lost: int
) -> None:
    class Breaking(Script):
        def pictures(self) -> Iterator[Picture | Event]:
            yield from super().pictures()
            raise error

    told: list[Event] = []
    got: list[Frame] = []
    with Breaking([2] * frames + [None] * lost) as source, pytest.raises(SourceError) as caught:
        got.extend(source.frames(on_event=told.append))
    assert len(got) == frames
    assert told == [LOST] * lost
    assert type(caught.value) is (SourceLostError if frames else SourceError)


def test_a_picture_that_cannot_be_made_ends_it() -> None:
    class Spoilt(Script):
        def pictures(self) -> Iterator[Picture | Event]:
            def convert() -> np.ndarray:
                raise LibraryError("no such matrix")

            yield from super().pictures()
            yield Picture(convert, (2, 2), 1.0, "the third")

    with Spoilt([2, 2]) as source:
        frames = source.frames()
        assert [next(frames).index, next(frames).index] == [0, 1]
        with pytest.raises(SourceLostError, match="LibraryError: no such matrix; write more"):
            next(frames)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_what_is_lost_after_the_last_picture_is_told_wherever_reading_began(start: int) -> None:
    told: list[Event] = []
    with Script([3, 3, None, None]) as source:
        assert len(list(source.frames(start=start, on_event=told.append))) == 2 - start
    assert told == [LOST, LOST]
