"""A small RTSP camera for the tests: H.264 over interleaved TCP or UDP, on loopback only.

It plays a short clip for ever. RFC 2326 (RTSP), RFC 3550 (RTP), RFC 6184 (H.264 in RTP, of which
single NAL units and FU-A fragments are used).
"""

import base64
import re
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

PAYLOAD = 400
"""Bytes of a NAL unit in one RTP packet: small, so that even tiny pictures are fragmented."""

_CLOCK = 90_000  # ticks a second, fixed by RFC 6184
_TYPE = 96  # the first dynamic RTP payload type


def encode_h264(pictures: list[NDArray[np.uint8]], fps: int) -> list[list[bytes]]:
    """Each picture as its NAL units; every fifth can be decoded alone."""
    height, width = pictures[0].shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate = Fraction(fps)
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "g": "5",
        "x264-params": "sliced-threads=0:threads=1",
    }
    units = []
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = index
        units += [_split(bytes(packet)) for packet in encoder.encode(frame)]
    assert not encoder.encode(None), "with zerolatency nothing is held back"
    return units


class RtspServer:
    """A camera at ``url`` while it is switched on.

    Args:
        pictures: the clip, each (H, W, 3) uint8.
        fps: pictures per second.
        port: 0 for any free one; a camera that comes back keeps its own.
        transports: what it knows of ``tcp`` and ``udp``.
        refusal: what it answers to the other one.
        silent: what it agrees to, and then sends nothing over.
        describe: what it answers when asked what it shows.
        login: user and password that are asked for.
    """

    def __init__(
        self,
        pictures: list[NDArray[np.uint8]],
        *,
        fps: int = 100,
        port: int = 0,
        transports: tuple[str, ...] = ("tcp",),
        refusal: str = "461 Unsupported Transport",
        silent: str = "",
        describe: str = "200 OK",
        login: tuple[str, str] | None = None,
    ) -> None:
        self._transports, self._refusal, self._describe = transports, refusal, describe
        self._login, self._silent = login, silent
        self.transports_used: list[str] = []
        self.refused = 0
        self._client: tuple[str, int] | None = None
        self._units = encode_h264(pictures, fps)
        self._fps = fps
        self._off = threading.Event()
        self._frozen = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{self.port}/live"
        self.requests: list[str] = []
        self._start(self._accept)

    def freeze(self) -> None:
        """Send nothing more, but keep the line open."""
        self._frozen.set()

    def thaw(self) -> None:
        """Send again."""
        self._frozen.clear()

    def close(self) -> None:
        """Switch the camera off: hang up on everybody and listen no more."""
        self._off.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="rtsp server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._off.is_set():
            if select.select([self._listener], [], [], 0.02)[0]:
                self._start(partial(self._serve, self._listener.accept()[0]))

    def _serve(self, line: socket.socket) -> None:
        with line:
            line.settimeout(1)
            try:
                if self._converse(line):
                    self._play(line)
            except (ConnectionError, TimeoutError):
                return  # the other side hung up

    def _converse(self, line: socket.socket) -> bool:
        """Answer requests until PLAY (True) or the end."""
        for method, number, head in _requests(line, self._off):
            self.requests.append(method)
            status, extra, body = self._answer(method, head)
            line.sendall(
                f"RTSP/1.0 {status}\r\nCSeq: {number}\r\n{extra}"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            if method in ("PLAY", "TEARDOWN"):
                return method == "PLAY"
        return False

    def _answer(self, method: str, head: str) -> tuple[str, str, str]:
        """Status, header lines and body."""
        status, extra, body = "200 OK", "", ""
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE" and self._login is not None and not self._knows(head):
            status, extra = "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n'
        elif method == "DESCRIBE":
            status, body = self._describe, self._sdp()
            extra = f"Content-Base: {self.url}/\r\nContent-Type: application/sdp\r\n"
        elif method == "SETUP":
            port = re.search(r"client_port=(\d+)", head)
            transport = "udp" if port else "tcp"
            if transport not in self._transports:
                self.refused += 1
                return self._refusal, "", ""
            self.transports_used.append(transport)
            self._client = ("127.0.0.1", int(port[1])) if port else None
            how = (
                f"RTP/AVP;unicast;client_port={port[1]}-{int(port[1]) + 1};server_port=40000-40001"
                if port
                else "RTP/AVP/TCP;unicast;interleaved=0-1"
            )
            extra = f"Transport: {how}\r\nSession: 1\r\n"
        elif method == "PLAY":
            extra = "Session: 1\r\nRange: npt=0.000-\r\n"
        return status, extra, body

    def _knows(self, head: str) -> bool:
        login = base64.b64encode(":".join(self._login or ()).encode()).decode()
        return f"Authorization: Basic {login}" in head

    def _sdp(self) -> str:
        parameters = ",".join(
            base64.b64encode(unit).decode() for unit in self._units[0] if unit[0] & 31 in (7, 8)
        )
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP {_TYPE}\r\na=rtpmap:{_TYPE} H264/{_CLOCK}\r\n"
            f"a=fmtp:{_TYPE} packetization-mode=1;sprop-parameter-sets={parameters}\r\n"
            f"a=framerate:{self._fps}\r\na=control:track0\r\n"
        )

    def _heard(self, line: socket.socket) -> bool:
        """Take note of what the other side says while playing; False when it wants no more."""
        words = line.recv(4096)
        self.requests += words.decode(errors="replace").split(" ")[:1]
        return words != b"" and not words.startswith(b"TEARDOWN")

    def _play(self, line: socket.socket) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            self._send(line, datagrams)

    def _send(self, line: socket.socket, datagrams: socket.socket) -> None:
        sequence = 0
        count = 0
        while not self._off.wait(1 / self._fps):
            if select.select([line], [], [], 0)[0] and not self._heard(line):
                return
            if self._frozen.is_set() or self.transports_used[-1] == self._silent:
                continue
            units = self._units[count % len(self._units)]
            payloads = [part for unit in units for part in _fragments(unit)]
            for payload in payloads:
                marker = 0x80 if payload is payloads[-1] else 0  # the picture is complete
                rtp = struct.pack(
                    ">BBHII",
                    0x80,
                    marker | _TYPE,
                    sequence & 0xFFFF,
                    count * _CLOCK // self._fps & 0xFFFFFFFF,
                    0x5EED,
                )
                packet = rtp + payload
                if self._client is not None:
                    datagrams.sendto(packet, self._client)
                else:
                    line.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                sequence += 1
            count += 1


def _requests(line: socket.socket, off: threading.Event) -> Iterator[tuple[str, str, str]]:
    """Method, sequence number and header of each request that comes in."""
    buffer = b""
    while not off.is_set():
        while b"\r\n\r\n" not in buffer:
            if off.is_set():
                return
            if select.select([line], [], [], 0.02)[0]:
                received = line.recv(4096)
                if not received:
                    return
                buffer += received
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        number = re.search(rb"(?i)cseq: *(\d+)", head)
        assert number, head
        yield head.decode().split()[0], number[1].decode(), head.decode()


def _split(stream: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream."""
    parts = stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def _fragments(unit: bytes) -> list[bytes]:
    """A NAL unit as RTP payloads: whole, or in FU-A fragments."""
    if len(unit) <= PAYLOAD:
        return [unit]
    indicator, kind = unit[0] & 0xE0 | 28, unit[0] & 31
    chunks = [unit[i : i + PAYLOAD] for i in range(1, len(unit), PAYLOAD)]
    payloads = []
    for number, chunk in enumerate(chunks):
        start = 0x80 if number == 0 else 0
        end = 0x40 if number == len(chunks) - 1 else 0
        payloads.append(bytes((indicator, start | end | kind)) + chunk)
    return payloads
