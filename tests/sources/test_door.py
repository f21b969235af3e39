import logging
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.surprises import surprises

from stream_ae.errors import ConfigError, MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources.door import door, frames_through, free, in_words

PICTURE = Frame(np.zeros((2, 2, 3), np.uint8))


class Breaking(Iterator[Frame | Event]):
    """Some frames, an event before each, and then an error."""

    def __init__(self, frames: int, error: BaseException) -> None:
        self.items: list[Frame | Event] = [Event("episode", "another one"), PICTURE] * frames
        self.error = error

    def __next__(self) -> Frame | Event:
        if not self.items:
            raise self.error
        return self.items.pop(0)


def read(frames: int, error: BaseException) -> list[Frame | Event]:
    return list(frames_through(Breaking(frames, error), address="toy", advice="mend it"))


@given(error=surprises)
def test_whatever_is_raised_becomes_one_line_that_names_its_cause(error: Exception) -> None:
    with pytest.raises(SourceError) as caught, door("cannot open 'toy'", advice="mend it"):
        raise error
    assert type(caught.value) is SourceError
    assert caught.value.__cause__ is error
    text = str(caught.value)
    assert text.startswith(f"cannot open 'toy': {type(error).__name__}")
    assert text.endswith("; mend it")
    assert len(text.splitlines()) == 1


@given(error=surprises, frames=st.integers(0, 3))
def test_before_the_first_frame_it_is_not_open_and_after_it_lost(
    error: Exception, frames: int
) -> None:
    if isinstance(error, StopIteration):
        assert len(read(frames, error)) == 2 * frames, "the end"
        return
    with pytest.raises(SourceError) as caught:
        read(frames, error)
    assert type(caught.value) is (SourceLostError if frames else SourceError)
    assert caught.value.__cause__ is error
    assert in_words(error) in str(caught.value)


def test_what_is_lost_is_counted_in_frames() -> None:
    for frames, said in ((1, "after 1 frame: "), (2, "after 2 frames: ")):
        with pytest.raises(SourceLostError, match=f"lost 'toy' {said}RuntimeError: out; mend it"):
            read(frames, RuntimeError("out"))


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("ours"),
        MissingExtraError("Pillow", purpose="this", extra="images"),
        KeyboardInterrupt(),
    ],
)
def test_our_own_errors_and_ctrl_c_pass_unchanged(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, door("cannot open 'toy'"):
        raise error
    assert caught.value is error
    for frames in (0, 1):
        with pytest.raises(type(error)) as caught:
            read(frames, error)
        assert caught.value is error


class Panic(BaseException):
    """What a library written in Rust raises where it has a bug."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit("no license"), "SystemExit: no license"),
        (SystemExit(0), "SystemExit: 0"),
        (Panic("index out of bounds"), "Panic: index out of bounds"),
    ],
)
def test_no_library_ends_the_program(error: BaseException, words: str) -> None:
    with (
        pytest.raises(SourceError, match=f"cannot open 'toy': {words}$"),
        door("cannot open 'toy'"),
    ):
        raise error
    for frames, kind in ((0, SourceError), (1, SourceLostError)):
        with pytest.raises(SourceError, match=words) as caught:
            read(frames, error)
        assert type(caught.value) is kind


def test_what_can_no_longer_be_opened_after_a_frame_is_lost() -> None:
    gone = SourceError("cannot open 'clip.mp4': no such file")
    for frames, kind in ((0, SourceError), (1, SourceLostError)):
        with pytest.raises(SourceError, match=r"no such file$") as caught:
            read(frames, gone)
        assert type(caught.value) is kind


def test_what_never_came_is_not_lost() -> None:
    for frames, kind in ((0, SourceError), (1, SourceLostError)):
        with pytest.raises(SourceError, match="broken off") as caught:
            read(frames, SourceLostError("broken off"))
        assert type(caught.value) is kind


def test_without_advice_the_caller_adds_it() -> None:
    with (
        pytest.raises(SourceError, match=r"^a\.png cannot be read: ValueError: bad$"),
        door("a.png cannot be read"),
    ):
        raise ValueError("bad.")


def test_a_block_without_an_error_is_left_alone() -> None:
    with door("cannot open 'toy'"):
        value = 3
    assert value == 3
    assert list(frames_through(iter([PICTURE]), address="toy", advice="")) == [PICTURE]


def test_closing_the_frames_closes_what_reads_them() -> None:
    closed = []

    def endless() -> Iterator[Frame]:
        try:
            while True:
                yield PICTURE
        finally:
            closed.append(True)

    frames = frames_through(endless(), address="toy", advice="")
    assert next(iter(frames)) is PICTURE
    del frames
    assert closed == [True]


def test_what_does_not_close_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def close() -> None:
        raise OSError(5, "the window is gone")

    caplog.set_level(logging.WARNING, "stream_ae")
    free("toy", close)
    free("another", lambda: None)
    assert caplog.messages == ["toy did not close: OSError: the window is gone"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("no OpenGL\n  context."), "RuntimeError: no OpenGL context"),
        (KeyError("level"), "KeyError: 'level'"),
        (ValueError(), "ValueError"),
        (FileNotFoundError(2, "No such file", "secret"), "FileNotFoundError: No such file"),
        (ValueError("\x1b[1;31mred\x1b[0m\x07, \x9bplain"), "ValueError: red, plain"),
        (ValueError("x" * 1000), f"ValueError: {'x' * 300}"),
    ],
)
def test_in_words(error: Exception, words: str) -> None:
    assert in_words(error) == words
