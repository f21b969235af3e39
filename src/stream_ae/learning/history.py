"""What a learner keeps of the frames before: the last one, their mean, noise and scene.

The two pictures are also baselines: predictions of the next frame that need no network, and that
a network has to beat.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from stream_ae.detection.change import ChangeDetector
from stream_ae.detection.scenes import SceneDetector
from stream_ae.learning.running_stats import RunningImage
from stream_ae.nn import losses
from stream_ae.storage.state_file import SavedState


class History:
    """The frames before, in constant memory.

    Args:
        shape: of a frame, (1, 3, h, w).
        device: where frames come and stay.
    """

    def __init__(self, shape: tuple[int, ...], *, device: torch.device) -> None:
        self._device = device
        self._detector = ChangeDetector().to(device)
        self._scenes = SceneDetector()
        self._mean = RunningImage(shape).to(device)
        self.previous: Tensor | None = None

    def changes(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """The change mask (h, w) bool, and how much each pixel changed; nothing at the first."""
        if self.previous is None:
            nothing = torch.zeros(target.shape[2:], dtype=torch.float32, device=self._device)
            return nothing.bool(), nothing
        return self._detector.update(self.previous, target)

    def changed_since(self, frame: Tensor, target: Tensor) -> float:
        """Share of the pixels that changed since an earlier frame, by what is noise now."""
        return self._detector.compare(frame, target).mean(dtype=torch.float32).item()

    def begins_scene(self, image: Tensor) -> bool:
        """Whether another scene begins with a frame, on any device; asked once for each."""
        return self._scenes.update(image)

    @property
    def scene_age(self) -> int:
        """Frames of the scene so far, by the frames alone, the one last asked about included."""
        return self._scenes.age

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Know nothing of the scene of a frame that could not be predicted or learned."""
        scenes = self._scenes.copy()
        try:
            yield
        except BaseException:
            self._scenes = scenes
            raise

    def errors(self, target: Tensor) -> dict[str, Tensor]:
        """The squared error of each of the two baselines, 0-dim, where there is one."""
        errors = {}
        if self.previous is not None:
            errors["copy_last_frame"] = losses.mse(self.previous, target)
        if self._mean.count:
            errors["running_mean"] = losses.mse(self._mean.mean, target)
        return errors

    def add(self, target: Tensor) -> None:
        """Make a frame the previous one, and a part of the mean."""
        self._mean.update(target)
        self.previous = target.clone()  # what was given is the caller's, to be used again

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        scenes = self._scenes.state_dict()
        recent = scenes.pop("seen")
        return {
            "detector": {**self._detector.state_dict(), "scenes": scenes},
            "mean": self._mean.state_dict(),
            "previous": self.previous,
            "recent": recent,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; what is None in it of the three pictures starts again."""
        detector = self._detector.state_dict()
        detector |= {
            name: state["detector"][name] for name in detector if name in state["detector"]
        }
        self._detector.load_state_dict(detector)  # an older one has nothing, or other, of pulses
        if "scenes" in state["detector"]:  # an older one has none
            scenes = {**state["detector"]["scenes"], "seen": state["recent"]}
            self._scenes.load_state_dict(scenes)
        if state["mean"] is not None:
            self._mean.load_state_dict(state["mean"])
        previous, wanted = state["previous"], self._mean.mean.shape
        if previous is not None and previous.shape != wanted:
            raise ValueError(
                f"the previous frame must be {tuple(wanted)}, got {tuple(previous.shape)}; load"
                " what state_dict gave"
            )
        self.previous = None if previous is None else previous.to(self._device)
