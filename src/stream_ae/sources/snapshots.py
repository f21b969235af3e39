"""A camera that shows one picture a request: asked politely, one picture after the other."""

import io
import re
from collections.abc import Callable, Iterator

from stream_ae.errors import SourceError
from stream_ae.frame import Event
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded, VideoReader
from stream_ae.sources.http_client import Answer, UnchangedError

SHORTEST_PAUSE = 1.0
"""Seconds between two requests at least."""

LONGEST_UNCHANGED = 5.0
"""Seconds between two requests at most, while the picture stays the same."""

LONGEST_FRESH = 60.0
"""Seconds at most that a picture is taken for fresh, whatever ``Cache-Control`` says."""

MOST_BYTES = 1 << 26
"""Of one picture."""


class _UnreadableError(SourceError):
    """What came is no picture; the message is only the reason."""


def is_snapshot(head: bytes, *, content_type: str) -> bool:
    """Whether an answer is one picture, as seen from its first bytes.

    An animation is none, and neither is what the server calls a video: that may begin with a JPEG.
    """
    if content_type.startswith("video/"):
        return False
    if head.startswith(b"\x89PNG"):
        return b"acTL" not in head.partition(b"IDAT")[0]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return b"ANIM" not in head[:64]
    return head.startswith((b"\xff\xd8\xff", b"BM"))


def snapshots(
    answer: Answer, *, body: bytes, again: Callable[[Answer], Answer], source: Source
) -> Iterator[Decoded | Event]:
    """Give one picture after the other, until the source closes.

    A picture that did not change is given again, ever more slowly. One that cannot be read is an
    event, as many a camera is still writing it.

    Args:
        answer: with the first picture.
        body: what was read of it.
        again: asks for the next picture, unless it is that of the last answer.
        source: says when to stop waiting.

    Raises:
        SourceError: the first picture cannot be read, or the server is away.
    """
    shown = _decoded(body + answer.read_all(MOST_BYTES))
    yield shown
    unchanged = 0
    while not source.pause(_pause(answer, unchanged=unchanged)):
        try:
            answer = again(answer)
            last, body = body, answer.read_all(MOST_BYTES)
            unchanged = unchanged + 1 if body == last else 0
            shown = _decoded(body)
        except UnchangedError:
            unchanged += 1
        except _UnreadableError as error:
            yield Event("decode_error", f"a picture was not decoded: {error}")
            continue
        yield shown


def _decoded(body: bytes) -> Decoded:
    try:
        with VideoReader(io.BytesIO(body)) as video:
            for item in video:
                if isinstance(item, Decoded):
                    return item
                raise _UnreadableError(item.text)
    except SourceError as error:
        raise _UnreadableError(str(error)) from None
    raise _UnreadableError("it holds no picture")


def _pause(answer: Answer, *, unchanged: int) -> float:
    """Seconds from one picture to the next request."""
    fresh = re.search(r"max-age=(\d{1,9})", answer.headers.get("Cache-Control", ""))
    if fresh:
        return min(max(float(fresh[1]), SHORTEST_PAUSE), LONGEST_FRESH)
    return min(SHORTEST_PAUSE * (1 << min(unchanged, 8)), LONGEST_UNCHANGED)
