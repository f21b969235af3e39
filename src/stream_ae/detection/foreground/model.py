"""What each pixel of a scene has shown: the samples that a frame is compared with."""

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels import background as kernels
from stream_ae.kernels.lighting import multiply
from stream_ae.kernels.registration import roll
from stream_ae.storage.state_file import SavedState

RADIUS = 22.0
"""Levels over three colours within which a sample is the same colour."""

PATIENCE = 2.0
"""How much longer than the background something must have been there to become background."""

_AFTER_LIGHT = 12  # frames that a background counts for after its light was switched
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
            feedback=np.zeros((*size, 2), np.float32),
            counts=np.zeros((*size, 2), np.int32),
            candidate=np.zeros((*size, 3), np.uint8),
            last=np.zeros(size, np.uint8),
            blob=np.zeros(size, np.uint8),
            chance=np.array([(seed + _SEED) % 2**64], np.uint64),
        )
        self.levels = np.zeros((*size, 3), np.uint8)
        self.start(rgb)

    @property
    def blob(self) -> Bytes:
        """(h, w) uint8, 1 where an object was in the frame before; set in place."""
        return self.pixels.blob

    def start(self, rgb: Rgb) -> None:
        """Forget everything, and take a frame for the background."""
        self._take(rgb, rows=(0, rgb.shape[0]), columns=(0, rgb.shape[1]))

    def observe(self, rgb: Rgb, *, absorb: float) -> tuple[Bytes, NDArray[np.float32]]:
        """Compare a frame with the background and learn it, see :func:`kernels.background.observe`.

        Args:
            rgb: (h, w, 3) uint8.
            absorb: frames after which anything is background.
        """
        limits = kernels.Limits(RADIUS, absorb, PATIENCE)
        found = kernels.observe(rgb, self.pixels, limits=limits)
        kernels.to_levels(self.pixels.mean, out=self.levels)
        return found

    def brighten(self, gains: NDArray[np.float32]) -> None:
        """Multiply all that is known by gains (h, w, 3): the light was switched."""
        multiply(self.pixels.samples, self.pixels.mean, gains=gains)
        counts = self.pixels.counts
        np.minimum(counts[..., 0], _AFTER_LIGHT, out=counts[..., 0])
        counts[..., 1] = 0
        kernels.to_levels(self.pixels.mean, out=self.levels)

    def move(self, rgb: Rgb, *, right: int, down: int) -> None:
        """Move all that is known by whole pixels; what comes into view is taken from a frame."""
        height, width = rgb.shape[:2]
        if abs(right) >= width or abs(down) >= height:
            self.start(rgb)
            return
        for array in (*self.pixels[:-1], self.levels):
            roll(array.reshape(height * width, -1), step=down * width + right)
        if right:
            columns = (0, right) if right > 0 else (width + right, width)
            self._take(rgb, rows=(0, height), columns=columns)
        if down:
            rows = (0, down) if down > 0 else (height + down, height)
            self._take(rgb, rows=rows, columns=(0, width))

    def _take(self, rgb: Rgb, *, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Begin again with what a frame shows in a rectangle."""
        kernels.fill(rgb, self.pixels, rows=rows, columns=columns)
        where = slice(*rows), slice(*columns)
        self.pixels.feedback[where] = 0
        self.pixels.counts[where] = (1, 0)
        self.pixels.last[where] = self.pixels.blob[where] = 0
        self.pixels.candidate[where] = self.levels[where] = rgb[where]

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
        kernels.to_levels(model.pixels.mean, out=model.levels)
        return model
