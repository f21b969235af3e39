"""How rare is what happens in a frame, by place and as a whole.

What is novel is first of all what moves as nothing has moved before at its height in the picture;
where there is a network, also what looks as nothing has looked. Everything is scored before it is
learned, and what is novel is hardly learned.
"""

import math

import numpy as np
import torch

from stream_ae.detection.findings import Foreground, Novelty
from stream_ae.detection.novelty.appearance import Appearance
from stream_ae.detection.novelty.calibration import Calibration
from stream_ae.detection.novelty.motion import Motion, Seen
from stream_ae.detection.novelty.rows import RowStatistics
from stream_ae.frame import Rgb
from stream_ae.kernels.jit import Rows
from stream_ae.kernels.windows import CELL_SIZE, highest_around
from stream_ae.storage.state_file import SavedState

OF_APPEARANCE, USUAL_APPEARANCE = 0.3, 0.6
"""Weight of how it looks beside how it moves, and the score of looks below which it has none."""

MEMORY = 0.45
"""Seconds over which a place's novelty fades by a factor of e: one frame alone says little."""

LEAST = 16
"""Pixels along each side that a frame has at least, for two cells of 8 pixels."""

WARM_UP = 100
"""Frames that are only learned from, and have the score 0: the first of all are all novel."""


class NoveltyDetector:
    """Score each frame of a stream by how rare it is.

    The novelty of a place fades, and is carried along to the places around it, so that it stays
    with what moves: with the time dt since the frame before, ``k = exp(−dt / 0.45 s)``, and the
    scores m of how it moves and a of how it looks::

        heat ← k · (highest of 3 × 3 places of heat) + (1 − k) · (m + 0.3 · max(0, a − 0.6))

    The raw score is the highest heat.

    Args:
        seed: of what is chosen by chance.

    >>> mask = np.zeros((224, 224), bool)
    >>> frame = np.zeros((224, 224, 3), np.uint8)
    >>> NoveltyDetector().update(frame, foreground=Foreground(mask, frame, 1.0), time=0.0).score
    0.0
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._motion, self._appearance = Motion(), Appearance(seed=seed)
        self._speeds = RowStatistics(lowest=0.2, highest=160.0, floor=3.0)  # pixels a second
        self._distances = RowStatistics(lowest=0.02, highest=100.0, floor=0.05)
        self._calibration = Calibration()
        self._found = Novelty(0.0, 0.0, np.zeros((0, 0), np.float32))
        self._frames = self._since = 0  # scored; of these, since the last cut

    def update(
        self,
        rgb: Rgb,
        *,
        foreground: Foreground,
        time: float,
        latent: Rows | None = None,
        is_first: bool = False,
    ) -> Novelty:
        """Score a frame, then learn from it.

        Frames that follow each other within 0.06 s are scored in turn; between them, the last
        finding holds.

        Args:
            rgb: (h, w, 3) uint8, at least 16 × 16, always the same size.
            foreground: of this frame.
            time: of the frame by the stream's own clock, in seconds.
            latent: what the network makes of it, (channels, h // 8, w // 8) float32; None is
                without a network.
            is_first: the frame before is no neighbour.

        Returns:
            The score, what it is made of, and a heat map of (h // 8, w // 8).

        Raises:
            ValueError: a shape that does not fit.
        """
        _check(rgb, foreground)
        if is_first or foreground.change == "cut" or not self._found.heat.size:
            self._start_again(rgb)
        elif foreground.change == "light_switched":
            self._motion.forget()  # all that is brighter now has not moved
        self._motion.pan(foreground.shift)
        if not self._motion.is_soon(time):
            seen = self._motion.look(rgb, foreground=foreground, time=time)
            if seen is not None:
                scores = self._score(seen, latent=latent)
                self._found = self._judge(scores, step=seen.step)
        return self._found

    def state_dict(self, *, with_pixels: bool = True) -> SavedState:
        """What :meth:`load_state_dict` takes.

        Args:
            with_pixels: False leaves out the last picture, and the mean latent, which a network
                can make a picture of; who goes on from that begins as after a cut.
        """
        motion, appearance = self._motion.state_dict(), self._appearance.state_dict()
        if not with_pixels:
            motion, appearance = {**motion, "previous": None}, {**appearance, "mean": None}
        return {
            "motion": motion,
            "appearance": appearance,
            "speeds": self._speeds.state_dict(),
            "distances": self._distances.state_dict(),
            "calibration": self._calibration.state_dict(),
            "score": self._found.score,
            "raw": self._found.raw,
            "heat": torch.from_numpy(self._found.heat.copy()),
            "frames": self._frames,
            "since": self._since,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state, bit for bit if it has its pixels; the seed must be the same."""
        self._motion.load_state_dict(state["motion"])
        self._appearance.load_state_dict(state["appearance"])
        self._speeds.load_state_dict(state["speeds"])
        self._distances.load_state_dict(state["distances"])
        self._calibration.load_state_dict(state["calibration"])
        heat = state["heat"].numpy().copy()
        self._found = Novelty(state["score"], state["raw"], heat)
        self._frames, self._since = state["frames"], state["since"]

    def _start_again(self, rgb: Rgb) -> None:
        """What was in view is gone; what is usual stays."""
        self._motion.forget()
        shape = (rgb.shape[0] // CELL_SIZE, rgb.shape[1] // CELL_SIZE)
        self._found, self._since = Novelty(0.0, 0.0, np.zeros(shape, np.float32)), 0

    def _score(self, seen: Seen, *, latent: Rows | None) -> Rows:
        scores = self._speeds.score(seen.speeds)
        if latent is not None:
            distances = self._appearance.distances(latent, cells=seen.cells, step=seen.step)
            looks = self._distances.score(distances) - np.float32(USUAL_APPEARANCE)
            scores += np.float32(OF_APPEARANCE) * np.maximum(looks, 0)
        return scores

    def _judge(self, scores: Rows, *, step: float) -> Novelty:
        """Carry along what was novel, and say how rare it is."""
        self._frames += 1
        self._since += 1
        kept = np.float32(min(math.exp(-step / MEMORY), 1 - 1 / self._since))
        heat = kept * highest_around(self._found.heat) + (1 - kept) * scores
        raw = float(heat.max())
        if self._frames <= WARM_UP:
            return Novelty(0.0, raw, heat)
        score = self._calibration.rarity(raw)
        self._calibration.learn(raw, step=step)
        return Novelty(score, raw, heat)


def _check(rgb: Rgb, foreground: Foreground) -> None:
    if foreground.mask.shape != rgb.shape[:2] or min(rgb.shape[:2]) < LEAST:
        raise ValueError(
            f"a frame must be at least ({LEAST}, {LEAST}, 3) and its mask as large, got"
            f" {rgb.shape} and {foreground.mask.shape}; give the foreground of this very frame"
        )
