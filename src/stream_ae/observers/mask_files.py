"""The foreground of every frame as a picture of its own size, ``000001.png`` and so on."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Findings, Mask
from stream_ae.errors import MissingExtraError
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.storage.atomic import write_atomically

_HALF = np.float32(0.5 - 1e-6)  # a half stays one when it has been rounded
_FAST = 1  # of the levels of compression: a mask is small at any

Indices = NDArray[np.int64]
Shares = NDArray[np.float32]


class MaskFiles(FindingsObserver):
    """Write each frame's mask, white where it is foreground, numbered from 1.

    Args:
        folder: where to; files of the same names are replaced.

    Raises:
        MissingExtraError: Pillow is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from PIL import Image
        except ImportError as error:
            raise MissingExtraError("Pillow", purpose="writing masks", extra="images") from error
        self._from_array = Image.fromarray
        self._folder = folder

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Write one mask.

        Raises:
            OSError: it cannot be written.
        """
        height, width = frame.size
        mask = scaled(findings.foreground.mask, height=height, width=width)
        file = io.BytesIO()
        picture = self._from_array(mask.astype(np.uint8) * np.uint8(255))
        picture.save(file, "PNG", compress_level=_FAST)
        path = self._folder / f"{findings.number:06d}.png"
        write_atomically(path, file.getvalue(), flush=False)


def scaled(mask: Mask, *, height: int, width: int) -> Mask:
    """A mask at another size, with outlines as smooth as they were.

    It is interpolated linearly between the four nearest pixels, and is where that is a half or
    more. Against the true masks of our scenes that is nearer than the nearest pixel, by 0.004 of F.

    Args:
        mask: (h, w) bool.
        height: H.
        width: W.

    Returns:
        (H, W) bool.
    """
    found: Mask = np.zeros((height, width), np.bool_)
    if mask.any():
        (above, below, down), rows = _around(mask, axis=0, length=height)
        (left, right, along), columns = _around(mask, axis=1, length=width)
        shares = mask.astype(np.float32)
        lines = shares[above] * (1 - down)[:, None] + shares[below] * down[:, None]
        found[rows, columns] = lines[:, left] * (1 - along) + lines[:, right] * along >= _HALF
    return found


def _around(mask: Mask, *, axis: int, length: int) -> tuple[tuple[Indices, Indices, Shares], slice]:
    """What :func:`_between` says, from the first pixel that depends on what is set to the last."""
    at = np.flatnonzero(mask.any(1 - axis))
    first, second, share = _between(length, mask.shape[axis])
    where = slice(
        int(np.searchsorted(second, at[0])), int(np.searchsorted(first, at[-1], side="right"))
    )
    return (first[where], second[where], share[where]), where


def _between(length: int, source: int) -> tuple[Indices, Indices, Shares]:
    """The two nearest of ``source`` pixels for each of ``length``, and the share of the second.

    Pixel centres are at i + ½; the edges are repeated.
    """
    doubled = np.clip((2 * np.arange(length) + 1) * source - length, 0, 2 * length * (source - 1))
    first, rest = np.divmod(doubled, 2 * length)
    second = np.minimum(first + 1, source - 1)
    return first, second, (rest / (2 * length)).astype(np.float32)
