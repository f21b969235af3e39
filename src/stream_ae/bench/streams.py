"""The streams of a benchmark: their names in its tables, and how many of them become one.

A stream of many scenes is where a network that shines on a single clip may collapse, or lose the
ability to learn. Here it is built of whatever streams are at hand, each shown a while, then the
next, and then all of them again where they were left.
"""

from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from stream_ae.errors import ConfigError
from stream_ae.scenes import CUT_EVERY, CUTS
from stream_ae.sources.address import open_source
from stream_ae.sources.concat import Piece

MANY = "scene:cuts"
"""The stream that is ten scenes by itself, each of which counts as one."""

SEGMENT = CUT_EVERY
"""Frames that a scene is shown before the next one."""


class Scene(NamedTuple):
    """One of the things that a stream of many scenes shows in turn.

    Args:
        address: the stream that it is taken from.
        start: its first frame there.
        stride: from where it begins on one visit to where it begins on the next.
    """

    address: str
    start: int
    stride: int


def stream_name(address: str) -> str:
    """What a stream is called in a table: a file without its folder, anything else as it is.

    >>> stream_name("scene:street")
    'scene:street'
    """
    path = Path(address)
    return path.resolve().name if path.exists() else address


def joined_name(addresses: Sequence[str]) -> str:
    """What streams that become one are called in a table."""
    return " + ".join(map(stream_name, addresses))


def check_streams(addresses: Sequence[str], *, least: int = 1) -> None:
    """Open every stream once, so that what is wrong is said before anything is measured.

    Args:
        addresses: of the streams.
        least: how many there must be.

    Raises:
        SourceError: one cannot be opened.
        ConfigError: there are too few, one is live and cannot be shown twice, or two have one name.
    """
    if len(addresses) < least:
        raise ConfigError(f"this takes {least} streams or more, got {len(addresses)}; name more")
    names = [stream_name(address) for address in addresses]
    for address, name in zip(addresses, names, strict=True):
        with open_source(address) as source:
            if source.live:
                raise ConfigError(
                    f"a benchmark shows a stream several times, and {source.address!r} is live;"
                    " record it and name the file"
                )
        if names.count(name) > 1:
            raise ConfigError(f"two streams are named {name!r} in the table; rename or drop one")


def length_of(address: str) -> int | None:
    """The number of frames of a stream before it begins again; None where it has no end.

    Raises:
        SourceError: it cannot be opened.
    """
    with open_source(address) as source:
        return source.length


def scenes_of(addresses: Sequence[str], *, segment: int = SEGMENT) -> list[Scene]:
    """The scenes of some streams: one of each, but :data:`MANY` is as many as it has itself.

    Args:
        addresses: of the streams.
        segment: frames of a visit.
    """
    scenes = []
    for address in addresses:
        if address == MANY:
            turn = CUT_EVERY * len(CUTS)
            scenes += [Scene(address, start, turn) for start in range(0, turn, CUT_EVERY)]
        else:
            scenes.append(Scene(address, 0, segment))
    return scenes


def pieces_of(scenes: Sequence[Scene], *, frames: int, segment: int = SEGMENT) -> tuple[Piece, ...]:
    """Show scenes in turn, each for a segment, and go on with each where its last visit ended.

    Args:
        scenes: at least one.
        frames: of the whole; the last piece is cut short if need be.
        segment: frames of a visit.

    >>> pieces = pieces_of([Scene("a", 0, 2), Scene("b", 0, 2)], frames=7, segment=2)
    >>> [(piece.address, piece.start, piece.frames) for piece in pieces]
    [('a', 0, 2), ('b', 0, 2), ('a', 2, 2), ('b', 2, 1)]
    """
    endless = (
        (scene.address, scene.start + visit * scene.stride) for visit in count() for scene in scenes
    )
    pieces = islice(endless, -(-frames // segment))
    return tuple(
        Piece(address, start, min(segment, frames - number * segment))
        for number, (address, start) in enumerate(pieces)
    )
