import numpy as np
import pytest

from stream_ae.detection.findings import Foreground


def test_the_ratio_is_the_share_of_foreground_pixels() -> None:
    mask = np.zeros((4, 10), bool)
    mask[1, :3] = True
    background = np.zeros((4, 10, 3), np.uint8)
    assert Foreground(mask, background, noise=1.0).ratio == pytest.approx(3 / 40)
