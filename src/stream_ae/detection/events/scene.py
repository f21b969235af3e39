"""What happens to the whole scene, as events: jumps, movements of the camera, a lost picture."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.camera import CameraMoves
from stream_ae.detection.events.clock import Clock, Moment
from stream_ae.detection.events.freeze import Freeze
from stream_ae.detection.events.jumps import SceneJumps
from stream_ae.detection.events.picture import PictureLoss
from stream_ae.detection.findings import Foreground, Kind, WatchEvent
from stream_ae.storage.state_file import SavedState


class SceneWatch:
    """Tells what happens to the whole scene."""

    def __init__(self) -> None:
        self._freeze, self._loss = Freeze(), PictureLoss()
        self._jumps, self._camera = SceneJumps(), CameraMoves()
        self.has_returned = False
        """Whether the last frame shows something again, and the one before did not."""

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be made of the last frame: it shows nothing, or nothing new."""
        return self._loss.is_likely or self._freeze.is_likely

    def update(
        self,
        rgb: NDArray[np.uint8],
        *,
        foreground: Foreground,
        clock: Clock,
        elapsed: float,
        is_first: bool,
    ) -> list[WatchEvent]:
        """The events that are told with this frame.

        Args:
            rgb: (h, w, 3).
            foreground: of the frame.
            clock: that has come to this frame.
            elapsed: seconds since the one before.
            is_first: whether that is no neighbour.
        """
        now = clock.ago(0.0)
        was_lost = self._loss.is_likely
        lost = self._loss.update(rgb, elapsed=elapsed)
        self.has_returned = was_lost and not self._loss.is_likely
        events = (
            [] if lost is None else [_event(lost, clock.ago(self._loss.seconds - elapsed), now)]
        )
        mask = foreground.mask
        if self._freeze.update(rgb, mask=mask, elapsed=elapsed, is_first=is_first):
            events.append(_event("frozen", clock.ago(self._freeze.seconds - elapsed), now))
        jumps = self._jumps.update(
            foreground.change,
            begins=foreground.begins or is_first,
            now=now,
            elapsed=elapsed,
            is_lost=self._loss.is_likely,
        )
        events += [_event(jump.kind, jump.at, jump.at) for jump in jumps]
        if foreground.change in ("cut", "camera_moved"):
            self._camera.settle(is_told=foreground.change == "camera_moved")
        elif self.has_returned:
            self._camera.settle(is_told=True)  # the registration has to find its way back
        elif not self._loss.is_likely:
            moved = self._camera.update(foreground.shift, now=now, elapsed=elapsed)
            events += [] if moved is None else [_event("camera_moved", moved, now)]
        return events

    def finish(self) -> list[WatchEvent]:
        """The events that are told at the stream's end."""
        return [_event(jump.kind, jump.at, jump.at) for jump in self._jumps.finish()]

    def state_dict(self) -> SavedState:
        """Its state, as tensors and plain values."""
        return {
            "freeze": self._freeze.state_dict(),
            "loss": self._loss.state_dict(),
            "jumps": self._jumps.state_dict(),
            "camera": self._camera.state_dict(),
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._freeze.load_state_dict(state["freeze"])
        self._loss.load_state_dict(state["loss"])
        self._jumps.load_state_dict(state["jumps"])
        self._camera.load_state_dict(state["camera"])


def _event(kind: Kind, start: Moment, end: Moment) -> WatchEvent:
    numbers, times = (start.number, end.number, start.number), (start.time, end.time, start.time)
    return WatchEvent(kind, *numbers, *times, score=1.0)
