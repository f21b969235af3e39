"""What does not belong to a scene: :class:`ForegroundDetector`."""

import math

import numpy as np
import torch

from stream_ae.detection.findings import Foreground, SceneChange
from stream_ae.detection.foreground.camera import Camera
from stream_ae.detection.foreground.cleaning import find_objects
from stream_ae.detection.foreground.model import BackgroundModel, matching_radius
from stream_ae.detection.foreground.noise import Noise
from stream_ae.detection.foreground.switches import FAR, Switches, find_gains
from stream_ae.detection.foreground.tone import Tone
from stream_ae.detection.scenes import SceneDetector
from stream_ae.frame import Rgb
from stream_ae.kernels.background import GHOST
from stream_ae.kernels.lighting import share_that_differs, summarize
from stream_ae.kernels.masks import find_ghosts
from stream_ae.kernels.registration import warp
from stream_ae.kernels.squares import grow
from stream_ae.settings.choices import ABSORB
from stream_ae.storage.state_file import SavedState

_LOOK = 4  # frames from one look for camera and tone to the next, while all is calm
_JUMPY = 0.03  # share of the pixels that change far more than by noise, from which on it may jump
_GHOST = 1.5  # times more contrast of an outline in the background than in the frame
_AROUND = 4  # pixels around an object where nothing is learned in haste
_INTERVAL = 0.04  # seconds between frames until two were seen
_INTERVAL_RATE, _INTERVAL_JUMP = 0.05, 4.0  # how fast their running mean follows, and how far
_BLACK, _FLAT = 10.0, 4.0  # mean and deviation of the brightness, in levels, of a covered camera


