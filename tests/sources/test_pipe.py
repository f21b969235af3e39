import io
import logging
import os
import pty
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.conformance.sources import assert_same, check_frames, readers
from tests.support.clips import LOSSLESS, write_clip

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Frame
from stream_ae.sources import pipe
from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.pipe import Pipe, is_pipe
from stream_ae.sources.video_file import VideoFile

COUNT = 12
NOISE = np.random.default_rng(0).integers(0, 256, (COUNT, 48, 64, 3), dtype=np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.avi", NOISE, codec=LOSSLESS)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "camera.avi"
    os.mkfifo(path)
    return path


@contextmanager
def written(path: Path, data: bytes, *, pieces: int = 1) -> Iterator[None]:
    """Write into a pipe from a thread, as another program would."""

    def write() -> None:
        step = -(-len(data) // pieces) or 1
        try:
            with path.open("wb", buffering=0) as file:
                for begin in range(0, len(data), step):
                    file.write(data[begin : begin + step])
        except BrokenPipeError:
            pass  # whoever reads has seen enough

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # nobody waits for a reader for ever
        writer.join(60)
        assert not writer.is_alive()


def _pour(writer: int, data: bytes) -> None:
    with os.fdopen(writer, "wb", buffering=0) as file:
        file.write(data)


@pytest.mark.parametrize("pieces", [1, 7, 500])
def test_every_frame_comes_as_from_the_file(clip: Path, fifo: Path, pieces: int) -> None:
    with VideoFile(clip) as source:
        expected = list(source)
    with written(fifo, clip.read_bytes(), pieces=pieces), open_source(fifo) as source:
        assert source.length is None
        frames = list(source)
    assert len(frames) == COUNT
    for frame, same in zip(frames, expected, strict=True):
        assert_same(frame, same)


def test_its_frames_are_those_of_a_source(clip: Path, fifo: Path) -> None:
    with written(fifo, clip.read_bytes()):
        check_frames(lambda: Pipe(str(fifo)), frames=COUNT)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_open_already_is_read_from_where_it_stands(clip: Path, kind: str) -> None:
    if kind == "pipe":
        reader, writer = os.pipe()
    else:
        here, there = socket.socketpair()
        reader, writer = here.detach(), there.detach()
    thread = threading.Thread(target=_pour, args=(writer, clip.read_bytes()))
    thread.start()
    try:
        address = f"/dev/fd/{reader}"
        assert is_pipe(address)
        with open_source(address) as source:
            assert len(list(source)) == COUNT
        os.fstat(reader)  # it is still the caller's to close
    finally:
        os.close(reader)
        thread.join(60)


def test_pictures_one_after_the_other_are_a_video(fifo: Path) -> None:
    file = io.BytesIO()
    for rgb in NOISE[:3]:
        Image.fromarray(rgb).save(file, "PNG")
    with written(fifo, file.getvalue()), open_source(fifo) as source:
        frames = list(source)
    assert len(frames) == 3
    assert all(np.array_equal(f.rgb, rgb) for f, rgb in zip(frames, NOISE[:3], strict=True))


def test_the_rest_of_a_writer_that_died_is_kept(clip: Path, fifo: Path) -> None:
    data = clip.read_bytes()
    with written(fifo, data[: len(data) // 2]), open_source(fifo) as source:
        frames = list(source)
    assert 1 < len(frames) < COUNT
    assert all(np.array_equal(f.rgb, rgb) for f, rgb in zip(frames, NOISE, strict=False))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it ended before its first byte"),
        (b"hello\n" * 1000, "it is no video, or a damaged one"),
    ],
)
def test_no_video_is_one_clear_line(fifo: Path, data: bytes, reason: str) -> None:
    with (
        written(fifo, data),
        open_source(fifo) as source,
        pytest.raises(SourceError, match=f"^cannot read '{fifo}': {reason}; ") as caught,
    ):
        list(source)
    assert type(caught.value) is SourceError


def test_an_index_at_the_end_cannot_be_read_from_a_pipe(tmp_path: Path, fifo: Path) -> None:
    path = write_clip(tmp_path / "clip.mov", NOISE, codec=LOSSLESS)
    with (
        written(fifo, path.read_bytes()),
        open_source(fifo) as source,
        pytest.raises(SourceError, match="read from front to back, such as MPEG-TS") as caught,
    ):
        list(source)
    assert type(caught.value) is SourceError


def stop(source: Pipe) -> None:
    source.stop()


def close(source: Pipe) -> None:
    source.close()


@pytest.mark.parametrize("end", [stop, close])
@pytest.mark.parametrize("open_for_writing", [False, True])
def test_it_ends_while_nothing_comes(
    fifo: Path, end: Callable[[Pipe], None], open_for_writing: bool
) -> None:
    source = Pipe(str(fifo))
    writer = None
    timer = threading.Timer(0.05, end, (source,))
    timer.start()
    if open_for_writing:
        writer = os.open(fifo, os.O_RDWR)
    assert list(source) == []
    timer.join()
    source.close()
    assert not readers()
    if writer is not None:
        os.close(writer)


def test_a_long_wait_is_told(
    fifo: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "stream_ae")
    monkeypatch.setattr(pipe, "_QUIET", 0.0)
    monkeypatch.setattr(pipe, "_WAIT_MS", 1)
    source = Pipe(str(fifo))
    timer = threading.Timer(0.1, source.stop)
    timer.start()
    assert list(source) == []
    timer.join()
    source.close()
    assert caplog.messages == [f"waiting for the first byte of {fifo}"]


def test_it_is_read_once(clip: Path, fifo: Path) -> None:
    with written(fifo, clip.read_bytes()), open_source(fifo) as source:
        assert len(list(source)) == COUNT
        with pytest.raises(SourceError, match="again: a pipe can be read only once"):
            next(iter(source))


def test_it_cannot_be_resumed(fifo: Path) -> None:
    with open_source(fifo) as source, pytest.raises(SourceError, match="read only once"):
        next(source.frames(start=5))


def test_it_cannot_be_looped(fifo: Path) -> None:
    with pytest.raises(SourceError, match="leave out --loop"):
        open_source(fifo, loop=True)


def test_a_terminal_is_no_video() -> None:
    leader, follower = pty.openpty()
    try:
        with pytest.raises(SourceError, match="a video was expected, got a terminal"):
            open_source(f"/dev/fd/{follower}")
    finally:
        os.close(leader)
        os.close(follower)


def test_a_socket_in_the_file_system_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        with (
            open_source(path) as source,
            pytest.raises(SourceError, match="No such device or address"),
        ):
            list(source)


def test_a_file_is_no_pipe_and_a_dash_is_the_standard_input(clip: Path) -> None:
    assert not is_pipe(str(clip))
    assert not is_pipe(str(clip.parent))
    assert not is_pipe("scene:street")
    assert not is_pipe("a\0b")
    with clip.open("rb") as file:
        assert not is_pipe(f"/dev/fd/{file.fileno()}"), "redirected, not piped"
        with open_source(f"/dev/fd/{file.fileno()}") as source:
            assert len(list(source)) == COUNT
    assert source_name("-") == "stdin"


def test_the_name_of_a_run_is_that_of_the_pipe(fifo: Path) -> None:
    assert source_name(fifo) == "camera"


def test_a_pipe_that_breaks_in_the_middle_is_lost(
    clip: Path,
    fifo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    data, os_read = clip.read_bytes(), os.read
    given: list[int] = []

    def read(number: int, size: int) -> bytes:
        if sum(given) > len(data) // 2:
            raise OSError(5, "the other end is gone")
        given.append(min(size, 500))
        return os_read(number, given[-1])

    monkeypatch.setattr("os.read", read)
    got: list[Frame] = []
    with (
        written(fifo, data),
        open_source(fifo) as source,
        pytest.raises(SourceLostError, match="OSError: the other end is gone"),
    ):
        got.extend(source)
    assert 1 < len(got) < COUNT
    assert capfd.readouterr() == ("", "")
