"""Streams of a few tiny images in a folder, for the tests of the benchmarks."""

from pathlib import Path

import numpy as np
from PIL import Image


def picture_folder(path: Path, *, count: int = 4, grey: int = 0) -> str:
    """A folder of images from dark to light, each 20 grey levels lighter than the one before."""
    path.mkdir(parents=True)
    ramp = np.broadcast_to(2 * np.arange(24)[:, None], (24, 24, 3))
    for index in range(count):
        rgb = (grey + 20 * index + ramp).astype(np.uint8)
        Image.fromarray(rgb).save(path / f"{index}.png")
    return str(path)
