"""A stream made of pieces of others, one behind the other, with a cut between them.

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

FPS = 25.0
"""Frames per second of the whole, whatever the pieces had."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream.

    Args:
        address: of the stream, as :func:`~stream_ae.sources.address.open_source` takes it. One that
            ends begins anew, for ever.
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
                f" got start {self.start}, frames {self.frames}"
            )


class Medley(Source):
    """Pieces of recorded streams, in order, as one stream.

    Only the first frame of all is a first frame: that a piece follows another is not told, as a
    camera does not tell of a cut. What a stream itself tells of (it begins anew) is handed on.

    Args:
        pieces: at least one.

    Raises:
        ValueError: there is no piece.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        if not pieces:
            raise ValueError("a medley must have at least 1 piece, got none")
        address = " + ".join(dict.fromkeys(piece.address for piece in pieces))
        super().__init__(address, length=sum(piece.frames for piece in pieces))
        self._pieces = tuple(pieces)

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on; pieces before it are not opened.

        Raises:
            SourceError: a stream cannot be opened.
            SourceLostError: it broke after it had given frames.
        """
        began = 0
        for piece in self._pieces:
            passed = max(0, start - began)
            for index, frame in enumerate(_play(piece, passed=passed), began + passed):
                yield replace(
                    frame,
                    index=index,
                    time=index / FPS,
                    source=self.address,
                    is_first=index == 0,
                )
            began += piece.frames


def _play(piece: Piece, *, passed: int) -> Iterator[Frame]:
    """The frames of a piece, but for the first ``passed``."""
    rest = piece.frames - passed
    if rest <= 0:
        return
    with (
        open_source(piece.address, loop=True) as source,
        closing(source.frames(start=piece.start + passed)) as frames,
    ):
        yield from islice(frames, rest)
