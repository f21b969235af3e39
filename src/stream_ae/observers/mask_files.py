"""The foreground of every frame as a picture of its own size, ``000001.png`` and so on."""

import io
from pathlib import Path

import numpy as np

from stream_ae.detection.findings import Findings, Mask
from stream_ae.errors import MissingExtraError
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.storage.atomic import write_atomically

_FAST = 1  # of the levels of compression: a mask is small at any


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
    """A mask at another size: each pixel is the one of the mask that holds its middle.

    Args:
        mask: (h, w) bool.
        height: H.
        width: W.

    Returns:
        (H, W) bool.
    """
    rows = (2 * np.arange(height) + 1) * mask.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * mask.shape[1] // (2 * width)
    found: Mask = mask[rows[:, None], columns]
    return found