class ForegroundDetector:
    """Tell what does not belong to a scene, frame by frame, and learn the scene meanwhile.

    No network and no training: a background of samples for each pixel (see
    :mod:`stream_ae.kernels.background`). The camera may move, the light may change, be switched or
    drift, and what stays becomes background.

    Args:
        absorb: seconds after which what stays belongs to the scene.
        seed: of what is drawn by chance, at least 0.

    Raises:
        ValueError: one of them is not in its range.

    >>> detector = ForegroundDetector()
    >>> frame = np.full((224, 224, 3), 90, np.uint8)
    >>> empty = detector.update(frame, time=0.0)
    >>> frame[100:140, 50:70] = 200
    >>> found = detector.update(frame, time=0.04)
    >>> bool(found.mask[102:138, 52:68].all()), round(found.ratio, 3)
    (True, 0.016)
    """

    def __init__(self, *, absorb: float = ABSORB, seed: int = 0) -> None:
        if not 0 < absorb < math.inf:
            raise ValueError(f"absorb must be positive and finite, got {absorb}; give seconds")
        if seed < 0:
            raise ValueError(f"a seed must be 0 or more, got {seed}; take another")
        self._absorb, self._seed = absorb, seed
        self._model: BackgroundModel | None = None
        self._camera, self._tone, self._switches = Camera(), Tone(), Switches()
        self._noise, self._scenes = Noise(), SceneDetector()
        self._previous: Rgb | None = None
        self._time, self._interval = -math.inf, _INTERVAL
        self._calm = 0  # frames that differed from the one before by no more than noise

    def update(
        self, rgb: Rgb, *, time: float, is_first: bool = False, begins: bool | None = None
    ) -> Foreground:
        """Look at the next frame.

        Args:
            rgb: (h, w, 3) uint8, always of one size.
            time: of the frame by the stream's own clock, in seconds.
            is_first: whether the frame before is no neighbour of it; the scene is not forgotten.
            begins: whether another scene begins with it, where that is known, since a
                :class:`~stream_ae.detection.scenes.SceneDetector` has seen all of the stream; None
                asks one of its own.

        Returns:
            What does not belong to the scene; nothing where the camera is covered.
        """
        self._follow_clock(time, is_first=is_first)
        begins = self._scenes.update(_to_image(rgb)) if begins is None else begins
        if self._model is None:
            self._model = BackgroundModel(rgb, seed=self._seed)
        model = self._model
        if _is_covered(rgb, model.levels):
            nothing = np.zeros(rgb.shape[:2], np.bool_)
            return Foreground(nothing, model.levels, self._noise.sigma, begins=begins)
        previous = None if is_first else self._previous
        is_calm = previous is not None and self._noise.update(rgb, previous=previous)
        self._calm = self._calm + 1 if is_calm else 0
        self._previous = rgb.copy()
        frame, shift, change = self._align(rgb, model, previous, begins=begins)
        radius = matching_radius(self._noise.sigma)
        raw, distance = model.observe(frame, radius=radius, absorb=self._absorb / self._interval)
        mask = find_objects(
            frame,
            model.levels,
            raw=raw,
            distance=distance,
            radius=radius,
            lasting=model.lasting,
        )
        model.blob[...] = grow(mask, _AROUND)
        if mask.any():
            ghosts = find_ghosts(mask, rgb=frame, background=model.levels, ratio=_GHOST)
            model.blob[ghosts != 0] = GHOST
        return Foreground(
            mask.view(np.bool_), model.levels, self._noise.sigma, shift, change, begins=begins
        )

    def _follow_clock(self, time: float, *, is_first: bool) -> None:
        passed = time - self._time
        if 0 < passed < math.inf and not is_first:
            longest = _INTERVAL_JUMP * self._interval
            self._interval += _INTERVAL_RATE * (min(passed, longest) - self._interval)
        self._time = time

    def _align(
        self, rgb: Rgb, model: BackgroundModel, previous: Rgb | None, *, begins: bool
    ) -> tuple[Rgb, tuple[float, float], SceneChange | None]:
        """Bring frame and background together: place, tone, light, or another scene."""
        hidden = (model.blob != 0).view(np.uint8)
        changed = _changed(rgb, previous)
        is_jumpy = changed is not None and changed > _JUMPY
        is_due = self._calm % _LOOK == 0 or is_jumpy or not self._camera.is_standing
        shift = (
            self._camera.follow(rgb, model.levels, skip=hidden, may_jump=is_jumpy)
            if is_due
            else self._camera.stay()
        )
        if any(shift.whole):
            model.move(rgb, right=shift.whole[0], down=shift.whole[1])
        right, down = shift.rest
        placed = warp(rgb, right=right, down=down) if right or down else rgb
        frame = self._tone.match(placed, model.levels, skip=hidden, is_due=is_due)
        if not self._switches.is_switched(
            frame, model.levels, begins=begins, is_first=previous is None
        ):
            return frame, shift.moved, "camera_moved" if shift.has_moved else None
        self._tone = Tone()
        gains = find_gains(placed, model.levels)
        if gains is None:
            self._camera = Camera()
            model.start(rgb)
            return rgb, (0.0, 0.0), "cut"
        model.brighten(gains)
        return placed, shift.moved, "light_switched"

    def state_dict(self) -> SavedState:
        """All of it, as tensors and plain values; going on from it changes no bit."""
        return {
            "model": None if self._model is None else self._model.state_dict(),
            "previous": None if self._previous is None else torch.from_numpy(self._previous),
            "clock": (self._time, self._interval),
            "calm": self._calm,
            "scenes": self._scenes.state_dict(),
            **{name: part.state_dict() for name, part in self._parts().items()},
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; ``absorb`` stays as it was given."""
        model, previous = state["model"], state["previous"]
        self._model = None if model is None else BackgroundModel.restored(model)
        self._previous = None if previous is None else previous.numpy().copy()
        self._time, self._interval = state["clock"]
        self._calm = state["calm"]
        if "scenes" in state:  # an older one has none
            self._scenes.load_state_dict(state["scenes"])
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Camera | Tone | Switches | Noise]:
        return {
            "camera": self._camera,
            "tone": self._tone,
            "switches": self._switches,
            "noise": self._noise,
        }


def _to_image(rgb: Rgb) -> torch.Tensor:
    """A frame as (1, 3, h, w) in [0, 1]."""
    return torch.from_numpy(rgb / np.float32(255.0)).permute(2, 0, 1)[None]


def _changed(rgb: Rgb, previous: Rgb | None) -> float | None:
    return None if previous is None else share_that_differs(rgb, previous, limit=FAR)


def _is_covered(rgb: Rgb, background: Rgb) -> bool:
    """Whether a frame shows nothing, and the background something."""
    now = summarize(rgb)
    if now.mean >= _BLACK and now.deviation >= _FLAT:  # in nearly every frame
        return False
    usual = summarize(background)
    is_black = now.mean < _BLACK and usual.mean > 2 * _BLACK
    return is_black or (now.deviation < _FLAT and usual.deviation > 2 * _FLAT)
