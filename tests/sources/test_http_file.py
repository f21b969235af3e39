import io
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.http_server import HttpServer

from stream_ae.frame import Event, Frame
from stream_ae.sources import http_file
from stream_ae.sources.attempts import BeginsAgainError, GaveUpError
from stream_ae.sources.base import Source
from stream_ae.sources.http_client import ask
from stream_ae.sources.http_file import HttpFile
from stream_ae.sources.network_url import parse_url

DATA = bytes(byte * 7 % 251 for byte in range(100_000))


class Patient(Source):
    """A source that does not wait, and remembers what it was told."""

    def __init__(self) -> None:
        super().__init__("here", live=True)
        self.told: list[str] = []
        self.on_pause: Callable[[], bool] = lambda: False

    def read(self, start: int) -> Iterator[Frame]:
        raise NotImplementedError

    def pause(self, _seconds: float) -> bool:
        return self.on_pause()

    def tell(self, event: Event) -> None:
        self.told.append(event.kind)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpServer]:
    (tmp_path / "a").write_bytes(DATA)
    with HttpServer(folder=tmp_path) as server:
        yield server


@contextmanager
def opened(
    server: HttpServer, *, give_up_after: float = 60.0
) -> Iterator[tuple[HttpFile, Patient]]:
    url, source = parse_url(f"{server.url}/a"), Patient()
    file = HttpFile(
        ask(url),
        ask=lambda start: ask(url, start=start),
        source=source,
        give_up_after=give_up_after,
    )
    with closing(file):
        yield file, source


def read_whole(file: HttpFile) -> bytes:
    return b"".join(iter(lambda: file.read(5000), b""))


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize(("chunked", "length"), [(False, True), (True, False), (False, False)])
@pytest.mark.parametrize("cuts", [[], [60_000], [1, 2, 99_999]])
def test_what_breaks_off_goes_on_byte_for_byte(
    server: HttpServer, *, ranges: bool, chunked: bool, length: bool, cuts: list[int]
) -> None:
    server.ranges, server.chunked, server.length, server.cuts = ranges, chunked, length, cuts[:]
    with opened(server) as (file, source):
        file.peek()
        assert read_whole(file) == DATA
        assert file.failure is None
        assert source.told == ["source_lost", "reconnected"] * len(cuts)
        assert file.states_end == (ranges or chunked or length)


@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_may_be_a_part_only(server: HttpServer, *, whole: bool) -> None:
    server.part, server.whole = 30_000, whole
    with opened(server) as (file, source):
        assert read_whole(file) == DATA
        assert source.told == [], "nothing was lost"
        assert len(server.requests) == (4 if whole else 5), "the last to learn that it was the last"


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "a").write_bytes(DATA)
    with HttpServer(folder=folder) as server:
        yield server


@settings(max_examples=15)
@given(
    moves=st.lists(
        st.tuples(st.integers(0, len(DATA)), st.sampled_from([0, 1, 2]), st.integers(1, 70_000)),
        max_size=6,
    )
)
def test_it_is_read_as_any_file_is(
    lasting: HttpServer, moves: list[tuple[int, Literal[0, 1, 2], int]]
) -> None:
    same = io.BytesIO(DATA)
    with opened(lasting) as (file, _):
        file.peek()
        assert file.seekable()
        for place, whence, size in moves:
            offset = place - (0, same.tell(), len(DATA))[whence]
            assert file.seek(offset, whence) == same.seek(offset, whence)
            read = file.read(size)
            assert read == same.read(len(read))
            assert read or same.tell() == len(DATA)
            assert file.tell() == same.tell()


@pytest.mark.parametrize(("ranges", "length"), [(True, True), (False, True)])
def test_a_server_that_always_breaks_off_is_given_up(
    server: HttpServer, *, ranges: bool, length: bool
) -> None:
    server.ranges, server.length, server.cuts = ranges, length, [60_000] * 9
    with opened(server, give_up_after=0) as (file, source):
        assert read_whole(file) == DATA[:60_000]
        assert isinstance(file.failure, GaveUpError)
        assert "after 3 attempts" in str(file.failure)
        assert "broke off after 60000 of 100000 bytes" in str(file.failure)
        assert source.told == ["source_lost"]
        assert file.read(1) == b""


