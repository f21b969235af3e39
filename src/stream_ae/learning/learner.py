"""The one thing that changes while a stream is watched: predict, score, then learn.

Prequential (test-then-train) evaluation, Gama, Sebastião, Rodrigues 2013: every score of a frame
comes from weights that have never seen it. The learner keeps the previous frame, the mean of all
frames and a few running numbers; its memory does not grow.
"""

import copy
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from stream_ae.errors import CheckpointError
from stream_ae.frame import Event, Frame
from stream_ae.learning.copying import ByValue
from stream_ae.learning.device import check_seed, check_threads, pick_device
from stream_ae.learning.gating import Gate
from stream_ae.learning.history import History
from stream_ae.learning.intake import Picture, to_frame
from stream_ae.learning.modes import at_work
from stream_ae.learning.observer import Observer
from stream_ae.learning.places import Places
from stream_ae.learning.prediction import Predictor, Seen, is_own, only_asked
from stream_ae.learning.saved import read_learner, restore, write_learner
from stream_ae.learning.scoring import Scores
from stream_ae.learning.step import NO_UPDATE, Step, Update
from stream_ae.learning.timing import Clock
from stream_ae.learning.updater import Updater, optimizer_of
from stream_ae.nn.autoencoder import FRAME_SIZE, Reconstruction
from stream_ae.nn.network import network_of
from stream_ae.settings import choices
from stream_ae.sources.base import Source
from stream_ae.storage.state_file import SavedState

SSIM_EVERY = 10
"""Frames from one exact structural similarity, measured at every position, to the next."""


