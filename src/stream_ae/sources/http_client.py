"""One request over HTTP: redirects followed, user and password given when asked for.

FFmpeg could ask as well, and takes an answer that breaks off for the end of the video. Here each
answer knows how much of it was stated and how much came, and what a server refuses is one line.
"""

import re
import socket
import ssl
import time
import urllib.request
import zlib
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.error import HTTPError, URLError

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.settings.release import release
from stream_ae.sources.attempts import AskedToWaitError
from stream_ae.sources.decoder import NoAnswerError
from stream_ae.sources.http_login import LoginHandler
from stream_ae.sources.network_url import NetworkUrl
from stream_ae.sources.refusal import refusal

OPEN_TIMEOUT = 5.0
"""Seconds that a server has to take a connection."""

SILENCE_TIMEOUT = 10.0
"""Seconds without a byte or a picture after which a connection counts as lost."""

_COMPRESSED = ("gzip", "x-gzip", "deflate")
_ZLIB_OR_GZIP = 47  # what zlib takes for "look which of both it is"


class AnswerEndedError(SourceLostError):
    """The server ended its answer before all of it had come."""


class RefusedError(SourceError):
    """The server will not give what was asked for, however often it is asked."""


class UnchangedError(SourceError):
    """What was asked for is still what it was."""


class Answer:
    """What a server answers, read from its first byte to its last.

    Args:
        response: of ``http.client``, its status 200 or 206.
        line: the socket that it comes over.
    """

    def __init__(self, response: HTTPResponse, line: socket.socket) -> None:
        self._response, self._line = response, line
        self.headers, self.url = response.headers, response.url
        self.content_type: str = response.headers.get_content_type()
        given = re.match(r"bytes (\d+)-(\d+)/(\d+|\*)", self.headers.get("Content-Range", ""))
        is_part = response.status == HTTPStatus.PARTIAL_CONTENT and given is not None
        self.position = int(given[1]) if is_part and given else 0
        """Of the next byte, in the whole."""
        self.size: int | None = response.length
        """Bytes of the whole, where that is stated."""
        self._end = self.size
        self.is_part = is_part
        """Whether the whole may go on after its last byte."""
        if is_part and given:
            self._end = int(given[2]) + 1
            self.size = int(given[3]) if given[3] != "*" else None
        self.takes_ranges = is_part or self.headers.get("Accept-Ranges", "").lower() == "bytes"
        is_packed = self.headers.get("Content-Encoding", "").lower() in _COMPRESSED
        self._unzip = self._unpack_from_now_on() if is_packed else None
        is_whole = self.size is not None or not is_part
        self.states_end = self._unzip is not None or (
            is_whole and (self._end is not None or bool(response.chunked))
        )
        """Whether an end that comes too early can be told from a right one."""
        self._failure: SourceLostError | None = None  # for good: what broke off does not go on

    @property
    def etag(self) -> str | None:
        """What the server says that changes whenever the content does."""
        return self.headers.get("ETag")

    def read(self, size: int) -> bytes:
        """Give what has come, at least one byte and at most ``size``; none at the end.

        Raises:
            SourceLostError: the answer broke off.
        """
        if self._failure is not None:
            raise self._failure
        try:
            data = self._some(size)
        except TimeoutError:
            self._failure = NoAnswerError("no answer in time")
        except HTTPException:
            self._failure = self._ended()
        except (OSError, ValueError, zlib.error) as error:
            self._failure = SourceLostError(_in_words(error))
        else:
            self.position += len(data)
            if data:
                return data
            is_short = self._end is not None and self.position < self._end
            if is_short or (self._unzip and not self._unzip.eof):
                self._failure = self._ended()
        self.close()
        if self._failure is not None:
            raise self._failure
        return b""

    def read_all(self, most: int) -> bytes:
        """Give all that is left.

        Raises:
            SourceLostError: the answer broke off, or is longer than ``most`` bytes.
        """
        parts = [self.read(most)]
        while parts[-1]:
            if sum(map(len, parts)) > most:
                raise SourceLostError(f"one picture of more than {most} bytes")
            parts.append(self.read(most))
        return b"".join(parts)

    def close(self) -> None:
        """Hang up."""
        self._response.close()

    def _unpack_from_now_on(self) -> "zlib._Decompress":
        """Many a server compresses unasked; then all that it says of bytes is of other bytes."""
        if self.position:
            raise RefusedError("it is compressed, and cannot be read from the middle")
        self._end = self.size = None
        self.takes_ranges = False
        return zlib.decompressobj(_ZLIB_OR_GZIP)

    def _some(self, size: int) -> bytes:
        """At least one byte and at most ``size``; none at the end."""
        unzip = self._unzip
        if unzip is None:
            return self._response.read1(size)
        while not unzip.eof:
            packed = unzip.unconsumed_tail or self._response.read1(size)
            data = unzip.decompress(packed, size)
            if data or not packed:
                return data
        return b""

    def _ended(self) -> AnswerEndedError:
        of = f" of {self.size}" if self.size is not None else ""
        return AnswerEndedError(f"the answer broke off after {self.position}{of} bytes")


