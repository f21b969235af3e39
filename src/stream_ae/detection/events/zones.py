"""Where is watched, pixel by pixel: the zones of :mod:`stream_ae.settings.zones` on a picture."""

import math
from collections.abc import Sequence

import numpy as np

from stream_ae.detection.findings import Box, Mask
from stream_ae.settings.zones import Zone


def cover(zone: Zone, *, height: int, width: int) -> Mask:
    """The pixels whose middles lie in a zone, (height, width) bool.

    A middle lies inside where a ray to its right crosses the outline an odd number of times.
    """
    y, x = np.ogrid[:height, :width]
    y, x = (y + 0.5) / height, (x + 0.5) / width
    inside = np.zeros((height, width), bool)
    corners = zone.corners
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


class ZoneMap:
    """Where is watched, at one size of the picture.

    Args:
        zones: to watch and to ignore; their names need not differ.
        height: of the masks.
        width: of the masks.
    """

    def __init__(self, zones: Sequence[Zone], *, height: int, width: int) -> None:
        covers = [(zone, cover(zone, height=height, width=width)) for zone in zones]
        self._watched = [(zone.name, pixels) for zone, pixels in covers if not zone.is_ignored]
        self.open = np.ones((height, width), bool)
        if self._watched:
            self.open[:] = np.any([pixels for _, pixels in self._watched], axis=0)
        for zone, pixels in covers:
            if zone.is_ignored:
                self.open &= ~pixels

    def name_at(self, box: Box) -> str | None:
        """The watched zone that most of a box lies in; None where none has a part of it."""
        height, width = self.open.shape
        rows = slice(int(box.y * height), math.ceil((box.y + box.height) * height))
        columns = slice(int(box.x * width), math.ceil((box.x + box.width) * width))
        counts = [(int(np.count_nonzero(c[rows, columns])), name) for name, c in self._watched]
        most, name = max(counts, key=lambda pair: pair[0], default=(0, None))
        return name if most > 0 else None
