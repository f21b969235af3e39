"""Whether another scene begins: a cut, a switched light, a turned or covered camera, a fade.

From the frames alone, and against the stream's own variation: a change among frames that always
change is none. Two questions are asked of small pictures (:mod:`stream_ae.kernels.scenes`):

- *At once.* The frame differs from the one before, the camera's own movement taken out, by far
  more than neighbours of this scene do.
- *Over ten frames.* The picture has become another one, by far more than it does in this scene, and
  was on the straight way there in between. That is what a fade is, and neither a cut nor a
  movement. It is seen in coarser pictures, in which little moves.

After a change nothing is told for twelve frames, and what is usual is learned again.
"""

from collections import deque
from copy import copy

import numpy as np
import torch
from torch import Tensor

from stream_ae.kernels.scenes import Small, coarsen, difference, find_shift, shrink
from stream_ae.storage.state_file import SavedState

APART = 12
"""Frames from one change to the next, and from the start to the first; what is usual takes them."""

_LEAST, _TIMES_USUAL, _TIMES_LAST = 20.0, 1.7, 2.0
"""Levels over three colours that a change has at least; and as a multiple of what is usual, and of
the last two frames, so that what grows from frame to frame is none."""

_FEW, _TIMES_FEW = 24, 3.0
"""Frames below which what is usual is hardly known, and the multiple of it that is asked then."""

_USUAL, _PER_OUTLIER, _OUTLIERS = 48, 16, 2
"""Frames that tell what is usual: the largest of them; one in 16 may be larger, at most two."""

_FADE, _BETWEEN = 10, (3, 5, 7)
"""Frames of a fade, and those of them that are looked at between its ends."""

_LEAST_FADE, _TIMES_FADE, _BENT = 90.0, 1.2, 0.25
"""Levels of a fade at least; their multiple of the largest difference before; and how far from the
straight way the frames between are, on average, as a share of it."""

_AFTERWARDS, _KNOWN = 16, 8
"""Frames after a change in which those ten frames apart still have it between them, since a fade is
told before its end; and differences that must be known to speak of the largest one."""


class SceneDetector:
    """Tell where another scene begins, frame by frame, in constant memory.

    >>> detector = SceneDetector()
    >>> park, hall = torch.full((2, 1, 3, 32, 32), 0.2)
    >>> hall[..., ::8] = 0.9
    >>> [n for n, frame in enumerate([park] * 30 + [hall] * 30) if detector.update(frame)]
    [30]
    """

    def __init__(self) -> None:
        self._last: Small | None = None
        self._coarse: deque[Small] = deque(maxlen=_FADE + 1)
        self._usual: deque[float] = deque(maxlen=_USUAL)
        # Those that overlap with a fade at hand are left out: ten more.
        self._far: deque[float] = deque(maxlen=_USUAL + _FADE)
        self._since = 0

    @property
    def age(self) -> int:
        """Frames of the scene so far, the last one included; 0 before the first frame."""
        return 0 if self._last is None else self._since + 1

    def copy(self) -> "SceneDetector":
        """One that goes on from here by itself."""
        twin = copy(self)  # no picture in it is ever changed, so both may hold it
        twin._coarse, twin._usual = self._coarse.copy(), self._usual.copy()
        twin._far = self._far.copy()
        return twin

    def update(self, image: Tensor) -> bool:
        """Look at the next frame, and tell whether another scene begins with it.

        Args:
            image: (1, 3, h, w) in [0, 1], always of one size, on any device.
        """
        return self._update(shrink(image))

    def _update(self, now: Small) -> bool:
        before, self._last = self._last, now
        coarse = coarsen(now)
        if before is None:
            self._coarse.extend([coarse] * (_FADE + 1))
            return False
        self._coarse.append(coarse)
        self._since += 1
        in_place = difference(now, before)
        step = min(in_place, difference(now, before, shift=find_shift(now, before)))
        far = difference(coarse, self._coarse[0])
        if self._since >= APART and (self._is_sudden(step) or self._is_faded(far)):
            self._usual.clear()
            self._far.clear()
            self._since = 0
            return True
        self._usual.append(step)
        if self._since > _AFTERWARDS:
            self._far.append(far)
        return False

    def _is_sudden(self, step: float) -> bool:
        usual = sorted(self._usual)
        outliers = min(_OUTLIERS, len(usual) // _PER_OUTLIER)
        times = _TIMES_FEW if len(usual) < _FEW else _TIMES_USUAL
        last = max(self._usual[-1], self._usual[-2])
        return step > max(_LEAST, times * usual[-1 - outliers], _TIMES_LAST * last)

    def _is_faded(self, far: float) -> bool:
        known = list(self._far)[:-_FADE]  # the last ten overlap with a fade at hand
        if len(known) < _KNOWN or far <= max(_LEAST_FADE, _TIMES_FADE * max(known)):
            return False
        first, last = self._coarse[0], self._coarse[-1]
        line = ((k, first + np.float32(k / _FADE) * (last - first)) for k in _BETWEEN)
        away = [difference(self._coarse[k], there) for k, there in line]
        return sum(away) < _BENT * far * len(away)

    def state_dict(self) -> SavedState:
        """All of it, as tensors and plain values; ``seen`` holds pictures, and may be left out."""
        coarse = torch.from_numpy(np.stack(self._coarse)) if self._coarse else None
        last = None if self._last is None else torch.from_numpy(self._last)
        return {
            "seen": None if last is None else {"last": last, "coarse": coarse},
            "usual": list(self._usual),
            "far": list(self._far),
            "since": self._since,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; where ``seen`` is None, the next frame has none before it."""
        seen = state["seen"]
        self._last = None if seen is None else seen["last"].numpy().copy()
        self._coarse.clear()
        self._coarse.extend([] if seen is None else seen["coarse"].numpy().copy())
        for kept, name in ((self._usual, "usual"), (self._far, "far")):
            kept.clear()
            kept.extend(state[name])
        self._since = state["since"]
