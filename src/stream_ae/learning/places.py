"""Places seen before: what was learned of them is kept, and taken up again on coming back.

Where nearly all of a picture changes, each place that is known is asked how well it explains it.
One that does so as well as it did its own last frames is where the stream is: the network gets its
weights of then, all of them, since a learned spatial bias is of no use to weights that have moved
on (docs/experiments/places.md). Where none does, nothing is changed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

import torch
from torch import Tensor, nn

from stream_ae.frame import Event
from stream_ae.learning.beginning import BY_FAR, Beginning
from stream_ae.learning.scoring import Scores
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder
from stream_ae.nn.network import reconstruct_with
from stream_ae.optim.cuts_and_probes import SCENE_CUT
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.storage.state_file import SavedState

MOST = 8
"""Places that are kept, 0.8 MB each with the default network and optimizer; the least recently
used goes."""

KEPT, TOLD = 3, 25
"""Frames until a scene is kept as a place, and until it is told as a new one: a second of video.
Cameras that take turns of three frames are known, a flash is not."""

CHANGED, CALM, WORSE = 0.5, 0.25, 2.0
"""A frame may show another place than the one before if over the first share of its pixels changed,
and at most the second one in the frame before it, or its squared error is that multiple of the mean
of the last ones. A cut changes 0.94 to 1 of all pixels, and what moves at most 0.25."""

MATCH = 2.0
"""A place explains a frame whose squared error is at most this many times the mean of its last
ones. Another place is 4 to 60 times as far (docs/experiments/places.md)."""

_DECAY = 0.5
"""Of that mean: the last two frames or so, since the first ones of a scene are far worse."""

_MOMENTA = ("momentum", "momentum_buffer", "exp_avg")
"""What optimizers call it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was left.

    Args:
        number: its own, from 1.
        weights: all of the network, one after the other, (n,); many small tensors
            would leave the memory in pieces.
        momenta: of the optimizer, likewise; a direction needs no more digits than bfloat16 has.
        mse: mean squared error of its last frames.
        ema: state of the running loss.
    """

    number: int
    weights: Tensor
    momenta: Mapping[str, Tensor]
    mse: float
    ema: Mapping[str, float]


class Places:
    """The places that a network has learned, in constant memory.

    Args:
        model: the network. One of one's own has no places, nor one without a learned spatial bias,
            which a private run does without: what shows a place is not kept.
        optimizer: over its weights; its momentum goes with the place.
        ema: running loss of the scene, which does, too.
    """

    def __init__(self, model: nn.Module, *, optimizer: torch.optim.Optimizer, ema: LossEMA) -> None:
        self._model, self._optimizer, self._ema = model, optimizer, ema
        self._beginning, self._begins = Beginning(model, optimizer), False
        self._known: list[Place] = []  # the most recently used last
        self._here: int | None = None  # number of the place where the stream is
        self._is_new, self._age, self._mse, self._count = True, 0, math.nan, 0
        self._changed = 0.0  # share of the last frame's pixels

    def reconstruct(self, target: Tensor, scores: Scores, *, begins: bool) -> Reconstruction | None:
        """What the network would make of a frame after :meth:`recall`, where that changed it."""
        found = self._find(target, scores, begins=begins)
        if found is not None:
            return self._remembered(found, target)
        return self._new(target, scores, begins=begins)

    def recall(self, target: Tensor, scores: Scores, *, begins: bool) -> bool:
        """Give the network the weights of the known place that a frame shows, if there is one.

        Where there is none and its first weights explain the frame far better than the present
        ones, it starts over with them.

        Args:
            target: the frame, (1, 3, h, w) in [0, 1].
            scores: of it with the present weights.
            begins: whether another scene begins with it.

        Returns:
            Whether the network has other weights now.
        """
        found = self._find(target, scores, begins=begins)
        new = self._new(target, scores, begins=begins) if found is None else None
        if begins or self._is_elsewhere(scores):
            self._leave()
            self._here, self._is_new, self._age, self._mse = None, True, 0, math.nan
        if found is not None:
            self._enter(found)
        elif new is not None:
            self._beginning.start_over()
        self._begins = begins or new is not None
        return found is not None or new is not None

    def take(self, target: Tensor, scores: Scores) -> Event | None:
        """Take in a frame before it is learned.

        Args:
            target: the frame.
            scores: of it.

        Returns:
            What to tell: that a known place is shown again, or that a scene has lasted long enough
            to be a place; of the first place nothing is told.
        """
        if not self._is_on:
            return None
        mse, self._changed = scores.losses.mse, scores.ratio
        self._age += 1
        self._mse = mse if math.isnan(self._mse) else _DECAY * self._mse + (1.0 - _DECAY) * mse
        if not self._is_new:
            known = Event("known_place", f"known place {self._here}")
            return known if self.has_returned else None
        if self._age == KEPT:
            self._count += 1
            self._here = self._count
        if self._age != TOLD:
            return None
        self._is_new = False
        same = self._explaining(target, below=MATCH * mse)
        if same is not None:  # it was never left
            self._count -= 1
            self._here = same.number
            return None
        return Event("new_place", f"new place {self._here}") if self._count > 1 else None

    @property
    def has_returned(self) -> bool:
        """Whether the frame just taken in is the first of a known place shown again."""
        return self._age == 1 and not self._is_new

    @property
    def starts_scene(self) -> bool:
        """Whether a scene that is none of the known places begins with the frame just taken in."""
        return self._begins and not self.has_returned

    @property
    def _is_on(self) -> bool:
        model = self._model
        return isinstance(model, StreamingVideoAutoencoder) and model.decoder.map is not None

    @property
    def _is_due(self) -> bool:
        """Whether a scene is asked about once more: its first frames may be those of a fade."""
        return self._age + 1 == KEPT

    def _is_elsewhere(self, scores: Scores) -> bool:
        """Whether a frame may show another place than the frame before it."""
        is_sudden = self._changed <= CALM or scores.losses.mse > WORSE * self._mse
        return scores.ratio > CHANGED and is_sudden and self._age > 0

    def _new(self, target: Tensor, scores: Scores, *, begins: bool) -> Reconstruction | None:
        """What the first weights make of a frame that may begin a scene, if they do far better."""
        has_jumped = scores.objective > SCENE_CUT * self._ema.mean
        if not (begins or has_jumped or self._is_due or self._is_elsewhere(scores)):
            return None
        made = self._beginning.reconstruct(target)
        if made is None or BY_FAR * losses.mse(made.image, target).item() > scores.losses.mse:
            return None
        return made

    def _find(self, target: Tensor, scores: Scores, *, begins: bool) -> Place | None:
        """The known place that a frame shows, if it may show another one than before.

        A new scene is asked once more: its first frames may be blurred, or half of the one before.
        """
        if not (self._is_due or begins or self._is_elsewhere(scores)):
            return None
        return self._explaining(target, below=scores.losses.mse)

    def _explaining(self, target: Tensor, *, below: float) -> Place | None:
        """The place that explains a frame best, if one does, with an error below another."""
        others = [place for place in self._known if place.number != self._here]
        if not others:
            return None
        looks = (self._remembered(place, target).image for place in others)
        errors = torch.stack([losses.mse(image, target) for image in looks]).tolist()
        fitting = [
            (error, place)
            for error, place in zip(errors, others, strict=True)
            if error < min(below, MATCH * place.mse)
        ]
        return min(fitting, key=itemgetter(0))[1] if fitting else None

    def _remembered(self, place: Place, target: Tensor) -> Reconstruction:
        """What the network makes of a frame with the weights of a place."""
        return reconstruct_with(self._model, target, weights=self._unpacked(place.weights))

    def _leave(self) -> None:
        """Keep the place where the stream is, as it is now."""
        if self._here is None or self._age < KEPT:
            return
        weights = torch.cat([part.flatten() for part in self._model.state_dict().values()])
        momenta = {name: momentum.bfloat16() for name, momentum in self._momenta().items()}
        place = Place(self._here, weights, momenta, self._mse, self._ema.state_dict())
        self._known = [known for known in self._known if known.number != self._here]
        self._known = [*self._known, place][-MOST:]

    @torch.no_grad()
    def _enter(self, place: Place) -> None:
        self._model.load_state_dict(self._unpacked(place.weights))
        for name, momentum in self._momenta().items():
            if name in place.momenta:
                momentum.copy_(place.momenta[name])
        self._ema.load_state_dict(place.ema)
        self._count -= self._is_new and self._here is not None  # a number that was not told yet
        self._here, self._is_new, self._age, self._mse = place.number, False, 0, place.mse

    def _unpacked(self, packed: Tensor) -> dict[str, Tensor]:
        """Weights that were kept in one vector, by name."""
        named = self._model.state_dict()
        parts = packed.split([weight.numel() for weight in named.values()])
        return {
            name: torch.empty_like(weight).copy_(part.view(weight.shape))
            for part, (name, weight) in zip(parts, named.items(), strict=True)
        }

    def _momenta(self) -> dict[str, Tensor]:
        """Those of the optimizer, by the place of their weight among all and their name."""
        weights = [weight for group in self._optimizer.param_groups for weight in group["params"]]
        states = [self._optimizer.state.get(weight, {}) for weight in weights]
        return {
            f"{index}.{name}": state[name]
            for index, state in enumerate(states)
            for name in _MOMENTA
            if isinstance(state.get(name), Tensor)
        }

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        known = [{name: getattr(place, name) for name in Place.__slots__} for place in self._known]
        return {
            "known": known,
            "first": self._beginning.state_dict(),
            "here": self._here,
            "is_new": self._is_new,
            "age": self._age,
            "mse": self._mse,
            "changed": self._changed,
            "count": self._count,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; one that is empty knows no place."""
        self._beginning.load_state_dict(state.get("first", {}))
        self._known = [Place(**known) for known in state.get("known", ())]
        self._here, self._is_new = state.get("here"), state.get("is_new", True)
        self._age, self._mse = state.get("age", 0), state.get("mse", math.nan)
        self._changed, self._count = state.get("changed", 0.0), state.get("count", 0)
