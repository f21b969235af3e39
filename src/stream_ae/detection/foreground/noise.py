"""How noisy a stream's pictures are."""

from statistics import median

from stream_ae.frame import Rgb
from stream_ae.kernels.lighting import are_equal, median_difference
from stream_ae.storage.state_file import SavedState

_PAIRS = 16  # of frames, whose median is the noise
_LEAST, _MOST = 0.25, 8.0  # levels: what a codec hides, and what is no noise but movement
_CALM = 1.5  # times the noise, up to which a pair shows nothing but noise
_SIGMA = 1.4826 / 2**0.5  # standard deviation of one frame over median difference of two


class Noise:
    """Standard deviation of the noise, from what differs between neighbouring frames.

    The median over the pixels and over the last 16 pairs: objects, cuts and key frames do not move
    it. A picture that was given twice says nothing and does not count.
    """

    def __init__(self) -> None:
        self._recent = [_LEAST] * _PAIRS

    @property
    def sigma(self) -> float:
        """Grey levels of 255."""
        return min(max(median(self._recent), _LEAST), _MOST)

    def update(self, rgb: Rgb, *, previous: Rgb) -> bool:
        """Compare two neighbouring frames, (h, w, 3) uint8.

        Returns:
            Whether most of the picture differs by no more than noise.
        """
        difference = _SIGMA * median_difference(rgb, previous)
        is_calm = difference <= _CALM * self.sigma
        if difference > 0 or not are_equal(rgb, previous):
            self._recent = [*self._recent[1:], difference]
        return is_calm

    def state_dict(self) -> SavedState:
        """All of it, as plain values."""
        return {"recent": list(self._recent)}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._recent = list(state["recent"])
