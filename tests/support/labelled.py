"""Tiny data sets with truth, as the benchmarks of foreground and novelty read them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tests.support.clips import FFV1, write_clip

SIZE = (24, 32)
"""Height and width of every picture."""


def scene_with_square(number: int, *, left: int | None = None) -> NDArray[np.uint8]:
    """A still, textured picture; from some number on, a bright square that moves."""
    texture = np.add.outer(np.arange(SIZE[0]), np.arange(SIZE[1])) % 5
    rgb = np.repeat((80 + 4 * texture).astype(np.uint8)[..., None], 3, axis=2)
    if left is not None:
        rgb[8:16, left : left + 8] = 220 - number % 3
    return rgb


def labelled_folder(
    path: Path, *, count: int = 12, still: int = 4, label: int = 255, border: int | None = None
) -> str:
    """A folder with ``input`` and ``groundtruth``; the square comes after ``still`` frames.

    ``label`` is that of the square, and ``border`` that of its first column.
    """
    for kind in ("input", "groundtruth"):
        (path / kind).mkdir(parents=True)
    for number in range(1, count + 1):
        left = None if number <= still else 2 * (number - still) % 20
        Image.fromarray(scene_with_square(number, left=left)).save(
            path / "input" / f"in{number}.png"
        )
        labels = np.zeros(SIZE, np.uint8)
        if left is not None:
            labels[8:16, left : left + 8] = label
            if border is not None:
                labels[8:16, left] = border
        Image.fromarray(labels).save(path / "groundtruth" / f"gt{number}.png")
    return str(path)


def clips_folder(path: Path, *, train: Sequence[int], test: Mapping[str, Sequence[int]]) -> str:
    """A folder with ``train`` and ``test``: clips of some lengths, and labels of the test clips.

    Where a label is 1 there is a square in the picture.
    """
    for kind in ("train", "test"):
        (path / kind).mkdir(parents=True)
    for number, length in enumerate(train, 1):
        pictures = [scene_with_square(k) for k in range(length)]
        write_clip(path / "train" / f"Train{number}.mkv", pictures, codec=FFV1)
    for name, labels in test.items():
        pictures = [
            scene_with_square(k, left=2 * k if is_novel else None)
            for k, is_novel in enumerate(labels)
        ]
        write_clip(path / "test" / name, pictures, codec=FFV1)
    (path / "test" / "labels.json").write_text(
        json.dumps({name: list(test[name]) for name in test})
    )
    return str(path)
