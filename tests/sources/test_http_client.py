import gzip
import socket
import threading
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.http_server import HttpServer

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.sources import http_client
from stream_ae.sources.attempts import AskedToWaitError
from stream_ae.sources.http_client import (
    Answer,
    AnswerEndedError,
    RefusedError,
    UnchangedError,
    ask,
)
from stream_ae.sources.network_url import parse_url

DATA = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a").write_bytes(DATA)
    return tmp_path


def read_whole(answer: Answer) -> bytes:
    return answer.read_all(1 << 20)


def test_an_answer_knows_how_much_there_is(folder: Path) -> None:
    with HttpServer(folder=folder) as server:
        answer = ask(parse_url(f"{server.url}/a"))
        assert (answer.size, answer.takes_ranges, answer.states_end) == (len(DATA), True, True)
        assert read_whole(answer) == DATA
        assert answer.position == len(DATA)
        answer = ask(parse_url(f"{server.url}/a"), start=9000)
        assert (answer.size, answer.position) == (len(DATA), 9000)
        assert read_whole(answer) == DATA[9000:]


@pytest.mark.parametrize(
    ("chunked", "length", "states_end"),
    [(False, True, True), (True, False, True), (False, False, False)],
)
def test_whether_an_end_that_comes_too_early_would_be_noticed(
    folder: Path, *, chunked: bool, length: bool, states_end: bool
) -> None:
    with HttpServer(folder=folder) as server:
        server.ranges, server.chunked, server.length = False, chunked, length
        answer = ask(parse_url(f"{server.url}/a"), start=9000)
        assert (answer.position, answer.takes_ranges) == (0, False)
        assert answer.size == (len(DATA) if length else None)
        assert answer.states_end == states_end
        assert read_whole(answer) == DATA
        server.cuts = [5000]
        answer = ask(parse_url(f"{server.url}/a"))
        if not states_end:
            assert read_whole(answer) == DATA[:5000]
            return
        with pytest.raises(AnswerEndedError, match="broke off after 5000"):
            read_whole(answer)
        with pytest.raises(AnswerEndedError):
            answer.read(1)  # it stays broken


def test_one_picture_may_not_be_endless(folder: Path) -> None:
    with HttpServer(folder=folder) as server:
        answer = ask(parse_url(f"{server.url}/a"))
        with pytest.raises(SourceLostError, match="more than 100 bytes"):
            answer.read_all(100)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/status/401", "answered 401 Unauthorized; are user and password right"),
        ("/status/403", "answered 403 Forbidden; may this user"),
        ("/nothing", "answered 404 Not Found; is the path"),
        ("/status/500", "answered 500 Internal Server Error"),
        ("/status/302", "answered 302 and sends us on without end"),
        ("/status/416", "answered 416 Requested Range Not Satisfiable"),
    ],
)
def test_what_a_server_refuses_is_one_line(path: str, said: str) -> None:
    with HttpServer() as server, pytest.raises(SourceError, match=said) as caught:
        ask(parse_url(server.url + path))
    assert "\n" not in str(caught.value)


def test_nothing_comes_after_the_last_byte(folder: Path) -> None:
    with HttpServer(folder=folder) as server, pytest.raises(AnswerEndedError, match="after 10240"):
        ask(parse_url(f"{server.url}/a"), start=len(DATA))


def test_a_server_may_know_no_ranges_at_all(folder: Path) -> None:
    with HttpServer(folder=folder) as server:
        server.ranges, server.refuses_ranges = False, True
        assert read_whole(ask(parse_url(f"{server.url}/a"))) == DATA


