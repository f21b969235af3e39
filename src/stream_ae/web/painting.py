"""From the plain arrays that a learner sends to the JPEGs that a browser shows.

It runs in the page's process, so that no encoding takes time from learning.
"""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

PANELS = ("frame", "reconstruction", "error", "foreground", "background", "features")
"""What a browser may ask for."""

_QUALITY = 82  # of a JPEG; less shows blocks beside the network's own smoothness
_MAP = ((0, 0, 0), (0, 42, 94), (70, 83, 108), (124, 123, 120), (187, 174, 104), (255, 234, 70))
"""Black, then the stops of cividis (Nuñez, Anderton, Renslow 2018), which all kinds of eyes order
the same way."""

_ORANGE = np.array((230, 159, 0), np.uint16)
_DIM = 3  # the scene behind the foreground has 1/3 of its light


class Painter:
    """Makes the panels of a frame.

    Raises:
        ImportError: Pillow is not installed; the learner's side has made sure that it is.
    """

    def __init__(self) -> None:
        from PIL import Image

        self._image = Image
        stops = np.linspace(0, 255, len(_MAP))
        colours = [np.interp(np.arange(256), stops, part) for part in zip(*_MAP, strict=True)]
        self._map = np.stack(colours, axis=1).round().astype(np.uint8)

    def paint(self, arrays: Mapping[str, Rgb], name: str) -> tuple[bytes, int, int] | None:
        """A panel as a JPEG, its width and its height; None where what it needs was not sent.

        Args:
            arrays: ``frame``, ``reconstruction``, ``background``, ``features`` (h, w, 3) uint8 and
                ``mask`` (h, w) of 0 and 1, as far as they were sent.
            name: of the panel.
        """
        rgb = self._picture(arrays, name)
        if rgb is None:
            return None
        file = io.BytesIO()
        self._image.fromarray(rgb).save(file, "JPEG", quality=_QUALITY)
        return file.getvalue(), rgb.shape[1], rgb.shape[0]

    def _picture(self, arrays: Mapping[str, Rgb], name: str) -> Rgb | None:
        frame = arrays.get("frame")
        if name == "error":
            made = arrays.get("reconstruction")
            return None if frame is None or made is None else self.error(frame, made)
        if name == "foreground":
            mask = arrays.get("mask")
            return None if frame is None or mask is None else foreground(frame, mask)
        return arrays.get(name)

    def error(self, frame: Rgb, reconstruction: Rgb) -> Rgb:
        """Where a reconstruction is wrong, on a scale that never moves.

        A colour stands for ``√(mean over r, g, b of |difference| / 255)``: black is no error, an
        error of 0.01 is a tenth of the scale, one of 0.25 half of it.
        """
        difference = np.abs(frame.astype(np.int16) - reconstruction).sum(axis=2)
        level = np.sqrt(difference.astype(np.float32) / 765.0)
        rgb: Rgb = self._map[np.rint(255 * level).astype(np.uint8)]
        return rgb


def foreground(frame: Rgb, mask: Rgb) -> Rgb:
    """The scene dimmed, and what does not belong to it as it is, with an orange tint."""
    dim = frame // _DIM
    tinted = ((3 * frame.astype(np.uint16) + 2 * _ORANGE) // 5).astype(np.uint8)
    return np.where(mask.astype(bool)[:, :, None], tinted, dim)
