"""Cameras that were started together do not do everything together.

Checkpoints of thousands of cameras go to one shared storage. With the same interval for all they
would be written at the same moments for ever after a start of all at once; with intervals that
differ a little they are all over the time after a few of them.
"""

import zlib

NARROWEST = 0.8
"""Share of an interval that the shortest one has: after five they are spread evenly."""


def spread(seconds: float, *, name: str) -> float:
    """An interval of one camera: as long as was asked for or up to a fifth shorter.

    Args:
        seconds: that were asked for, the most that it may be.
        name: of the camera, which always has the same.

    >>> round(spread(10.0, name="door"), 2), round(spread(10.0, name="yard"), 2)
    (9.09, 8.33)
    """
    share = zlib.crc32(name.encode()) / 2**32
    return seconds * (NARROWEST + (1.0 - NARROWEST) * share)
