"""Masks side by side as one picture: a row for each of a few frames, a column for each method.

Of the pixels that count, white ones are right, red ones false and blue ones missed; grey ones are
left out.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stream_ae.bench.seeing.labelled import Truth
from stream_ae.detection.findings import Mask
from stream_ae.errors import MissingExtraError
from stream_ae.frame import Rgb
from stream_ae.observers.images import side_by_side
from stream_ae.storage.atomic import write_atomically

_RIGHT, _FALSE, _MISSED, _LEFT_OUT = (255, 255, 255), (230, 60, 40), (60, 110, 255), (90, 90, 90)
_GAP = 4  # pixels between two rows
_HEAD = 16  # pixels of the line of names


def coloured(mask: Mask, truth: Truth) -> Rgb:
    """A mask held against the truth, (H, W, 3) uint8."""
    picture = np.zeros((*mask.shape, 3), np.uint8)
    picture[mask & truth.moving] = _RIGHT
    picture[mask & ~truth.moving] = _FALSE
    picture[~mask & truth.moving] = _MISSED
    picture[~truth.scored] = _LEFT_OUT
    return picture


def row_of(rgb: Rgb, masks: Sequence[Mask], *, truth: Truth) -> Rgb:
    """A frame, what is true of it, and what each method says, from left to right."""
    return side_by_side(
        [rgb, coloured(truth.moving, truth), *(coloured(mask, truth) for mask in masks)]
    )


def write_picture(path: Path, rows: Sequence[Rgb], *, names: Sequence[str]) -> None:
    """Write rows of pictures as a PNG, with names above the columns.

    Args:
        path: of the picture.
        rows: of :func:`row_of`, at least one, all of one size.
        names: of the columns, from the frame on.

    Raises:
        MissingExtraError: Pillow is not installed.
        OSError: the file cannot be written.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise MissingExtraError("Pillow", purpose="writing an image", extra="images") from error
    width = rows[0].shape[1]
    head, gap = (np.zeros((height, width, 3), np.uint8) for height in (_HEAD, _GAP))
    parts = [part for row in rows for part in (row, gap)]
    image = Image.fromarray(np.concatenate([head, *parts[:-1]]))
    draw = ImageDraw.Draw(image)
    for column, name in enumerate(names):
        draw.text((column * (width + _GAP) // len(names) + 3, 2), name, fill=_RIGHT)
    file = io.BytesIO()
    image.save(file, "PNG")
    write_atomically(path, file.getvalue())
