"""What tells foreground from background, ours and those of OpenCV, each in its usual settings.

Zivkovic and van der Heijden 2006 (MOG2, KNN); Samsonov 2017 (GSOC, in OpenCV's bgsegm); Zeevi 2016
(CNT, likewise).
"""

import time as clock
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Mask
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.errors import ConfigError, MissingExtraError
from stream_ae.frame import Rgb
from stream_ae.nn.autoencoder import FRAME_SIZE
from stream_ae.nn.preprocessing import to_picture, to_tensor
from stream_ae.observers.mask_files import scaled

OURS = "stream-ae"
METHODS = (OURS, "mog2", "knn", "cnt", "gsoc")
"""All there are, by their names on the command line."""

_FOREGROUND = 255  # of OpenCV's masks; shadows are 127 where they are told apart


class Found(NamedTuple):
    """What a method says of a frame.

    Args:
        mask: the foreground, (H, W) bool, of the frame's own size.
        ms: processor time that it took, in milliseconds.
    """

    mask: Mask
    ms: float


class Method(ABC):
    """Something that is shown a stream, frame by frame, from its first one on."""

    @abstractmethod
    def find(self, rgb: Rgb, *, time: float) -> Found:
        """The foreground of the next frame.

        Args:
            rgb: (H, W, 3) uint8, always of one size.
            time: of the frame, in seconds.
        """


class OurMethod(Method):
    """Our detector, on the picture that the network has, as ``watch --masks`` writes its mask.

    To bring the frame to that size and the mask back is not counted: the first is done for the
    network already.
    """

    def __init__(self) -> None:
        self._detector, self._is_first = ForegroundDetector(), True

    def find(self, rgb: Rgb, *, time: float) -> Found:
        """The foreground of the next frame."""
        picture = to_picture(to_tensor(rgb, size=FRAME_SIZE))
        start = clock.thread_time()
        found = self._detector.update(picture, time=time, is_first=self._is_first)
        took = clock.thread_time() - start
        self._is_first = False
        height, width, _ = rgb.shape
        return Found(scaled(found.mask, height=height, width=width), 1000.0 * took)


class _Subtractor(Protocol):
    """What is used of OpenCV's background subtractors."""

    def apply(self, image: Rgb) -> NDArray[np.uint8]: ...


class OpenCvMethod(Method):
    """One of OpenCV's, on the frame as it came, with one thread.

    Args:
        name: ``mog2``, ``knn``, ``cnt`` or ``gsoc``.

    Raises:
        MissingExtraError: OpenCV or its contributed modules are not installed.
    """

    def __init__(self, name: str) -> None:
        self._subtractor = _subtractor(name)

    def find(self, rgb: Rgb, *, time: float) -> Found:  # noqa: ARG002 - they count frames
        """The foreground of the next frame; shadows are left out."""
        blue_first = np.ascontiguousarray(rgb[..., ::-1])
        start = clock.thread_time()
        mask = self._subtractor.apply(blue_first)
        took = clock.thread_time() - start
        return Found(mask == _FOREGROUND, 1000.0 * took)


def method(name: str) -> Method:
    """A method that has seen nothing yet, by its name."""
    return OurMethod() if name == OURS else OpenCvMethod(name)


def check_methods(names: Iterable[str]) -> None:
    """Say what cannot be had before anything is measured.

    Raises:
        ConfigError: there is no such method, or none is named.
        MissingExtraError: it needs OpenCV, which is not installed.
    """
    for name in names:
        if name not in METHODS:
            raise ConfigError(f"unknown method {name!r}; there are {', '.join(METHODS)}")
        if name != OURS:
            _subtractor(name)


def _subtractor(name: str) -> _Subtractor:
    try:
        import cv2
        from cv2 import bgsegm
    except ImportError as error:
        purpose = f"comparing with {name} (--methods {OURS} does without)"
        package = "OpenCV with its contributed modules"
        raise MissingExtraError(package, purpose=purpose, extra="opencv") from error
    cv2.setNumThreads(1)
    cv2.setRNGSeed(0)
    makers: dict[str, Callable[[], _Subtractor]] = {
        "mog2": cv2.createBackgroundSubtractorMOG2,
        "knn": cv2.createBackgroundSubtractorKNN,
        "cnt": bgsegm.createBackgroundSubtractorCNT,
        "gsoc": bgsegm.createBackgroundSubtractorGSOC,
    }
    return makers[name]()
