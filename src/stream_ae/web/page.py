"""Tell the page of every step: signs of life always, pictures only while somebody looks."""

import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from stream_ae.detection.findings import Findings
from stream_ae.frame import Event, Frame
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.images import feature_grid
from stream_ae.observers.tensorboard.board import HasFeatures
from stream_ae.runs.begun import Begun
from stream_ae.web.frame_view import Arrays, frame_arrays, frame_numbers
from stream_ae.web.process import PageServer, Wanted

_PICTURES = 15.0  # most pictures a second: more than an eye follows in four panels
_BEAT = 0.5  # seconds from one sign of life to the next
_ALL = Wanted(True, frozenset({"frame", "reconstruction", "error", "foreground"}))
_STATES = {"source_lost": "lost", "reconnected": "live"}


class LivePage(Observer, FindingsObserver):
    """Shows a run in the browser, as it happens.

    It is told of what watching finds in a frame before it is told of the step on it.

    Args:
        server: of the page.
        begun: the run; of a private one no pixel is sent.
    """

    part = "page"

    def __init__(self, server: PageServer, begun: Begun) -> None:
        self._server, self._learner = server, begun.learner
        self._private, self._only_watches = begun.config.private, begun.learner.frozen
        self._is_stretched = begun.config.fit == "stretch"
        self._findings: Findings | None = None
        self._beat_at = self._picture_at = -math.inf
        self._dropped = 0
        self._stages: list[str] | None = None
        server.send({"type": "run", **_facts(begun)})

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002 - of the step
        """Keep the findings until the step on the same frame is told."""
        self._findings = findings

    def on_step(self, step: Step) -> None:
        """Send what somebody wants to see of a step."""
        findings, self._findings = self._findings, None
        now = time.monotonic()
        self._dropped += step.frame.dropped
        if now - self._beat_at >= _BEAT:
            self._beat_at = now
            self._send_beat(step)
        is_moment = findings is not None and bool(findings.events)
        wanted = self._server.wanted
        if is_moment and not self._private:
            self._send(step, findings, _joined(wanted, _ALL), is_moment=True)
        elif wanted.looks and now - self._picture_at >= 1.0 / _PICTURES:
            self._picture_at = now
            self._send(step, findings, wanted, is_moment=False)

    def on_event(self, event: Event) -> None:
        """Say at once that the stream was lost, or is there again."""
        if event.kind in _STATES:
            self._server.send({"type": "stream", "state": _STATES[event.kind]})

    def close(self) -> None:
        """Say that the run has ended."""
        self._server.send({"type": "stream", "state": "ended"})
        self._server.send({"type": "run", "ended": True})

    def _send_beat(self, step: Step) -> None:
        if self._stages is None:
            self._stages = [] if self._private else list(self._features(step))
            self._server.send({"type": "stages", "stages": self._stages})
        learning = "asleep" if step.update.asleep else "awake"
        if self._learner.frozen:
            learning = "frozen" if self._only_watches else "paused"
        beat = {"number": step.number, "dropped": self._dropped, "learning": learning}
        self._server.send({"type": "beat", **beat})

    def _send(
        self, step: Step, findings: Findings | None, wanted: Wanted, *, is_moment: bool
    ) -> None:
        arrays = {} if self._private else self._arrays(step, findings, wanted)
        header = {
            "type": "frame",
            **frame_numbers(step, findings, is_stretched=self._is_stretched, private=self._private),
            "moment": is_moment,
            "arrays": [[name, array.shape] for name, array in arrays.items()],
        }
        blobs = [
            (np.packbits(array) if name == "mask" else array).tobytes()
            for name, array in arrays.items()
        ]
        if is_moment:
            self._server.send(header, blobs)
        else:
            self._server.send_frame(header, blobs)

    def _arrays(self, step: Step, findings: Findings | None, wanted: Wanted) -> Arrays:
        """The pictures that the wanted panels are made of."""
        arrays = frame_arrays(step, findings, panels=wanted.panels)
        if wanted.features:
            features = self._features(step)
            for stage in set(wanted.features) & features.keys():
                arrays[f"features {stage}"] = feature_grid(features[stage])
        return arrays

    @torch.no_grad()
    def _features(self, step: Step) -> Mapping[str, torch.Tensor]:
        """The maps of each stage that has some."""
        model: nn.Module = self._learner.model
        if isinstance(model, HasFeatures):
            return model.features(step.target.to(step.image.dtype))
        return {"latent": step.latent} if step.latent.numel() else {}


def _facts(begun: Begun) -> dict[str, object]:
    """What the page says of the run."""
    facts = begun.metrics.facts
    return {
        **{name: facts[name] for name in ("device", "threads", "parameters", "seed")},
        "optimizer": begun.config.optimizer,
        "private": begun.config.private,
        "resumed_at": begun.learner.frames,
        "live": begun.source.live,
        "watched": begun.watched is not None,
    }


def _joined(one: Wanted, other: Wanted) -> Wanted:
    return Wanted(True, one.panels | other.panels, one.features)
