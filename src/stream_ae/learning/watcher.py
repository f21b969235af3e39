"""Tell what is in a stream that does not belong, and what has never been seen there.

It needs no learner: the scene's background, its noise and what usually moves where are learned from
the pictures alone. Beside a learner it also asks how rare the network's latents are.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from stream_ae.detection.change import ChangeDetector
from stream_ae.detection.events import EventDetector
from stream_ae.detection.findings import Box, Findings, Kind, WatchEvent
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.detection.novelty import NoveltyDetector
from stream_ae.frame import Frame
from stream_ae.learning.copying import ByValue
from stream_ae.learning.intake import Picture, to_frame
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import FRAME_SIZE
from stream_ae.nn.preprocessing import to_picture, to_tensor
from stream_ae.settings.choices import ABSORB
from stream_ae.settings.zones import Zone
from stream_ae.storage.state_file import SavedState


class Watcher(ByValue):
    """Watch a stream frame by frame: foreground, novelty, events.

    Args:
        absorb: seconds until something that stays becomes part of the scene.
        zones: parts of the picture to watch or to leave out; without any, all of it is watched.
        seed: of the background's random choices; the same seed and frames give the same findings.

    >>> import numpy as np
    >>> findings = Watcher().watch_one(np.zeros((48, 64, 3), np.uint8))
    >>> findings.number, findings.foreground.mask.shape, findings.events
    (1, (224, 224), ())
    """

    def __init__(
        self, *, absorb: float = ABSORB, zones: Sequence[Zone] = (), seed: int = 0
    ) -> None:
        self.frames = 0
        self._absorb, self._seed = absorb, seed
        self._change = ChangeDetector()
        self._begin_scene()
        self._events = EventDetector(zones=zones)
        self._previous: Tensor | None = None

    def watch_one(
        self, picture: Picture, *, step: Step | None = None, latent: Tensor | None = None
    ) -> Findings:
        """Say what is in a frame, then take it in and forget it.

        Args:
            picture: a frame of a source, or one picture in any form that
                :func:`~stream_ae.learning.intake.to_frame` takes.
            step: what a learner made of the same frame, which saves work that it has done.
            latent: what a network made of it, (1, 16, 28, 28); None leaves the network out of the
                novelty.

        Returns:
            What was found; events are told with the frame that makes them certain.

        Raises:
            TypeError: it is no picture.
            ValueError: it is not one picture.
        """
        frame = to_frame(picture, index=self.frames)
        self.frames += 1
        target = _target(frame) if step is None else step.target
        rgb = to_picture(target)
        ratio = self._changed(target) if step is None else step.change.ratio
        foreground = self._foreground.update(
            rgb,
            time=frame.time,
            is_first=frame.is_first,
            begins=None if step is None else step.change.begins,
        )
        novelty = self._novelty.update(
            rgb,
            foreground=foreground,
            time=frame.time,
            latent=None if latent is None else latent[0].float().cpu().numpy(),
            is_first=frame.is_first,
        )
        events = self._events.update(
            rgb,
            number=self.frames,
            time=frame.time,
            foreground=foreground,
            novelty=novelty,
            is_first=frame.is_first,
        )
        return Findings(
            number=self.frames,
            time=frame.time,
            change_ratio=ratio,
            foreground=foreground,
            novelty=novelty,
            events=events,
            tracks=self._events.tracks,
        )

    def forget(self) -> None:
        """Begin with the scene again: nothing of its background is known, nor of what is usual.

        What was marked as false stays marked, and things that come are counted on.
        """
        self._begin_scene()
        self._events.forget()

    def mark_false(self, kind: Kind, *, box: Box, score: float) -> None:
        """Take note that an event was false: that place tells less of that kind from now on.

        Args:
            kind: of the event.
            box: where it was.
            score: that it had.
        """
        self._events.tolerance.mark_false(kind, box=box, score=score)

    @property
    def rare(self) -> float:
        """Novelty from which something is told as novel, in [0, 1]; may be set."""
        return self._events.rare

    @rare.setter
    def rare(self, score: float) -> None:
        """Set it."""
        self._events.rare = score

    def finish(self) -> tuple[WatchEvent, ...]:
        """End what is still going on, where the stream ends: the events that are told by that."""
        return self._events.finish()

    def state_dict(self, *, with_pixels: bool = True) -> SavedState:
        """All that later findings depend on.

        Args:
            with_pixels: False leaves out whatever shows the scene. Who goes on from that learns the
                background again.
        """
        events = self._events.state_dict()
        state = {
            "frames": self.frames,
            "change": self._change.state_dict(),
            "previous": self._previous,
            "foreground": self._foreground.state_dict(),
            "novelty": self._novelty.state_dict(with_pixels=with_pixels),
            "events": events,
        }
        if with_pixels:
            return state
        return {**state, "previous": None, "foreground": None, "events": {**events, "pixels": None}}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state, bit for bit if it has its pixels."""
        self.frames, self._previous = state["frames"], state["previous"]
        self._events.load_state_dict(state["events"])
        self.load_scene(state)

    def load_scene(self, state: SavedState) -> None:
        """Begin another stream of the same scene, knowing what a saved state knows of it."""
        self._change.load_state_dict(state["change"])
        self._novelty.load_state_dict(state["novelty"])
        if state["foreground"] is not None:
            self._foreground.load_state_dict(state["foreground"])

    def _begin_scene(self) -> None:
        self._foreground = ForegroundDetector(absorb=self._absorb, seed=self._seed)
        self._novelty = NoveltyDetector(seed=self._seed)

    def _changed(self, target: Tensor) -> float:
        """Share of the pixels that changed since the frame before."""
        previous, self._previous = self._previous, target.clone()
        if previous is None:
            return 0.0
        mask, _ = self._change.update(previous, target)
        return float(torch.count_nonzero(mask)) / mask.numel()


def _target(frame: Frame) -> Tensor:
    """A frame at the learner's size, which a reader may have prepared."""
    return to_tensor(frame.rgb, size=FRAME_SIZE) if frame.image is None else frame.image
