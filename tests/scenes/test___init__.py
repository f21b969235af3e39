import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.scenes import built

from stream_ae.scenes import SCENES
from stream_ae.scenes.scene import Scene

FRAME = 75
"""Enough for traffic to be on its way."""

BLOCK = 40
"""Rows and columns that are averaged: small enough for a colour or a place that changed."""

PIXELS: dict[str, list[list[int]]] = json.loads(Path(__file__).with_name("pixels.json").read_text())
"""Each place's block means as they were written down, in tenths of a grey level."""

places = {build.__name__: build for builders in SCENES.values() for build in builders}


def block_means(build: Callable[[int], Scene]) -> list[list[int]]:
    """(6, 8) means of the three colours of a frame, in tenths of a grey level."""
    rgb = built(build).frame(FRAME).reshape(240 // BLOCK, BLOCK, 320 // BLOCK, BLOCK * 3)
    means: list[list[int]] = np.rint(10 * rgb.mean((1, 3))).astype(int).tolist()
    return means


@pytest.mark.parametrize("name", sorted(places))
def test_a_place_looks_as_it_always_did(name: str) -> None:
    """Figures measured on a scene are comparable only while its pixels stay."""
    assert np.array(block_means(places[name])) == pytest.approx(np.array(PIXELS[name]), abs=3)


def test_every_place_is_written_down() -> None:
    assert sorted(PIXELS) == sorted(places)
