"""Law of every recording: frames learned + gated + dropped + decode errors = what it holds."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.conformance.sources import check_law
from tests.support.clips import JPEG, LOSSLESS, MPEG4, Codec, pictures, write_clip
from tests.support.environment import register

from stream_ae.frame import Event
from stream_ae.sources.address import open_source
from stream_ae.sources.concat import Concat, Piece

HOLDS = 9
SPOILT = st.sets(st.integers(0, HOLDS - 1), max_size=HOLDS - 2)
HEALTH = [HealthCheck.function_scoped_fixture]


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".avi", LOSSLESS), (".mov", LOSSLESS), (".avi", JPEG), (".mkv", JPEG)]
)
@settings(suppress_health_check=HEALTH, max_examples=10)
@given(spoilt=SPOILT)
def test_a_video_file(tmp_path: Path, suffix: str, codec: Codec, spoilt: set[int]) -> None:
    path = tmp_path / f"clip{suffix}"
    write_clip(path, pictures(HOLDS), codec=codec, spoilt=tuple(spoilt))
    check_law(lambda: open_source(path), holds=HOLDS, lost=len(spoilt))


def _write_images(folder: Path, spoilt: set[int]) -> None:
    folder.mkdir(exist_ok=True)
    for number, rgb in enumerate(pictures(HOLDS)):
        path = folder / f"{number}.png"
        Image.fromarray(rgb).save(path)
        if number in spoilt:
            path.write_bytes(path.read_bytes()[: 20 + 10 * number])


@settings(suppress_health_check=HEALTH, max_examples=10)
@given(spoilt=SPOILT)
def test_a_folder_of_images(tmp_path: Path, spoilt: set[int]) -> None:
    _write_images(tmp_path / "images", spoilt)
    check_law(lambda: open_source(tmp_path / "images"), holds=HOLDS, lost=len(spoilt))


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".mp4", ".ts"])
@settings(suppress_health_check=HEALTH, max_examples=8)
@given(spoilt=SPOILT)
def test_a_video_whose_pictures_need_each_other(
    tmp_path: Path, suffix: str, spoilt: set[int]
) -> None:
    path = tmp_path / f"clip{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (HOLDS, 48, 64, 3), dtype=np.uint8)
    write_clip(path, noise, codec=MPEG4, spoilt=tuple(spoilt - {0}))
    told: list[Event] = []
    with open_source(path) as source:
        frames = list(source.frames(on_event=told.append))
    told += [event for frame in frames for event in frame.events]
    assert len(frames) + sum(event.kind == "decode_error" for event in told) == HOLDS


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp", ".gif"])
def test_an_animation(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"animation{suffix}"
    first, *rest = [Image.fromarray(rgb) for rgb in pictures(HOLDS)]
    first.save(path, save_all=True, append_images=rest)
    check_law(lambda: open_source(path), holds=HOLDS, lost=0)


@settings(suppress_health_check=HEALTH, max_examples=10)
@given(spoilt=SPOILT)
def test_a_file_of_several_pages(tmp_path: Path, spoilt: set[int]) -> None:
    path = tmp_path / "pages.tif"
    noise = np.random.default_rng(0).integers(0, 256, (HOLDS, 24, 24, 3), dtype=np.uint8)
    first, *rest = [Image.fromarray(rgb) for rgb in noise]
    first.save(path, save_all=True, append_images=rest, compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        pages: Any = image
        for number in spoilt:
            pages.seek(number)
            at = pages.tag_v2[273][0]  # where its pixels begin
            data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    check_law(lambda: open_source(path), holds=HOLDS, lost=len(spoilt))


@settings(suppress_health_check=HEALTH, max_examples=10)
@given(first=SPOILT, second=SPOILT)
def test_pieces_of_streams(tmp_path: Path, first: set[int], second: set[int]) -> None:
    first, second = first - {HOLDS - 1}, second - {HOLDS - 1}  # a piece ends with its last frame
    clip = write_clip(tmp_path / "clip.avi", pictures(HOLDS), codec=LOSSLESS, spoilt=tuple(first))
    _write_images(tmp_path / "images", second)
    pieces = [
        Piece(str(clip), 0, HOLDS - len(first)),
        Piece(str(tmp_path / "images"), 0, HOLDS - len(second)),
    ]
    check_law(lambda: Concat(pieces), holds=2 * HOLDS, lost=len(first) + len(second))


@contextmanager
def _poured(data: bytes) -> Iterator[str]:
    """The path of a pipe into which a thread writes."""
    reader, writer = os.pipe()

    def pour() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        yield f"/dev/fd/{reader}"
    finally:
        os.close(reader)
        thread.join(60)


@settings(suppress_health_check=HEALTH, max_examples=10)
@given(spoilt=SPOILT)
def test_a_pipe(tmp_path: Path, spoilt: set[int]) -> None:
    path = tmp_path / "clip.avi"
    write_clip(path, pictures(HOLDS), codec=LOSSLESS, spoilt=tuple(spoilt))
    with _poured(path.read_bytes()) as address:
        check_law(lambda: open_source(address), holds=HOLDS, lost=len(spoilt), resumed=False)


@pytest.mark.parametrize("address", ["scene:cuts", f"gym:{register()}"])
def test_what_is_made_up_has_neither_gaps_nor_errors(address: str) -> None:
    with open_source(address) as source:
        frames = list(islice(source, HOLDS))
    assert [frame.index for frame in frames] == list(range(HOLDS))
    assert not any(frame.dropped for frame in frames)
    assert "decode_error" not in {event.kind for frame in frames for event in frame.events}
