"""The one thing that changes while a stream is watched: predict, score, then learn.

Prequential (test-then-train) evaluation, Gama, Sebastião, Rodrigues 2013: every figure of a frame
comes from weights that have never seen it. Of the past, the learner keeps the previous frame, the
mean of all frames and a few running numbers; its memory does not grow.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stream_ae.errors import CheckpointError, DivergedError
from stream_ae.frame import Frame
from stream_ae.learning.device import DEVICE, pick_device
from stream_ae.learning.gating import Gate
from stream_ae.learning.history import Past
from stream_ae.learning.step import Change, Losses, Step, Update
from stream_ae.learning.timing import Clock
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import (
    FRAME_SIZE,
    Reconstruction,
    StreamingVideoAutoencoder,
    seeded,
)
from stream_ae.nn.losses import OBJECTIVE, Objective
from stream_ae.nn.preprocessing import FIT, Fit, to_tensor
from stream_ae.nn.ssim import ssim
from stream_ae.optim.effect import Sample
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.optim.probing import REPORT_PROBE_EVERY
from stream_ae.optim.registry import OPTIMIZER, build_optimizer
from stream_ae.optim.update import merge_effects, optimizer_step
from stream_ae.storage.state_file import DamagedStateError, read_state, write_state

SSIM_EVERY = 10
"""Every so many frames the exact structural similarity is measured, at every place."""

EARLY, STEPS = 12, 6
"""On each of so many frames at the start of a scene, so many steps are taken; later one a frame."""


class StreamLearner:
    """Learn a stream frame by frame, once each.

    Args:
        model: the network; None makes one with first weights from ``seed``.
        optimizer: a name for :func:`~stream_ae.optim.registry.build_optimizer`, or an optimizer
            over the parameters of ``model``.
        lr: the learning rate of an optimizer given by name; None is that optimizer's own default.
        objective: ``full`` trains on detail and global loss together
            (:func:`~stream_ae.nn.losses.full_objective`), ``mse`` on the squared error alone.
        gate: leave frames unlearned that show nothing new (:mod:`stream_ae.learning.gating`); they
            are predicted and scored like all others.
        fit: how another aspect ratio is brought to 224 × 224: ``stretch``, ``crop`` or ``pad``.
        seed: of the network's first weights. The same seed, frames, machine and number of threads
            give the same weights, bit for bit.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ConfigError: the optimizer or the device cannot be had.

    >>> import numpy as np
    >>> step = StreamLearner().learn_one(Frame(np.zeros((48, 64, 3), np.uint8)))
    >>> step.number, tuple(step.latent.shape)
    (1, (1, 16, 28, 28))
    """

    def __init__(
        self,
        model: StreamingVideoAutoencoder | None = None,
        optimizer: str | torch.optim.Optimizer = OPTIMIZER,
        *,
        lr: float | None = None,
        objective: Objective = OBJECTIVE,
        gate: bool = False,
        fit: Fit = FIT,
        seed: int = 0,
        device: str = DEVICE,
    ) -> None:
        if objective not in ("full", "mse"):
            raise ValueError(f"objective must be 'full' or 'mse', got {objective!r}")
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
        self._past = Past((1, 3, *FRAME_SIZE), device=self.device)
        self._loss_ema = LossEMA()
        self._gated, self._gate = gate, Gate()

    def prepare(self, frame: Frame) -> Frame:
        """Bring a frame to model size; made to run in the reader thread, beside the learning."""
        return replace(frame, image=self._to_tensor(frame))

    def learn_one(self, frame: Frame) -> Step:
        """Predict a frame, score the prediction, then learn from it once and let it go.

        Raises:
            DivergedError: the objective is no longer a finite number; no step was taken.
        """
        self.clock.lap("read")  # whatever came since the last step ended
        target = self._image_of(frame)
        self.clock.lap("preprocess")
        mask, intensity = self._past.changes(target)
        self.clock.lap("change")
        image, latent = self._predict(target, mask)
        self.clock.lap("forward")
        errors, objective = self._score(image, target, mask)
        figures = {**errors._asdict(), **self._past.errors(target)}
        figures["pixels"] = mask.sum()
        if self.frames % SSIM_EVERY == 0:
            figures["ssim"] = ssim(image.detach(), target)
        if objective is not None:
            figures["objective"] = objective
        numbers = _to_host(figures)
        self.clock.lap("loss")
        if objective is None:
            update = Update(learned=False, steps=0)
        else:
            self._check(numbers["objective"])
            self._loss_ema.add(numbers["objective"])
            update = self._learn(objective, target=target, mask=mask, anew=frame.is_first)
        changed = numbers["pixels"] / mask.numel()
        self._gate.take(numbers["mse"], changed=changed, learned=update.learned)
        self._past.add(target)
        self.frames += 1
        self.clock.lap("update")
        return Step(
            number=self.frames,
            frame=frame,
            losses=Losses(**{f.name: numbers[f.name] for f in fields(Losses) if f.name in numbers}),
            change=Change(mask, intensity, int(numbers["pixels"]), changed),
            update=update,
            seconds=self.clock.take(),
            target=target,
            image=image.detach(),
            latent=latent.detach(),
        )

    @torch.no_grad()
    def facts(self) -> dict[str, Any]:
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

    def state_dict(self) -> dict[str, Any]:
        """All that was learned and all that the next step depends on.

        Two entries hold pixels and may be None instead: ``previous``, after which
        :meth:`look_back` is called with that frame, and ``mean``, which starts anew.
        """
        return {
            "frames": self.frames,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **self._past.state_dict(),
            "loss_ema": self._loss_ema.state_dict(),
            "gate": self._gate.state_dict(),
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state, bit for bit."""
        self.frames = state["frames"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self._past.load_state_dict(state)
        self._loss_ema.load_state_dict(state["loss_ema"])
        self._gate.load_state_dict(state["gate"])
        torch.set_rng_state(state["random"])

    @property
    def lacks_previous(self) -> bool:
        """Whether the frame before the next one is missing though there was one."""
        return self.frames > 0 and self._past.previous is None

    def look_back(self, frame: Frame) -> None:
        """Take ``frame`` for the previous one, unlearned: a private state holds no picture."""
        self._past.previous = self._image_of(frame)

    def save(self, path: str | Path) -> None:
        """Write the state to a file, atomically.

        Raises:
            OSError: it cannot be written; what was there before is as it was.
        """
        write_state(Path(path), {"optimizer": self._name, "learner": self.state_dict()})

    def load(self, path: str | Path) -> None:
        """Go on from a file that :meth:`save` wrote.

        Raises:
            CheckpointError: the file cannot be used, or was written with another optimizer.
        """
        try:
            state = read_state(Path(path))
        except DamagedStateError as error:
            raise CheckpointError(
                f"cannot load {path}: {error}; a file written by StreamLearner.save was expected"
            ) from error
        if state.get("optimizer") != self._name:
            raise CheckpointError(
                f"cannot load {path}: it was learned with {state.get('optimizer')!r} and this"
                f" learner uses {self._name!r}; make the learner with the same optimizer"
            )
        self.load_state_dict(state["learner"])

    def _to_tensor(self, frame: Frame) -> Tensor:
        return to_tensor(frame.rgb, size=FRAME_SIZE, fit=self._fit)

    def _image_of(self, frame: Frame) -> Tensor:
        image = self._to_tensor(frame) if frame.image is None else frame.image
        return image.to(self.device)

    def _predict(self, target: Tensor, mask: Tensor) -> Reconstruction:
        """What the network makes of a frame; without a graph where the gate lets the frame go."""
        if self._gated and self._gate.may_skip(changed=mask.mean(dtype=torch.float32).item()):
            with torch.no_grad():
                seen: Reconstruction = self.model(target)
            if self._gate.skips(losses.mse(seen.image, target).item()):
                return seen
        reconstruction: Reconstruction = self.model(target)
        return reconstruction

    def _score(
        self, image: Tensor, target: Tensor, mask: Tensor
    ) -> tuple[losses.Errors, Tensor | None]:
        """The errors of a reconstruction, and what training minimises; None without a graph."""
        if not image.requires_grad:
            return losses.errors(image, target, mask=mask), None
        if self._objective == "mse":
            return losses.errors(image.detach(), target, mask=mask), losses.mse(image, target)
        return losses.full_objective(image, target, mask=mask)

    def _check(self, objective: float) -> None:
        if not math.isfinite(objective):
            lr = self.optimizer.param_groups[0]["lr"]
            raise DivergedError(
                f"the objective must stay finite, got {objective} at frame {self.frames}"
                f" with {self._name}, lr {lr:g}; use a smaller learning rate"
            )

    def _learn(self, objective: Tensor, *, target: Tensor, mask: Tensor, anew: bool) -> Update:
        """Take a step, and at the start of a scene a few more on the same frame."""

        def look() -> Tensor:
            return losses.objective(
                self.model(target).image, target, mask=mask, kind=self._objective
            )

        @torch.no_grad()
        def closure() -> Tensor:
            return look()

        sample = partial(Sample, closure=closure, reset=anew, lap=self.clock.lap)
        probe = self.frames % REPORT_PROBE_EVERY == 0
        steps = STEPS if self._loss_ema.age <= EARLY else 1
        effects = [optimizer_step(self.optimizer, sample(objective, probe=probe))]
        objectives = [objective.detach()]
        for _ in range(steps - 1):
            objective = look()
            effects.append(optimizer_step(self.optimizer, sample(objective, repeated=True)))
            objectives.append(objective.detach())
        return Update(learned=True, steps=steps, **merge_effects(effects, objectives))


def _to_host(figures: Mapping[str, Tensor]) -> dict[str, float]:
    """All figures of a frame in one transfer."""
    values = torch.stack([figure.detach().float() for figure in figures.values()]).tolist()
    return dict(zip(figures, values, strict=True))
