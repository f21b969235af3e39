"""What is done to a frame whether it is learned or not: compared, predicted, scored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from stream_ae.frame import Event, Frame
from stream_ae.learning.following import follow
from stream_ae.learning.history import History
from stream_ae.learning.scoring import Scores, score
from stream_ae.learning.step import Change, Step, Update
from stream_ae.learning.timing import Clock
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import FRAME_SIZE, Reconstruction, StreamingVideoAutoencoder
from stream_ae.nn.network import precision_of, reconstruct
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.settings.choices import Fit, Objective


class Seen(NamedTuple):
    """A frame before it is predicted.

    Args:
        frame: as it came.
        target: at model size, (1, 3, 224, 224) float32 in [0, 1].
        mask: the pixels that changed, (224, 224) bool.
        intensity: how much each did, (224, 224) float32 in [0, 1].
        image: the target before it came to the device.
        begins: whether another scene begins with it.
    """

    frame: Frame
    target: Tensor
    mask: Tensor
    intensity: Tensor
    image: Tensor
    begins: bool

    def telling(self, event: Event | None) -> "Seen":
        """The same, of a frame that tells of an event, too, if there is one."""
        if event is None:
            return self
        return self._replace(frame=replace(self.frame, events=(*self.frame.events, event)))

    def error_of(self, made: Reconstruction) -> float:
        """The squared error of a prediction of it."""
        return losses.mse(made.image, self.target.to(made.image.dtype)).item()


class Predictor:
    """Predicts and scores frames. Each part ends with its lap of the clock.

    Args:
        model: the network, on ``device``.
        clock: told of every part.
        fit: how another aspect ratio is brought to 224 × 224.
        device: where it computes.
    """

    def __init__(self, model: nn.Module, *, clock: Clock, fit: Fit, device: torch.device) -> None:
        self._model, self._clock, self._fit, self._device = model, clock, fit, device
        self._weights = list(model.parameters())
        self._own, self._moment = is_own(model), Moment(model, device=device)

    def prepare(self, frame: Frame) -> Frame:
        """Bring a frame to model size."""
        return replace(frame, image=self._to_tensor(frame))

    def target(self, frame: Frame) -> Tensor:
        """A frame at model size, (1, 3, 224, 224) float32 in [0, 1], on the device.

        Raises:
            ValueError: it was prepared in another way.
        """
        return self._image(frame).to(self._device)

    def _image(self, frame: Frame) -> Tensor:
        """The same where it was prepared, so that no device is waited for."""
        image = self._to_tensor(frame) if frame.image is None else frame.image
        if image.shape != (1, 3, *FRAME_SIZE) or image.dtype != torch.float32:
            raise ValueError(
                "Frame.image must be (1, 3, 224, 224) torch.float32, got"
                f" {tuple(image.shape)} {image.dtype}; leave it to the learner's prepare"
            )
        # Autograd takes no tensor that was made for inference only.
        return image.clone() if image.is_inference() else image

    def see(self, frame: Frame, history: History) -> Seen:
        """Bring a frame to model size, and compare it with the one before."""
        self._moment = Moment(self._model, device=self._device)
        self._clock.lap("read")  # whatever came since the last step ended
        image = self._image(frame)
        target = image.to(self._device)
        self._clock.lap("preprocess")
        mask, intensity = history.changes(target)
        begins = history.begins_scene(image)
        self._clock.lap("change")
        return Seen(frame, target, mask, intensity, image, begins)

    def reconstruct(self, target: Tensor) -> Reconstruction:
        """What the network makes of a frame, in its own precision.

        Raises:
            TypeError: the network gives no image, or its precision is too low.
            ValueError: its image has another shape.
        """
        frame = target.to(precision_of(self._weights))
        if not self._own:
            return reconstruct(self._model, frame)
        # One of the user's own may change its frame in place, and give its very weights as image.
        made = reconstruct(self._model, frame.clone())
        return Reconstruction(made.image.clone(), made.latent.clone())

    def predict(self, seen: Seen, *, learned: bool) -> Reconstruction:
        """What the network makes of a frame; without a graph where it is not to be learned."""
        with torch.set_grad_enabled(learned):
            return self.reconstruct(seen.target)

    def again(self, target: Tensor) -> Reconstruction:
        """The same, beginning from the random numbers and buffers of the first look at a frame."""
        with self._moment.again():
            return self.reconstruct(target)

    def score(
        self,
        made: Reconstruction,
        seen: Seen,
        *,
        history: History,
        objective: Objective | None,
        with_ssim: bool,
    ) -> tuple[Scores, Tensor | None]:
        """The metrics of a frame, and the objective to learn it by."""
        self._clock.lap("forward")
        scored = score(
            made.image,
            seen.target.to(made.image.dtype),
            mask=seen.mask,
            baselines=history.errors(seen.target),
            objective=objective,
            with_ssim=with_ssim,
        )
        self._clock.lap("loss")
        return scored

    def objective(self, seen: Seen, *, kind: Objective) -> Tensor:
        """What training minimises on a frame just seen, 0-dim, with its graph.

        Every look at a frame begins from the same random numbers and buffers. From others it would
        be another objective, and what a step did to it could not be told.
        """
        image = self.again(seen.target).image
        return losses.objective(image, seen.target.to(image.dtype), mask=seen.mask, kind=kind)

    def follow(self, seen: Seen, *, number: int, is_new: bool) -> None:
        """Let the network take in a frame just learned; ``is_new``: its scene is."""
        follow(self._model, seen.target, mask=seen.mask, number=number, is_new=is_new)

    def step(
        self, number: int, seen: Seen, *, made: Reconstruction, scores: Scores, update: Update
    ) -> Step:
        """All that is known of a frame, and the time it took."""
        return Step(
            number=number,
            frame=seen.frame,
            losses=scores.losses,
            change=Change(
                seen.mask, seen.intensity, scores.changed, scores.ratio, begins=seen.begins
            ),
            update=update,
            seconds=self._clock.take(),
            target=seen.target,
            image=made.image.detach(),
            latent=made.latent.detach(),
        )

    def _to_tensor(self, frame: Frame) -> Tensor:
        return to_tensor(frame.rgb, size=FRAME_SIZE, fit=self._fit, pixel_aspect=frame.pixel_aspect)


def is_own(model: nn.Module) -> bool:
    """Whether a network is one of the user's own, which may draw random numbers (dropout)."""
    return not isinstance(model, StreamingVideoAutoencoder)


