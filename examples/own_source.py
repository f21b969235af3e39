"""A stream of your own: one class with one generator.

``read`` runs in a thread of its own, beside the learning. It begins at frame ``start``, so that a
run can be stopped and resumed, and it ends when ``closing`` becomes true.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from stream_ae import Frame, Source, StreamLearner

FRAMES = 50


class RisingSun(Source):
    """A sun that circles over an evening sky without end, the same every time."""

    def __init__(self) -> None:
        super().__init__("sun")
        self._y, self._x = np.mgrid[0:120, 0:160]

    def read(self, start: int) -> Iterator[Frame]:
        for index in count(start):
            if self.closing:
                return
            yield Frame(
                self._draw(index / 25.0),
                index=index,
                time=index / 25.0,
                source=self.address,
                is_first=index == 0,
            )

    def _draw(self, time: float) -> np.ndarray:
        sky = np.stack([90 + self._y, 60 + self._y // 2, 160 - self._y // 2], axis=-1)
        across, up = 80 + 60 * np.sin(time), 60 + 40 * np.cos(time)
        sky[np.hypot(self._x - across, self._y - up) < 14] = (255, 220, 120)
        return sky.astype(np.uint8)


def main() -> None:
    learner = StreamLearner()
    with RisingSun() as source:
        for frame in source.frames(learner.prepare):  # resized in the reader's thread
            step = learner.learn_one(frame)
            if step.number in (1, FRAMES):
                print(f"frame {step.number}: mse {step.losses.mse:.6f}")
            if step.number == FRAMES:
                break


if __name__ == "__main__":
    main()