def test_an_end_that_is_not_stated_is_asked_for_once_more(server: HttpServer) -> None:
    server.ranges = server.length = False
    server.cuts = [60_000] * 2
    with opened(server) as (file, source):
        assert read_whole(file) == DATA[:60_000]
        assert (file.failure, file.states_end, source.told) == (None, False, [])


def test_a_server_that_stays_away_is_given_up(server: HttpServer) -> None:
    server.cuts = [60_000]
    with opened(server, give_up_after=0.2) as (file, source):

        def go_away() -> bool:
            (Path(str(server.folder)) / "a").unlink(missing_ok=True)
            time.sleep(0.05)
            return False

        source.on_pause = go_away
        assert read_whole(file) == DATA[:60_000]
        assert isinstance(file.failure, GaveUpError)
        assert "attempts" in str(file.failure)
        assert "404 Not Found" in str(file.failure)


def test_closing_ends_the_waiting(server: HttpServer) -> None:
    server.cuts = [60_000]
    with opened(server) as (file, source):
        source.on_pause = lambda: True
        assert read_whole(file) == DATA[:60_000]
        assert file.failure is not None
        assert len(server.requests) == 1


@pytest.mark.parametrize("change", ["size", "etag", "beginning"])
def test_another_recording_is_no_continuation(server: HttpServer, change: str) -> None:
    server.cuts, server.headers = [60_000], {"ETag": '"1"'}
    server.ranges = change != "beginning"
    with opened(server) as (file, source):
        file.peek()

        def exchange() -> bool:
            if change == "etag":
                server.headers = {"ETag": '"2"'}
            else:
                data = DATA + b"more" if change == "size" else DATA[::-1]
                (Path(str(server.folder)) / "a").write_bytes(data)
            return False

        source.on_pause = exchange
        assert read_whole(file) == DATA[:60_000]
        assert isinstance(file.failure, GaveUpError)
        assert "another recording" in str(file.failure)


def test_a_camera_is_known_by_its_new_beginning(server: HttpServer) -> None:
    server.chunked, server.ranges, server.cuts = True, False, [60_000]
    with opened(server) as (file, source):
        file.peek()

        def go_on() -> bool:
            (Path(str(server.folder)) / "a").write_bytes(DATA[::-1])
            return False

        source.on_pause = go_on
        assert read_whole(file) == DATA[:60_000]
        assert isinstance(file.failure, BeginsAgainError)
        assert source.told == ["source_lost"]


@pytest.mark.parametrize(
    ("ranges", "length", "head", "seekable"),
    [
        (True, True, b"", True),
        (False, True, b"", False),
        (False, True, b"....ftypisom....mdat", True),
        (False, True, b"....ftypisom....moov", False),
        (False, False, b"....ftypisom....mdat", False),
    ],
)
def test_when_a_decoder_may_look_things_up(
    server: HttpServer, *, ranges: bool, length: bool, head: bytes, seekable: bool
) -> None:
    server.ranges, server.length = ranges, length
    data = head + DATA
    (Path(str(server.folder)) / "a").write_bytes(data)
    with opened(server) as (file, source):
        file.peek()
        assert file.seekable() == seekable
        if seekable:
            for place in (99_000, 50, 60_000):
                file.seek(place)
                assert file.read(10) == data[place : place + 10]
        assert source.told == []


def test_few_bytes_are_a_beginning_too(server: HttpServer) -> None:
    server.cuts = [100]
    with opened(server) as (file, _):
        assert file.peek() == DATA[:100]
        assert read_whole(file) == DATA


def test_nothing_short_tells_two_streams_apart() -> None:
    assert http_file._HEAD >= 1 << 14
