"""The one thing that changes while a stream is watched: predict, score, then learn.

Prequential (test-then-train) evaluation, Gama, Sebastião, Rodrigues 2013: every score of a frame
comes from weights that have never seen it. The learner keeps the previous frame, the mean of all
frames and a few running numbers; its memory does not grow.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from stream_ae.frame import Event, Frame
from stream_ae.learning.device import pick_device
from stream_ae.learning.gating import Gate
from stream_ae.learning.history import History
from stream_ae.learning.observer import Observer
from stream_ae.learning.saved import read_learner, write_learner
from stream_ae.learning.scoring import Scores, score
from stream_ae.learning.step import Change, Step, Update
from stream_ae.learning.timing import Clock
from stream_ae.learning.updater import Updater
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import (
    FRAME_SIZE,
    Reconstruction,
    StreamingVideoAutoencoder,
    seeded,
)
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.optim.registry import build_optimizer
from stream_ae.settings import choices
from stream_ae.settings.choices import check_choice
from stream_ae.sources.base import Source
from stream_ae.storage.state_file import SavedState

SSIM_EVERY = 10
"""Frames from one exact structural similarity, measured at every position, to the next."""


class StreamLearner:
    """Learn a stream frame by frame, once each.

    Args:
        model: the network; None makes one with first weights from ``seed``.
        optimizer: a name for :func:`~stream_ae.optim.registry.build_optimizer`, or an optimizer
            over the parameters of ``model``.
        lr: the learning rate of an optimizer given by name; None is that optimizer's own default.
        objective: ``full`` trains on detail and global loss together
            (:func:`~stream_ae.nn.losses.full_objective`), ``mse`` on the squared error alone.
        gate: skip frames that show nothing new (:mod:`stream_ae.learning.gating`); they
            are predicted and scored like all others.
        fit: how another aspect ratio is brought to 224 × 224: ``stretch``, ``crop`` or ``pad``.
        seed: of the network's first weights. The same seed, frames, machine and number of threads
            give the same weights, bit for bit.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ValueError: ``objective`` or ``fit`` is none of the choices.
        ConfigError: the optimizer or the device cannot be had.

    >>> import numpy as np
    >>> step = StreamLearner().learn_one(Frame(np.zeros((48, 64, 3), np.uint8)))
    >>> step.number, tuple(step.latent.shape)
    (1, (1, 16, 28, 28))
    """

    def __init__(
        self,
        model: StreamingVideoAutoencoder | None = None,
        optimizer: str | torch.optim.Optimizer = choices.OPTIMIZER,
        *,
        lr: float | None = None,
        objective: choices.Objective = choices.OBJECTIVE,
        gate: bool = False,
        fit: choices.Fit = choices.FIT,
        seed: int = 0,
        device: str = choices.DEVICE,
    ) -> None:
        check_choice(objective, choices.Objective, name="objective")
        check_choice(fit, choices.Fit, name="fit")
        if isinstance(optimizer, torch.optim.Optimizer) and (model is None or lr is not None):
            raise ValueError("a ready optimizer needs its model beside it and brings its own lr")
        self.device = pick_device(device)
        self.model = (seeded(seed) if model is None else model).to(self.device)
        self.optimizer = (
            build_optimizer(optimizer, self.model.parameter_groups(), lr=lr)
            if isinstance(optimizer, str)
            else optimizer
        )
        self.frames = 0
        self.clock = Clock()
        self._parameters = [p for p in self.model.parameters() if p.requires_grad]
        self._objective, self._fit, self._seed = objective, fit, seed
        self._name = optimizer if isinstance(optimizer, str) else type(optimizer).__name__.lower()
        self._history = History((1, 3, *FRAME_SIZE), device=self.device)
        self._updater = Updater(self.optimizer, name=self._name, lap=self.clock.lap)
        self._gated, self._gate = gate, Gate()

    def prepare(self, frame: Frame) -> Frame:
        """Bring a frame to model size; made to run in the reader thread, beside the learning."""
        return replace(frame, image=self._to_tensor(frame))

    def stream(
        self, source: Source, *, on_event: Callable[[Event], None] | None = None
    ) -> Generator[Frame]:
        """The frames of a source after those already learned, prepared in its reader thread.

        The clock starts here, so the wait for the first frame counts as its ``read``. Close it (or
        end the loop over it) to end the reader. ``on_event`` is told what happens between frames
        (:meth:`Source.frames <stream_ae.sources.base.Source.frames>`).
        """
        read = source.frames(self.prepare, start=self.frames, on_event=on_event)
        with closing(read) as frames:
            self.clock.start()
            yield from frames

    def learn_one(self, frame: Frame) -> Step:
        """Predict a frame, score the prediction, then learn from it once and forget it.

        Raises:
            DivergedError: the objective is no longer a finite number; no step was taken.
        """
        target = self._target(frame)
        mask, intensity = self._changes(target)
        (image, latent), learned = self._predict(target, mask)
        scores, objective = self._score(image, target, mask=mask, learned=learned)
        update = Update(learned=False, steps=0)
        if objective is not None:
            update = self._update(
                objective, scores.objective, target=target, mask=mask, reset=frame.is_first
            )
        self._remember(target, scores, learned=learned)
        return Step(
            number=self.frames,
            frame=frame,
            losses=scores.losses,
            change=Change(mask, intensity, scores.changed, scores.ratio),
            update=update,
            seconds=self.clock.take(),
            target=target,
            image=image.detach(),
            latent=latent.detach(),
        )

    def tell(self, observer: Observer, step: Step) -> None:
        """Tell an observer of a step; the time it takes counts as its part of the next step."""
        try:
            observer.on_step(step)
        finally:
            self.clock.lap(observer.part)

    @torch.no_grad()
    def facts(self) -> SavedState:
        """The entries of ``summary.json`` that hold for the whole run."""
        group = self.optimizer.param_groups[0]
        latent = self.model(torch.zeros(1, 3, *FRAME_SIZE, device=self.device)).latent
        return {
            "optimizer": {"name": self._name, "lr": group["lr"]},
            "parameters": sum(p.numel() for p in self._parameters),
            "latent_shape": list(latent.shape[1:]),
            "ssim_every": SSIM_EVERY,
            "seed": self._seed,
            "device": self.device.type,
            "threads": torch.get_num_threads(),
        }

    def state_dict(self) -> SavedState:
        """All that was learned and all that the next step depends on.

        Two entries hold pixels and may be None instead: ``previous``, after which
        :meth:`set_previous` is called with that frame, and ``mean``, which starts again.
        """
        return {
            "frames": self.frames,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **self._history.state_dict(),
            "updater": self._updater.state_dict(),
            "gate": self._gate.state_dict(),
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state, bit for bit."""
        self.frames = state["frames"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self._history.load_state_dict(state)
        self._updater.load_state_dict(state["updater"])
        self._gate.load_state_dict(state["gate"])
        torch.set_rng_state(state["random"])

    @property
    def lacks_previous(self) -> bool:
        """Whether the frame before the next one is missing though there was one."""
        return self.frames > 0 and self._history.previous is None

    def set_previous(self, frame: Frame) -> None:
        """Make ``frame`` the previous one, unlearned: a private state holds no picture."""
        self._history.previous = self._image_of(frame)

    def save(self, path: str | Path) -> None:
        """Write the state to a file, atomically.

        Raises:
            OSError: it cannot be written; what was there before is as it was.
        """
        write_learner(Path(path), self.state_dict(), optimizer=self._name)

    def load(self, path: str | Path) -> None:
        """Go on from a file that :meth:`save` wrote.

        Raises:
            CheckpointError: the file cannot be used, or was written with another optimizer.
        """
        self.load_state_dict(read_learner(Path(path), optimizer=self._name))

    def _to_tensor(self, frame: Frame) -> Tensor:
        return to_tensor(frame.rgb, size=FRAME_SIZE, fit=self._fit)

    def _image_of(self, frame: Frame) -> Tensor:
        image = self._to_tensor(frame) if frame.image is None else frame.image
        return image.to(self.device)

    # The parts of a frame, in the order of the clock's laps. Each ends with its own.

    def _target(self, frame: Frame) -> Tensor:
        """The frame as the network takes it, (1, 3, 224, 224)."""
        self.clock.lap("read")  # whatever came since the last step ended
        target = self._image_of(frame)
        self.clock.lap("preprocess")
        return target

    def _changes(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Which pixels changed, and how much, (224, 224)."""
        mask, intensity = self._history.changes(target)
        self.clock.lap("change")
        return mask, intensity

    def _predict(self, target: Tensor, mask: Tensor) -> tuple[Reconstruction, bool]:
        """What the network makes of a frame, and whether the frame is to be learned.

        Where the gate may skip the frame, it is predicted without a graph first, which is cheaper;
        only if the gate then wants it learned, it is predicted again.
        """
        reconstruction: Reconstruction
        if self._gated and self._gate.may_skip(changed=mask.mean(dtype=torch.float32).item()):
            with torch.no_grad():
                reconstruction = self.model(target)
            if self._gate.skips(losses.mse(reconstruction.image, target).item()):
                self.clock.lap("forward")
                return reconstruction, False
        reconstruction = self.model(target)
        self.clock.lap("forward")
        return reconstruction, True

    def _score(
        self, image: Tensor, target: Tensor, *, mask: Tensor, learned: bool
    ) -> tuple[Scores, Tensor | None]:
        """The metrics of a frame, and the objective to learn it by."""
        scored = score(
            image,
            target,
            mask=mask,
            baselines=self._history.errors(target),
            objective=self._objective if learned else None,
            with_ssim=self.frames % SSIM_EVERY == 0,
        )
        self.clock.lap("loss")
        return scored

    def _update(
        self, objective: Tensor, value: float, *, target: Tensor, mask: Tensor, reset: bool
    ) -> Update:
        """Learn a frame."""

        def forward() -> Tensor:
            image = self.model(target).image
            return losses.objective(image, target, mask=mask, kind=self._objective)

        return self._updater.update(
            objective, value, number=self.frames, forward=forward, reset=reset
        )

    def _remember(self, target: Tensor, scores: Scores, *, learned: bool) -> None:
        """Keep what the next frame is compared with."""
        self._gate.take(scores.losses.mse, changed=scores.ratio, learned=learned)
        self._history.add(target)
        self.frames += 1
        self.clock.lap("update")