class Moment:
    """What a network of the user's own is to draw and has kept, as it is now.

    Args:
        model: whose buffers are remembered: statistics, a state that it keeps from frame to frame.
        device: where random numbers are drawn, beside the CPU.
    """

    def __init__(self, model: nn.Module, *, device: torch.device) -> None:
        self._enabled = is_own(model)
        owned = [module._buffers for module in model.modules()] if self._enabled else []
        # A forward may write into a buffer, or put another one in its place, even where none was.
        self._buffers = [(own, {**own}) for own in owned if isinstance(own, dict)]
        buffers = model.buffers() if self._enabled else ()  # ours changes none when it is asked
        changeable = [buffer for buffer in buffers if not buffer.is_inference()]
        self._values = [(buffer, buffer.detach().clone()) for buffer in changeable]
        self._devices = [device] if device.type == "cuda" else []
        self._random = torch.get_rng_state() if self._enabled else torch.empty(0)
        self._randoms = [torch.cuda.get_rng_state(device) for device in self._devices]

    @torch.no_grad()
    def restore_buffers(self) -> None:
        """Give the network the buffers of that moment, with their values."""
        for own, before in self._buffers:
            own.clear()
            own.update(before)
        for buffer, value in self._values:
            buffer.copy_(value)

    @contextmanager
    def again(self) -> Iterator[None]:
        """Begin again from that moment; what is drawn afterwards is not drawn twice."""
        with torch.random.fork_rng(self._devices, enabled=self._enabled):
            if self._enabled:
                torch.set_rng_state(self._random)
                for device, state in zip(self._devices, self._randoms, strict=True):
                    torch.cuda.set_rng_state(state, device)
            self.restore_buffers()
            yield


@contextmanager
def only_asked(model: nn.Module, *, device: torch.device) -> Iterator[None]:
    """Predict without gradient, and leave no trace in the network or in PyTorch's generators.

    Args:
        model: whose buffers are put back; batch normalisation changes its own.
        device: where it computes.
    """
    moment = Moment(model, device=device)
    with torch.no_grad():
        try:
            with moment.again():
                yield
        finally:
            moment.restore_buffers()
