from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.conformance.sources import check_source
from tests.support.folders import picture_folder

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.sources.address import open_source
from stream_ae.sources.concat import Concat, Piece


@pytest.fixture
def dark(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "dark", count=3)


@pytest.fixture
def light(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "light", count=5, grey=100)


def greys(pieces: list[Piece], *, start: int = 0) -> list[int]:
    with Concat(pieces) as source:
        return [int(frame.rgb[0, 0, 0]) for frame in source.frames(start=start)]


def test_conformance(dark: str, light: str) -> None:
    pieces = [Piece(dark, 0, 4), Piece(light, 0, 3), Piece(dark, 4, 30)]
    check_source(lambda: Concat(pieces))


def test_pieces_come_in_order_and_a_short_stream_starts_again(dark: str, light: str) -> None:
    pieces = [Piece(dark, 0, 2), Piece(light, 1, 2), Piece(dark, 2, 4)]
    assert greys(pieces) == [0, 20, 120, 140, 40, 0, 20, 40]
    assert greys(pieces, start=3) == [140, 40, 0, 20, 40]
    assert greys(pieces, start=8) == []
    with Concat(pieces) as source:
        assert source.length == 8


def test_a_cut_is_not_told_but_what_a_stream_says_is(dark: str, light: str) -> None:
    with Concat([Piece(light, 0, 2), Piece(dark, 1, 3)]) as source:
        frames = list(source)
    assert [frame.is_first for frame in frames] == [True, False, False, False, False]
    assert [[event.kind for event in frame.events] for frame in frames] == [
        [],
        [],
        [],
        [],
        ["loop"],
    ]
    assert {frame.source for frame in frames} == {source.address} == {f"{light} + {dark}"}


def test_one_piece_is_the_stream_itself(light: str) -> None:
    with open_source(light, loop=True) as source:
        expected = list(islice(source, 7))
    with Concat([Piece(light, 0, 7)]) as concat:
        for frame, same in zip(concat, expected, strict=True):
            assert np.array_equal(frame.rgb, same.rgb)
            assert frame.index == same.index
            assert frame.time == pytest.approx(same.time)


def test_a_piece_that_cannot_be_opened_is_an_error_where_it_comes(dark: str) -> None:
    with Concat([Piece(dark, 0, 2), Piece("nowhere.mp4", 0, 2)]) as source:
        frames = iter(source)
        next(frames), next(frames)
        with pytest.raises(SourceLostError, match=r"nowhere\.mp4"):
            next(frames)
    with (
        Concat([Piece("nowhere.mp4", 0, 2)]) as source,
        pytest.raises(SourceError, match=r"nowhere\.mp4") as caught,
    ):
        next(iter(source))
    assert type(caught.value) is SourceError, "nothing had come that could be lost"


def test_a_piece_may_be_a_single_frame(dark: str, light: str) -> None:
    pieces = [Piece(dark, 0, 1), Piece(light, 4, 1)]
    assert greys(pieces) == [0, 180]
    assert greys(pieces, start=1) == [180]


@pytest.mark.parametrize(("start", "frames"), [(-1, 3), (0, 0)])
def test_an_impossible_piece_is_refused(start: int, frames: int) -> None:
    with pytest.raises(ValueError, match=f"got start {start}, frames {frames}"):
        Piece("a.mp4", start, frames)


def test_a_concat_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 piece"):
        Concat([])
