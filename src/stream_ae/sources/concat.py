"""A stream made of pieces of others, one after the other, with a cut between them.

One clip says nothing of what a cut does to a network. A piece is named by where it begins and how
long it is, so a stream of many scenes, each visited several times, is a list of pieces.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice

from stream_ae.frame import Frame
from stream_ae.sources.address import open_source
from stream_ae.sources.base import Source
from stream_ae.sources.door import frames_through

FPS = 25.0
"""Frames per second of the whole, whatever the pieces had."""

_ADVICE = "is each of its streams there, and whole?"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream.

    Args:
        address: of the stream, as :func:`~stream_ae.sources.address.open_source` takes it. One that
            ends is repeated, for ever.
        start: its first frame.
        frames: how many.

    Raises:
        ValueError: ``start`` is negative, or there is no frame.
    """

    address: str
    start: int
    frames: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.frames < 1:
            raise ValueError(
                "a piece must start at 0 or later and have at least 1 frame,"
                f" got start {self.start}, frames {self.frames}; count both in frames of its stream"
            )


class Concat(Source):
    """Pieces of recorded streams, in order, as one stream.

    Only the very first frame ``is_first``: where one piece follows another nothing says so, as a
    camera does not announce a cut. Events of the streams themselves (such as ``loop``) are kept.

    Args:
        pieces: at least one.

    Raises:
        ValueError: there is no piece.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        if not pieces:
            raise ValueError("Concat must have at least 1 piece, got none; list what to play")
        address = " + ".join(dict.fromkeys(piece.address for piece in pieces))
        super().__init__(address, length=sum(piece.frames for piece in pieces))
        self._pieces = tuple(pieces)

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on; pieces before it are not opened.

        Raises:
            SourceError: a stream cannot be opened.
            SourceLostError: it broke after it had given frames.
        """
        return frames_through(self._frames(start), address=self.address, advice=_ADVICE)

    def _frames(self, start: int) -> Iterator[Frame]:
        began = 0
        for piece in self._pieces:
            skip = max(0, start - began)
            for index, frame in enumerate(_play(piece, skip=skip), began + skip):
                yield replace(
                    frame,
                    index=index,
                    time=index / FPS,
                    source=self.address,
                    is_first=index == 0,
                )
            began += piece.frames


def _play(piece: Piece, *, skip: int) -> Iterator[Frame]:
    """The frames of a piece, without the first ``skip``."""
    rest = piece.frames - skip
    if rest <= 0:
        return
    with (
        open_source(piece.address, loop=True) as source,
        closing(source.frames(start=piece.start + skip)) as frames,
    ):
        yield from islice(frames, rest)
