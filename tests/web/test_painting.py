import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stream_ae.web.painting import Painter, foreground


def _plain(value: int, size: int = 32) -> NDArray[np.uint8]:
    return np.full((size, size, 3), value, np.uint8)


def _decoded(jpeg: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def test_a_panel_is_a_jpeg_of_the_picture() -> None:
    painted = Painter().paint({"frame": _plain(120)}, "frame")
    assert painted is not None
    data, width, height = painted
    assert (width, height) == (32, 32)
    assert np.abs(_decoded(data).astype(int) - 120).max() <= 1


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("error", ["frame"]),
        ("error", ["reconstruction"]),
        ("foreground", ["frame"]),
        ("foreground", ["mask"]),
        ("background", ["frame"]),
        ("features encoder1", ["frame"]),
    ],
)
def test_what_was_not_sent_is_not_painted(name: str, sent: list[str]) -> None:
    assert Painter().paint({key: _plain(1) for key in sent}, name) is None


def test_no_error_is_black_and_more_is_brighter() -> None:
    painter, frame = Painter(), _plain(0)
    maps = [painter.error(frame, _plain(value))[0, 0] for value in (0, 3, 20, 80, 255)]
    assert maps[0].tolist() == [0, 0, 0]
    light = [float(one @ np.array([0.2126, 0.7152, 0.0722])) for one in maps]
    assert light == sorted(light)
    assert len(set(light)) == 5
    assert maps[-1].tolist() == [255, 234, 70]  # the whole scale is used


def test_the_scene_is_dimmed_behind_what_does_not_belong() -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[:16] = 1
    shown = foreground(_plain(150), mask)
    assert shown[20, 0].tolist() == [50, 50, 50]
    red, green, blue = shown[0, 0].tolist()
    assert red > green > blue > 50
