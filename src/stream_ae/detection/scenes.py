"""Whether another scene begins: a cut, a switched light, a turned or covered camera, a fade.

From the frames alone, and against the stream's own variation: a change among frames that always
change is none. Two questions are asked of small pictures (:mod:`stream_ae.kernels.scenes`):

- *At once.* The frame differs from the one before, the camera's own movement taken out, by far
  more than neighbours of this scene do.
- *Over ten frames.* The picture has become another one, and five frames ago it was the mean of
  both, in place. That is what a fade is, and neither a cut nor a movement.

After a change nothing is told for twelve frames, and what is usual is learned again.
"""

from collections import deque

import numpy as np
import torch
from torch import Tensor

from stream_ae.kernels.scenes import Small, difference, find_shift, shrink
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

_FADE = 10
"""Frames of a fade."""

_LEAST_FADE, _BENT, _ON_COURSE, _TIMES_FADE = 90.0, 0.5, 0.5, 0.9
"""Levels of a fade at least; how far from the mean of both ends its middle may be, as a share of
their difference; how long the way between them is at least, as a share of all steps together; and
their difference as a multiple of the largest one before."""

_CLEAR_BENT, _CLEAR_TIMES = 0.7, 2.0
"""The same where the difference is far larger than ever: no more is asked then."""

_KNOWN = 10
"""Differences over ten frames that must be known to speak of the largest one."""


class SceneDetector:
    """Tell where another scene begins, frame by frame, in constant memory.

    >>> detector = SceneDetector()
    >>> park, hall = torch.full((2, 1, 3, 32, 32), 0.2)
    >>> hall[..., ::8] = 0.9
    >>> [n for n, frame in enumerate([park] * 30 + [hall] * 30) if detector.update(frame)]
    [30]
    """

    def __init__(self) -> None:
        self._seen: deque[Small] = deque(maxlen=_FADE)
        self._steps: deque[float] = deque(maxlen=_FADE)  # differences in place, one by one
        self._usual: deque[float] = deque(maxlen=_USUAL)
        # Those that overlap with a fade at hand are left out: ten more.
        self._far: deque[float] = deque(maxlen=_USUAL + _FADE)
        self._since = 0

    @property
    def age(self) -> int:
        """Frames of the scene so far, the last one included; 0 before the first frame."""
        return self._since + 1 if self._seen else 0

    def update(self, image: Tensor) -> bool:
        """Look at the next frame, and tell whether another scene begins with it.

        Args:
            image: (1, 3, h, w) in [0, 1], always of one size, on any device.
        """
        now = shrink(image)
        if not self._seen:
            self._seen.extend([now] * _FADE)
            return False
        begins = self._begins(now)
        self._seen.append(now)
        return begins

    def _begins(self, now: Small) -> bool:
        before = self._seen[-1]
        in_place = difference(now, before)
        step = min(in_place, difference(now, before, shift=find_shift(now, before)))
        self._steps.append(in_place)
        self._since += 1
        far = difference(now, self._seen[0])
        if self._since >= APART and (self._is_sudden(step) or self._is_faded(now, far)):
            self._usual.clear()
            self._far.clear()
            self._since = 0
            return True
        self._usual.append(step)
        if self._since > _FADE:
            self._far.append(far)
        return False

    def _is_sudden(self, step: float) -> bool:
        usual = sorted(self._usual)
        outliers = min(_OUTLIERS, len(usual) // _PER_OUTLIER)
        times = _TIMES_FEW if len(usual) < _FEW else _TIMES_USUAL
        last = max(self._usual[-1], self._usual[-2])
        return step > max(_LEAST, times * usual[-1 - outliers], _TIMES_LAST * last)

    def _is_faded(self, now: Small, far: float) -> bool:
        # From the last change on there must be ten frames, or it would be told twice.
        if self._since < APART + _FADE or far <= _LEAST_FADE:
            return False
        middle = self._seen[_FADE // 2]
        bent = difference(now + self._seen[0], 2 * middle) / far
        known = list(self._far)[:-_FADE]
        largest = max(known) if len(known) >= _KNOWN else None
        if largest and far > _CLEAR_TIMES * largest and bent < _CLEAR_BENT:
            return True
        is_on_course = bent < _BENT and far > _ON_COURSE * sum(self._steps)
        return is_on_course and (largest is None or far > _TIMES_FADE * largest)

    def state_dict(self) -> SavedState:
        """All of it, as tensors and plain values; ``seen`` holds pictures, and may be left out."""
        return {
            "seen": torch.from_numpy(np.stack(self._seen)) if self._seen else None,
            "steps": list(self._steps),
            "usual": list(self._usual),
            "far": list(self._far),
            "since": self._since,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; where ``seen`` is None, the next frame has none before it."""
        seen = state["seen"]
        self._seen = deque([] if seen is None else seen.numpy().copy(), maxlen=_FADE)
        for kept, name in ((self._steps, "steps"), (self._usual, "usual"), (self._far, "far")):
            kept.clear()
            kept.extend(state[name])
        self._since = state["since"]
