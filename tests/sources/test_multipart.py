import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support.http_server import jpeg

from stream_ae.errors import SourceError
from stream_ae.sources import multipart
from stream_ae.sources.http_client import Answer, ask
from stream_ae.sources.multipart import JpegParts, up_to_a_second
from stream_ae.sources.network_url import parse_url

NOISE = np.random.default_rng(7).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)


def with_thumbnail() -> bytes:
    """A JPEG whose EXIF holds another one."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = jpeg(NOISE[4]).decode("latin1")
    Image.fromarray(NOISE[0]).save(file, "JPEG", exif=exif)
    return file.getvalue()


def with_restarts_and_scans() -> bytes:
    """A progressive JPEG: many scans with tables between them, and restart markers."""
    file = io.BytesIO()
    Image.fromarray(NOISE[1]).save(file, "JPEG", progressive=True, restart_marker_blocks=3)
    return file.getvalue()


JPEGS = [with_thumbnail(), with_restarts_and_scans(), *map(jpeg, NOISE[2:])]


@contextmanager
def answer_of(body: bytes, *, piece: int = 1 << 16) -> Iterator[Answer]:
    """What a server without lengths answers, in pieces of so many bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line = listener.accept()[0]
            with line, suppress(ConnectionError):  # the other side may hang up
                line.recv(4096)
                line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n")
                for start in range(0, len(body), piece):
                    line.sendall(body[start : start + piece])

        thread = threading.Thread(target=serve)
        thread.start()
        answer = ask(parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        try:
            yield answer
        finally:
            answer.close()
            thread.join()


def read_whole(parts: JpegParts, size: int = 1 << 16) -> bytes:
    return b"".join(iter(lambda: parts.read(size), b""))


def pictures_in(written: bytes) -> list[bytes]:
    """The parts of what FFmpeg is given, by their lengths."""
    pictures = []
    while written:
        head, _, rest = written.partition(b"\r\n\r\n")
        length = int(head.rpartition(b": ")[2])
        pictures.append(rest[:length])
        written = rest[length + 2 :]
    return pictures


BETWEEN = [
    b"",
    b"\r\n",
    b"--b\nContent-Type: image/jpeg\n\n",
    b"\r\n--b\r\nContent-Type: image/jpg\r\nContent-Length: 3\r\n\r\n",
    b"--b\r\nContent-Type: text/plain\r\n\r\nhello\xff\xd8\r\n--b\r\n\r\n",
]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(JPEGS)), max_size=6),
    st.integers(1, 3000),
    st.integers(40, 3000),
)
def test_every_picture_is_found_whatever_stands_between(
    sent: list[tuple[bytes, bytes]], size: int, piece: int
) -> None:
    with answer_of(b"".join(map(b"".join, sent)), piece=piece) as answer:
        parts = JpegParts(answer)
        assert pictures_in(read_whole(parts, size)) == [picture for _, picture in sent]
        assert parts.failure is None


def test_a_picture_that_is_cut_short_takes_no_other_with_it() -> None:
    cut = JPEGS[2][: len(JPEGS[2]) * 2 // 3]
    body = cut + b"\r\n--b\r\n\r\n" + JPEGS[3] + b"\r\n--b\r\n\r\n" + JPEGS[4][:-50]
    with answer_of(body) as answer:
        pictures = pictures_in(read_whole(JpegParts(answer)))
    assert len(pictures) == 2, "the last one never came whole"
    assert pictures[0].startswith(cut)
    assert pictures[1] == JPEGS[3]


@pytest.mark.parametrize("joint", [b"", b"\r\n", bytes(7)])
@pytest.mark.parametrize("piece", [1 << 16, 999])
def test_a_camera_is_told_from_one_picture_by_the_next(joint: bytes, piece: int) -> None:
    with answer_of(JPEGS[0] + joint + JPEGS[1] + joint + JPEGS[2], piece=piece) as answer:
        begun, goes_on = up_to_a_second(answer, answer.read(100))
        assert goes_on
        found = pictures_in(read_whole(JpegParts(answer, begun=begun)))
    assert found == JPEGS[:3]
    with answer_of(JPEGS[0], piece=piece) as answer:
        assert up_to_a_second(answer, answer.read(100)) == (JPEGS[0], False), "a thumbnail is none"


def test_ffmpeg_reads_it() -> None:
    sent = b"\r\n--b\r\n\r\n".join(JPEGS)
    with answer_of(sent) as answer, av.open(JpegParts(answer), "r", format="mpjpeg") as container:
        packets = [bytes(packet) for packet in container.demux(video=0)]
    assert [packet for packet in packets if packet] == JPEGS


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"x" * 3000, "it holds no JPEG"),
        (JPEGS[2] + b"\xff\xd8\xff\xe0\x00\x04xx" + b"y" * 30000, "more than 9000 bytes"),
    ],
    ids=["no picture", "endless picture"],
)
def test_what_never_ends_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, body: bytes, said: str
) -> None:
    monkeypatch.setattr(multipart, "_MOST_BETWEEN", 2000)
    monkeypatch.setattr(multipart, "_LARGEST", 9000)
    with answer_of(body, piece=1000) as answer:
        parts = JpegParts(answer)
        read_whole(parts)
    assert isinstance(parts.failure, SourceError)
    assert said in str(parts.failure)