class StreamLearner(ByValue):
    """Learn a stream frame by frame, once each.

    It learns the same under ``torch.no_grad``, ``inference_mode`` and ``autocast``, and in several
    threads of Python; docs/python.md has more.

    Args:
        model: a network of your own (:class:`stream_ae.nn.Network`): any ``torch.nn.Module`` in
            float32 or float64 that makes an image out of a frame. None makes the default one.
        optimizer: a name for :func:`~stream_ae.optim.registry.build_optimizer`, or an optimizer
            over the parameters of ``model``.
        size: of the default network: ``small``, ``base`` or ``large``.
        lr: the learning rate of an optimizer given by name; None is that optimizer's own default.
        objective: ``full`` trains on detail and global loss together
            (:func:`~stream_ae.nn.losses.full_objective`), ``mse`` on the squared error alone.
        gate: sleep while nothing happens (:mod:`stream_ae.learning.gating`).
        frozen: predict and score only. An attribute, too, which may change between two frames.
        by_frames: the frames alone say where a scene starts: all take the same number of steps.
        fit: how another aspect ratio is brought to 224 × 224: ``stretch``, ``crop`` or ``pad``.
        seed: of the first weights of the default network. The same seed, frames, machine and
            number of threads give the same weights, bit for bit.
        threads: of the processor, while it is at work; None leaves PyTorch's own number.
        device: ``auto``, ``cpu`` or ``cuda``, or such a device of PyTorch.

    Raises:
        ConfigError: the optimizer, the device, the seed or the threads cannot be had.
        TypeError: ``model`` is no network, or its precision is too low.
        ValueError: an argument is none of its choices, or ``optimizer`` does not fit ``model``.

    >>> import numpy as np
    >>> step = StreamLearner().learn_one(np.zeros((48, 64, 3), np.uint8))
    >>> step.number, tuple(step.latent.shape)
    (1, (1, 16, 28, 28))
    """

    def __init__(
        self,
        model: nn.Module | None = None,
        optimizer: str | torch.optim.Optimizer = choices.OPTIMIZER,
        *,
        size: choices.Size = choices.SIZE,
        lr: float | None = None,
        objective: choices.Objective = choices.OBJECTIVE,
        gate: bool = False,
        frozen: bool = False,
        by_frames: bool = False,
        fit: choices.Fit = choices.FIT,
        seed: int = 0,
        threads: int | None = choices.THREADS,
        device: str | torch.device = choices.DEVICE,
    ) -> None:
        choices.check_choice(objective, choices.Objective, name="objective")
        choices.check_choice(fit, choices.Fit, name="fit")
        for name, switch in (("gate", gate), ("frozen", frozen), ("by_frames", by_frames)):
            choices.check_switch(switch, name=name)
        if isinstance(optimizer, torch.optim.Optimizer) and (model is None or lr is not None):
            raise ValueError("a ready optimizer needs its model beside it and brings its own lr")
        check_threads(threads)
        check_seed(seed)
        self.device, self._threads = pick_device(device), threads
        with self._at_work():
            self.model = network_of(model, size=size, seed=seed).to(self.device)
            self.optimizer = optimizer_of(optimizer, self.model, lr=lr)
            self._history = History((1, 3, *FRAME_SIZE), device=self.device)
        self.frames, self.clock = 0, Clock()
        self._objective, self._seed, self._by_frames = objective, seed, by_frames
        self._name = optimizer if isinstance(optimizer, str) else type(optimizer).__name__.lower()
        self._predictor = Predictor(self.model, clock=self.clock, fit=fit, device=self.device)
        lap = self.clock.lap
        self._updater = Updater(self.optimizer, model=self.model, name=self._name, lap=lap)
        self._places = Places(self.model, optimizer=self.optimizer, ema=self._updater.loss_ema)
        self.frozen, self._gate = frozen, Gate(is_on=gate)

    def prepare(self, frame: Frame) -> Frame:
        """Bring a frame to model size; runs in the reader thread, beside the learning."""
        return self._predictor.prepare(frame)

    def stream(
        self, source: Source, *, on_event: Callable[[Event], None] | None = None
    ) -> Generator[Frame]:
        """The frames of a source after those already learned, prepared in its reader thread.

        The clock starts here. Close it (or end the loop over it) to end the reader. ``on_event`` is
        told what happens between frames (:meth:`stream_ae.sources.base.Source.frames`).
        """
        with closing(source.frames(self.prepare, start=self.frames, on_event=on_event)) as frames:
            self.clock.start()
            yield from frames

    def learn_one(self, frame: Picture) -> Step:
        """Predict a frame, score the prediction, then learn from it once and forget it.

        Args:
            frame: of a source, or one picture in any form that
                :func:`~stream_ae.learning.intake.to_frame` takes: an array, a tensor, nested lists.
                These are counted; a frame of a source knows its position. Red comes first: OpenCV's
                blue cannot be told from it, so give ``picture[..., ::-1]``.

        Raises:
            TypeError: it is no picture, or the network has become one that cannot be learned.
            ValueError: it is not one picture, or no weight of the network can learn.
            DivergedError: the objective is no longer a finite number; no step was taken.
        """
        seen_as = to_frame(frame, index=self.frames)
        with self._at_work(), self._history.unless_it_fails():
            seen = self._predictor.see(seen_as, self._history)
            made, scores, objective = self._look(seen)
            update = NO_UPDATE
            if not self.frozen:
                seen = seen.telling(self._places.take(seen.target, scores))
                if objective is not None:
                    update = self._update(objective, scores.objective, seen=seen)
                update = self._gate.take(seen, made, mse=scores.losses.mse, update=update)
            self._history.add(seen.target)
            self.frames += 1
            self.clock.lap("update")
        return self._predictor.step(self.frames, seen, made=made, scores=scores, update=update)

    def predict_one(self, frame: Picture) -> Step:
        """Predict and score a frame as :meth:`learn_one` would next, and change nothing.

        What changed is told against the last frame that was learned, and the structural similarity
        is measured every time.

        Args:
            frame: as for :meth:`learn_one`.

        Raises:
            TypeError: it is no picture, or the network has become one that gives none.
            ValueError: it is not one picture.
        """
        seen_as, ask = to_frame(frame, index=self.frames), self._predictor
        with self._at_work(), only_asked(self.model, device=self.device):
            history = copy.deepcopy(self._history)
            seen = ask.see(seen_as, history)
            score = partial(ask.score, seen=seen, history=history, objective=None, with_ssim=True)
            at_hand = None if self.frozen else self._gate.at_hand(seen, history)
            made = at_hand or ask.reconstruct(seen.target)
            scores, _ = score(made)
            recall = partial(self._places.reconstruct, seen.target, begins=seen.begins)
            known = None if at_hand or self.frozen else recall(scores)
            if known is not None:
                made, (scores, _) = known, score(known)
        return ask.step(self.frames + 1, seen, made=made, scores=scores, update=NO_UPDATE)

    def tell(self, observer: Observer, step: Step) -> None:
        """Tell an observer of a step; its time counts as its part of the next step."""
        try:
            observer.on_step(step)
        finally:
            self.clock.lap(observer.part)

    def facts(self) -> SavedState:
        """The entries of ``summary.json`` that hold for the whole run."""
        with self._at_work(), only_asked(self.model, device=self.device):
            nothing = torch.zeros(1, 3, *FRAME_SIZE, device=self.device)
            return {
                "optimizer": {"name": self._name, "lr": self.optimizer.param_groups[0].get("lr")},
                "parameters": sum(p.numel() for p in self.model.parameters() if p.requires_grad),
                "latent_shape": list(self._predictor.reconstruct(nothing).latent.shape[1:]),
                "ssim_every": SSIM_EVERY,
                "seed": self._seed,
                "device": self.device.type,
                "threads": torch.get_num_threads(),
            }

    def state_dict(self) -> SavedState:
        """All that was learned and all that the next step depends on.

        Four entries hold pixels and may be None: ``previous``, after which :meth:`set_previous` is
        called with it, ``mean``, ``recent`` and ``at_hand``, which start again.
        """
        return {
            "frames": self.frames,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **self._history.state_dict(),
            "updater": {**self._updater.state_dict(), "places": self._places.state_dict()},
            **self._gate.state_dict(),
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state, bit for bit.

        Raises:
            CheckpointError: the state is not whole, or that of another network or optimizer; then
                nothing has changed.
        """
        with self._at_work():
            restore(state, own=self.state_dict(), load=self._load)

    @property
    def lacks_previous(self) -> bool:
        """Whether the frame before the next one is missing though there was one."""
        return self.frames > 0 and self._history.previous is None

    def set_previous(self, frame: Frame) -> None:
        """Make ``frame`` the previous one, unlearned: a private state holds no picture."""
        self._history.previous = self._predictor.target(frame)

    def save(self, path: str | Path) -> None:
        """Write the state to a file, atomically.

        Raises:
            OSError: it cannot be written; what was there before is as it was.
        """
        write_learner(Path(path), self.state_dict(), optimizer=self._name)

    def load(self, path: str | Path) -> None:
        """Go on from a file that :meth:`save` wrote.

        Raises:
            CheckpointError: the file cannot be used, or was written with another network or
                optimizer; then nothing has changed.
        """
        with self._at_work():
            state = read_learner(Path(path), optimizer=self._name)
        try:
            self.load_state_dict(state)
        except CheckpointError as error:
            raise CheckpointError(f"cannot load {path}: {error}") from error

    def _at_work(self) -> AbstractContextManager[None]:
        return at_work(self.device, threads=self._threads)

    def _look(self, seen: Seen) -> tuple[Reconstruction, Scores, Tensor | None]:
        """Predict and score a frame, with what is known of its place where it shows another one."""
        made = None if self.frozen else self._gate.at_hand(seen, self._history)
        learned = made is None and not self.frozen
        made = made or self._predictor.predict(seen, learned=learned)
        with_ssim = self.frames % SSIM_EVERY == 0
        score = partial(self._predictor.score, history=self._history, with_ssim=with_ssim)
        scores, objective = score(made, seen, objective=self._objective if learned else None)
        if objective is not None and self._places.recall(seen.target, scores, begins=seen.begins):
            made = self._predictor.reconstruct(seen.target)
            scores, objective = score(made, seen, objective=self._objective)
        return made, scores, objective

    def _update(self, objective: Tensor, value: float, *, seen: Seen) -> Update:
        forward = partial(self._predictor.objective, seen, kind=self._objective)
        update = partial(self._updater.update, number=self.frames, forward=forward)
        begins = self._places.starts_scene
        age = self._history.scene_age if self._by_frames else None
        done = update(objective, value, reset=seen.frame.is_first, begins=begins, age=age)
        self._predictor.follow(seen, number=self.frames, is_new=done.steps > 1)
        return done

    def _load(self, state: SavedState) -> None:
        self.frames = state["frames"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self._history.load_state_dict(state)
        self._updater.load_state_dict(state["updater"])
        self._places.load_state_dict(state["updater"].get("places", {}))  # none in an older one
        self._gate.load_state_dict(state)
        if is_own(self.model):
            torch.set_rng_state(state["random"])