def test_a_cookie_is_given_back(folder: Path) -> None:
    with HttpServer(folder=folder) as server:
        server.cookie = "seen=1"
        assert read_whole(ask(parse_url(f"{server.url}/a"))) == DATA


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("kind", ["gzip", "deflate"])
def test_what_was_compressed_unasked_is_read(folder: Path, kind: str, *, ranges: bool) -> None:
    packed = gzip.compress(DATA) if kind == "gzip" else zlib.compress(DATA)
    (folder / "a").write_bytes(packed)
    with HttpServer(folder=folder) as server:
        server.headers, server.ranges = {"Content-Encoding": kind}, ranges
        answer = ask(parse_url(f"{server.url}/a"))
        assert (answer.size, answer.takes_ranges, answer.states_end) == (None, False, True)
        assert b"".join(iter(lambda: answer.read(1000), b"")) == DATA
        assert answer.position == len(DATA)
        server.cuts, server.length = [len(packed) // 2], False
        with pytest.raises(AnswerEndedError, match="broke off"):
            read_whole(ask(parse_url(f"{server.url}/a")))
        (folder / "a").write_bytes(packed[:30] + b"damage" + packed[36:])
        with pytest.raises(SourceLostError, match="compressed, and damaged"):
            read_whole(ask(parse_url(f"{server.url}/a")))


def test_what_is_compressed_has_no_middle(folder: Path) -> None:
    with HttpServer(folder=folder) as server:
        server.headers = {"Content-Encoding": "gzip"}
        with pytest.raises(RefusedError, match="cannot be read from the middle"):
            ask(parse_url(f"{server.url}/a"), start=9)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (format_datetime(datetime.now(UTC) + timedelta(days=1)), 86_400),
        (format_datetime(datetime(2001, 1, 1, tzinfo=UTC)), None),
        ("soon", None),
        ("0", None),
    ],
    ids=["seconds", "tomorrow", "long ago", "a word", "none"],
)
@pytest.mark.parametrize("code", [429, 503])
def test_when_a_busy_server_wants_to_be_asked_again(
    code: int, said: str, seconds: float | None
) -> None:
    with HttpServer() as server:
        server.headers = {"Retry-After": said}
        with pytest.raises(SourceError, match=f"answered {code}") as caught:
            ask(parse_url(f"{server.url}/status/{code}"))
    asked = caught.value.seconds if isinstance(caught.value, AskedToWaitError) else None
    assert asked == (seconds if seconds is None else pytest.approx(seconds, rel=1e-2))


def test_a_server_may_think_longer_than_it_takes_to_connect(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "OPEN_TIMEOUT", 0.05)
    with HttpServer(folder=folder) as server:
        server.delay = 0.2
        assert read_whole(ask(parse_url(f"{server.url}/a"))) == DATA


def test_nobody_there() -> None:
    with pytest.raises(SourceError, match=r"^connection refused$"):
        ask(parse_url("http://user:secret@127.0.0.1:1/a"))


def test_a_server_that_speaks_something_else() -> None:
    def greet() -> None:
        line, _ = listener.accept()
        with line:
            line.sendall(b"220 ftp\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        answers = threading.Thread(target=greet)
        answers.start()
        with pytest.raises(SourceError, match="no HTTP"):
            ask(parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}/a"))
        answers.join()


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_a_redirection_is_followed_with_the_login(folder: Path, scheme: str) -> None:
    with HttpServer(folder=folder, login=("me", "p@/"), scheme=scheme) as server:
        url = server.url.replace("://", "://me:p%40%2F@")
        assert read_whole(ask(parse_url(f"{url}/to/a"), start=10)) == DATA[10:]
        with pytest.raises(SourceError, match="401 Unauthorized"):
            ask(parse_url(f"{server.url}/a"))
        with pytest.raises(SourceError, match="401 Unauthorized"):
            ask(parse_url(f"{server.url.replace('://', '://me:wrong@')}/a"))


def test_a_login_of_another_kind(folder: Path) -> None:
    with HttpServer(folder=folder, login=("me", "p"), scheme="Bearer") as server:
        with pytest.raises(SourceError, match="neither Basic nor Digest"):
            ask(parse_url(f"{server.url.replace('://', '://me:p@')}/a"))
        with pytest.raises(SourceError, match="401 Unauthorized"):
            ask(parse_url(f"{server.url}/a"))


@pytest.mark.parametrize(
    ("header", "asked"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
)
def test_what_did_not_change_is_not_sent_again(folder: Path, header: str, asked: str) -> None:
    with HttpServer(folder=folder) as server:
        server.headers = {header: "Thu, 01 Jan 1970 00:00:00 GMT"}
        answer = ask(parse_url(f"{server.url}/a"))
        read_whole(answer)
        ask(parse_url(f"{server.url}/a"), unless=answer)
        assert server.requests[-1][1][asked] == "Thu, 01 Jan 1970 00:00:00 GMT"
        with pytest.raises(UnchangedError):
            ask(parse_url(f"{server.url}/status/304"), unless=answer)
