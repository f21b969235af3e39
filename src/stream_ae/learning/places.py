"""Places seen before: what was learned of them is kept, and taken up again on coming back.

Where a scene begins, each place that is known is asked how well it explains the frame. One that
does so as well as it did its own last frames is where the stream is: the network gets its weights
of then, all of them, since a learned spatial bias is of no use to weights that have moved on
(docs/experiments/places.md). Where none does, nothing is changed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from stream_ae.frame import Event
from stream_ae.learning.scoring import Scores
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.storage.state_file import SavedState

MOST = 8
"""Places that are kept, 0.54 MB each with the default network; the least recently used goes."""

SETTLED = 25
"""Frames until a scene counts as a place: a second of video. A flash or a flicker is none."""

MATCH = 2.0
"""A place explains a frame whose squared error is at most this many times the mean of its last
ones. Another place is 5 to 40 times as far (docs/experiments/places.md)."""

_DECAY = 0.97
"""Of that mean."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was left.

    Args:
        number: its own, from 1.
        weights: of the network, by name.
        mse: mean squared error of its last frames.
        ema: state of the running loss.
    """

    number: int
    weights: Mapping[str, Tensor]
    mse: float
    ema: Mapping[str, float]


class Places:
    """The places that a network has learned, in constant memory.

    Args:
        model: the network. One of one's own has no places, nor one without a learned spatial bias,
            which a private run does without: what shows a place is not kept.
        ema: running loss of the scene, which goes with the place.
    """

    def __init__(self, model: nn.Module, *, ema: LossEMA) -> None:
        self._model, self._ema = model, ema
        self._known: list[Place] = []  # the most recently used last
        self._here: int | None = None  # number of the place where the stream is
        self._age, self._mse, self._count = 0, math.nan, 0

    def reconstruct(self, target: Tensor, scores: Scores) -> Reconstruction | None:
        """What the network would make of a frame after :meth:`recall`, where that changed it."""
        found = self._find(target, scores)
        return None if found is None else self._remembered(found, target)

    def recall(self, target: Tensor, scores: Scores) -> bool:
        """Give the network the weights of the known place that a frame shows, if there is one.

        Args:
            target: the frame, (1, 3, h, w) in [0, 1].
            scores: of it with the present weights.

        Returns:
            Whether the network has other weights now.
        """
        if not self._ema.begins_scene(scores.objective):
            return False
        found = self._find(target, scores)
        self._leave()
        self._here, self._age, self._mse = None, 0, math.nan
        if found is not None:
            self._enter(found)
        return found is not None

    def take(self, target: Tensor, mse: float) -> Event | None:
        """Take in a frame before it is learned.

        Args:
            target: the frame.
            mse: its squared error.

        Returns:
            What to tell: that a known place is shown again, or that a scene has lasted long enough
            to be a place; of the first place nothing is told.
        """
        if not self._is_on:
            return None
        self._age += 1
        self._mse = mse if math.isnan(self._mse) else _DECAY * self._mse + (1.0 - _DECAY) * mse
        if self._here is not None:
            is_back = self._age == 1
            return Event("known_place", f"known place {self._here}") if is_back else None
        if self._age != SETTLED:
            return None
        same = self._explaining(target, below=math.inf)
        if same is not None:  # it was never left
            self._here = same.number
            return None
        self._count += 1
        self._here = self._count
        return Event("new_place", f"new place {self._here}") if self._count > 1 else None

    @property
    def _is_on(self) -> bool:
        model = self._model
        return isinstance(model, StreamingVideoAutoencoder) and model.decoder.map is not None

    def _find(self, target: Tensor, scores: Scores) -> Place | None:
        """The known place that a frame shows, if a scene begins with it."""
        if not self._ema.begins_scene(scores.objective):
            return None
        return self._explaining(target, below=scores.losses.mse)

    def _explaining(self, target: Tensor, *, below: float) -> Place | None:
        """The place that explains a frame best, if one does, with an error below another."""
        best = None
        for place in self._known:
            if place.number == self._here:
                continue
            error = losses.mse(self._remembered(place, target).image, target).item()
            if error < min(below, MATCH * place.mse):
                best, below = place, error
        return best

    @torch.no_grad()
    def _remembered(self, place: Place, target: Tensor) -> Reconstruction:
        """What the network makes of a frame with the weights of a place."""
        made: Reconstruction = functional_call(self._model, dict(place.weights), (target,))
        return made

    def _leave(self) -> None:
        """Keep the place where the stream is, as it is now."""
        if self._here is None or self._age < SETTLED:
            return
        weights = {name: p.detach().clone() for name, p in self._model.named_parameters()}
        place = Place(self._here, weights, self._mse, self._ema.state_dict())
        self._known = [known for known in self._known if known.number != self._here]
        self._known = [*self._known, place][-MOST:]

    @torch.no_grad()
    def _enter(self, place: Place) -> None:
        for name, weight in self._model.named_parameters():
            weight.copy_(place.weights[name])
        self._ema.load_state_dict(place.ema)
        self._here, self._mse = place.number, place.mse

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        known = [
            {"number": p.number, "weights": {**p.weights}, "mse": p.mse, "ema": {**p.ema}}
            for p in self._known
        ]
        here = {"here": self._here, "age": self._age, "mse": self._mse, "count": self._count}
        return {"known": known, **here}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; one that is empty knows no place."""
        self._known = [Place(**known) for known in state.get("known", ())]
        self._here, self._age = state.get("here"), state.get("age", 0)
        self._mse, self._count = state.get("mse", math.nan), state.get("count", 0)
