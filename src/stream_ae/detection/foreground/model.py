"""What each pixel of a scene has shown: the samples that a frame is compared with."""

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels import background as kernels
from stream_ae.kernels.lighting import multiply
from stream_ae.kernels.registration import roll
from stream_ae.storage.state_file import SavedState

RADIUS = (19.0, 34.0)
"""Levels over three colours within which a sample is the same colour, in a quiet and in a noisy
stream. A smaller one mistakes noise for objects, a larger one objects for background."""

RADIUS_PER_NOISE = 5.5
"""What the radius is of the standard deviation of the noise, between the two."""

PATIENCE = 50.0
"""Frames of age that make a background hold out twice as long as its age."""

_LASTS, _OLD = 3, 100  # frames of a colour that lasts, and of a background that is known
_AFTER_LIGHT = 5  # frames that a background counts for after its light was switched
_SEED = 0x9E3779B97F4A7C15  # so that no seed makes the generator's state 0

Bytes = NDArray[np.uint8]


class BackgroundModel:
    """Samples of each pixel, with what was learned of its noise and its past.

    Args:
        rgb: the first frame, (h, w, 3) uint8; it is the background.
        seed: of all that is drawn by chance, at least 0.
    """

    def __init__(self, rgb: Rgb, *, seed: int) -> None:
        size = rgb.shape[:2]
        self.pixels = kernels.Pixels(
            samples=np.zeros((*size, 3, kernels.SAMPLES), np.uint8),
            mean=np.zeros((*size, 3), np.float32),
            levels=np.zeros((*size, 3), np.uint8),
            flicker=np.zeros(size, np.float32),
            spread=np.zeros(size, np.float32),
            age=np.zeros(size, np.int32),
            seen=np.zeros(size, np.int32),
            candidate=np.zeros((*size, 3), np.uint8),
            last=np.zeros(size, np.uint8),
            blob=np.zeros(size, np.uint8),
            chance=np.array([(seed + _SEED) % 2**64], np.uint64),
        )
        self.start(rgb)

    @property
    def blob(self) -> Bytes:
        """(h, w) uint8, 1 where an object was in the frame before; set in place."""
        return self.pixels.blob

    @property
    def levels(self) -> Bytes:
        """(h, w, 3) uint8, the background."""
        return self.pixels.levels

    @property
    def lasting(self) -> NDArray[np.bool_]:
        """(h, w) bool, where a known background gave way to one colour for some frames."""
        lasting: NDArray[np.bool_] = (self.pixels.seen >= _LASTS) & (self.pixels.age >= _OLD)
        return lasting

    def start(self, rgb: Rgb) -> None:
        """Forget everything, and take a frame for the background."""
        kernels.fill(rgb, self.pixels, rows=(0, rgb.shape[0]), columns=(0, rgb.shape[1]))

    def observe(self, rgb: Rgb, *, radius: float, absorb: float) -> tuple[Bytes, NDArray[np.int16]]:
        """Compare a frame with the background and learn it, see :func:`kernels.background.observe`.

        Args:
            rgb: (h, w, 3) uint8.
            radius: levels over three colours within which a sample is near.
            absorb: frames after which anything is background.
        """
        limits = kernels.Limits(radius, absorb, PATIENCE)
        return kernels.observe(rgb, self.pixels, limits=limits)

    def brighten(self, gains: NDArray[np.float32]) -> None:
        """Multiply all that is known by gains (h, w, 3): the light was switched."""
        multiply(self.pixels.samples, self.pixels.mean, gains=gains)
        np.minimum(self.pixels.age, _AFTER_LIGHT, out=self.pixels.age)
        self.pixels.seen[...] = 0
        self.pixels.levels[...] = np.rint(self.pixels.mean)

    def move(self, rgb: Rgb, *, right: int, down: int) -> None:
        """Move all that is known by whole pixels; what comes into view is taken from a frame."""
        height, width = rgb.shape[:2]
        if abs(right) >= width or abs(down) >= height:
            self.start(rgb)
            return
        for array in self.pixels[:-1]:
            roll(array.reshape(height * width, -1), step=down * width + right)
        if right:
            columns = (0, right) if right > 0 else (width + right, width)
            kernels.fill(rgb, self.pixels, rows=(0, height), columns=columns)
        if down:
            rows = (0, down) if down > 0 else (height + down, height)
            kernels.fill(rgb, self.pixels, rows=rows, columns=(0, width))

    def state_dict(self) -> SavedState:
        """All of it, as tensors and plain values."""
        arrays = self.pixels._asdict()
        chance = int(arrays.pop("chance")[0])
        return {
            "chance": chance,
            **{name: torch.from_numpy(array.copy()) for name, array in arrays.items()},
        }

    @classmethod
    def restored(cls, state: SavedState) -> "BackgroundModel":
        """The model that a state was saved of."""
        model = cls(state["candidate"].numpy(), seed=0)
        for name, array in model.pixels._asdict().items():
            array[...] = state[name] if name == "chance" else state[name].numpy()
        return model


def matching_radius(noise: float) -> float:
    """The radius of a stream, from the standard deviation of its noise in levels."""
    quiet, noisy = RADIUS
    return min(max(RADIUS_PER_NOISE * noise, quiet), noisy)