def ask(url: NetworkUrl, *, start: int = 0, unless: Answer | None = None) -> Answer:
    """Ask a server for what an address names.

    Args:
        url: ``http`` or ``https``.
        start: the byte to begin with; a server that cannot do that begins with the first.
        unless: an earlier answer, which is not wanted again.

    Raises:
        UnchangedError: the server says that it would be the same.
        RefusedError: the server refuses.
        SourceError: there is no such server, or it has a fault. The message is only the reason.
    """
    headers = {"User-Agent": f"stream-ae/{release()}"}
    if unless is None:
        try:
            return _answer(url, {**headers, "Range": f"bytes={start}-"})
        except AnswerEndedError:
            if start > 0:
                raise AnswerEndedError(f"there is nothing after {start} bytes") from None
    elif unless.etag:
        headers["If-None-Match"] = unless.etag
    elif "Last-Modified" in unless.headers:
        headers["If-Modified-Since"] = unless.headers["Last-Modified"]
    return _answer(url, headers)


def _answer(url: NetworkUrl, headers: dict[str, str]) -> Answer:
    lines: list[socket.socket] = []
    try:
        request = urllib.request.Request(url.without_login, headers=headers)
        response = _opener(url, lines).open(request, timeout=OPEN_TIMEOUT)
        return Answer(response, lines[-1])
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.NOT_MODIFIED:
            raise UnchangedError("it has not changed") from None
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise AnswerEndedError(refusal(error.code)) from None
        if wait := _seconds_to_wait(error.headers.get("Retry-After", "")):
            raise AskedToWaitError(refusal(error.code), seconds=wait) from None
        kind = RefusedError if 400 <= error.code < 500 else SourceError
        raise kind(refusal(error.code)) from None
    except URLError as error:
        reason = error.reason if isinstance(error.reason, OSError) else error
        raise SourceError(_in_words(reason)) from None
    except (OSError, HTTPException) as error:
        raise SourceError(_in_words(error)) from None
    except ValueError:
        what = "its login is neither Basic nor Digest" if url.login else "it cannot be asked for"
        raise SourceError(what) from None


def _seconds_to_wait(text: str) -> float:
    """What a ``Retry-After`` says (RFC 9110, 10.2.3); 0 for nothing."""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0


def _opener(url: NetworkUrl, lines: list[socket.socket]) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        _Handler(lines),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPCookieProcessor(),  # some servers redirect until theirs comes back
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ]
    if url.login is not None:
        handlers.append(LoginHandler(url))
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    return opener


class _Handler(urllib.request.AbstractHTTPHandler):
    """Opens connections, and keeps their sockets for the sake of the timeouts."""

    def __init__(self, lines: list[socket.socket]) -> None:
        super().__init__()
        self._lines = lines

    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_Connection, lines=self._lines), request)

    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # a camera signs its certificate itself
        context.verify_mode = ssl.CERT_NONE
        connection = partial(_SecureConnection, lines=self._lines, context=context)
        return self.do_open(connection, request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


class _Connection(HTTPConnection):
    def __init__(self, host: str, *, timeout: float, lines: list[socket.socket]) -> None:
        super().__init__(host, timeout=timeout)
        self._lines = lines

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SILENCE_TIMEOUT)
        self._lines.append(self.sock)


class _SecureConnection(HTTPSConnection):
    def __init__(
        self, host: str, *, timeout: float, lines: list[socket.socket], context: ssl.SSLContext
    ) -> None:
        super().__init__(host, timeout=timeout, context=context)
        self._lines = lines

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SILENCE_TIMEOUT)
        self._lines.append(self.sock)


def _in_words(error: Exception) -> str:
    """In one line without the address; for it may hold a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, zlib.error):
        return "it is compressed, and damaged"
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
        return text[:1].lower() + text[1:]
    return "the server hung up, or its answer is no HTTP"
