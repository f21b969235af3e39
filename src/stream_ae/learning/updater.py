"""The steps of an optimizer on one frame: several where a scene begins, later one.

It is still one pass over the stream: a frame is scored before the first of its steps and forgotten
after the last.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from stream_ae.errors import DivergedError
from stream_ae.learning.device import use_large_pages
from stream_ae.learning.step import Update
from stream_ae.nn.network import groups_of
from stream_ae.optim.cuts_and_probes import REPORT_PROBE_EVERY
from stream_ae.optim.effect import Sample
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.optim.registry import build_optimizer, check_streams
from stream_ae.optim.update import merge_effects, optimizer_step

SCENE_FRAMES, SCENE_STEPS = 12, 6
"""On each of the first 12 frames of a scene 6 steps are taken, later one a frame: the start decides
the mean error of a scene."""


class Updater:
    """Updates the weights on one frame after the other.

    Args:
        optimizer: over the weights.
        model: the network; those of its weights that could learn and that the optimizer does not
            have stay as they are.
        name: of the optimizer, for messages.
        lap: told ``backward`` when the gradients of a step are there, for the clock.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        *,
        model: nn.Module,
        name: str,
        lap: Callable[[str], None],
    ) -> None:
        self._optimizer, self._model, self._name, self._lap = optimizer, model, name, lap
        left_out = _left_out(model, optimizer)
        self._left_out = [weight for weight in model.parameters() if id(weight) in left_out]
        self.loss_ema = LossEMA()

    def update(
        self,
        objective: Tensor,
        value: float,
        *,
        number: int,
        forward: Callable[[], Tensor],
        reset: bool,
        begins: bool,
        age: int | None = None,
    ) -> Update:
        """Step on a frame.

        Args:
            objective: of the frame, 0-dim, with its graph.
            value: the same as a plain number.
            number: of the frame, from 0; the first step on every eighth frame is measured.
            forward: gives the objective of the same frame with the weights as they are then.
            reset: the stream began again with this frame.
            begins: another scene begins with it.
            age: frames of its scene so far, where that alone says how many steps are taken; None
                where a scene also begins with a loss far above the usual one.

        Raises:
            DivergedError: the objective is not finite; no step was taken.
            ValueError: it depends on no weight, or on none of the optimizer's; or the network has
                a new weight that the optimizer does not have.
        """

        @torch.no_grad()
        def closure() -> Tensor:
            return forward()

        self._check_learns(objective)
        self._check(value, number=number)
        self.loss_ema.add(value, begins=begins)
        steps = SCENE_STEPS if (age or self.loss_ema.age) <= SCENE_FRAMES else 1  # ages are from 1
        probe = number % REPORT_PROBE_EVERY == 0
        sample = partial(Sample, closure=closure, reset=reset, lap=self._lap)
        effects = [optimizer_step(self._optimizer, sample(objective, probe=probe))]
        self._check_learned()
        objectives = [objective.detach()]
        for _ in range(steps - 1):
            objective = forward()
            effects.append(optimizer_step(self._optimizer, sample(objective, repeated=True)))
            objectives.append(objective.detach())
        use_large_pages()  # now that a step has taken all that it needs
        return Update(learned=True, steps=steps, **merge_effects(effects, objectives))

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes; the optimizer has a state of its own."""
        return self.loss_ema.state_dict()

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self.loss_ema.load_state_dict(state)

    def _check_learns(self, objective: Tensor) -> None:
        if not objective.requires_grad:
            raise ValueError(
                "nothing can be learned: the image of the network must depend on a weight that"
                " requires a gradient, got none; call requires_grad_() on some of them, or"
                " predict_one to learn nothing"
            )
        new = _left_out(self._model, self._optimizer) - set(map(id, self._left_out))
        if new:
            raise ValueError(
                "every weight that requires a gradient must be learned, got"
                f" {_names(self._model, new)}, which {self._name} does not have; add it to the"
                " optimizer (add_param_group), or make the learner after the last change of the"
                " network"
            )

    def _check_learned(self) -> None:
        groups = self._optimizer.param_groups
        if all(weight.grad is None for group in groups for weight in group["params"]):
            raise ValueError(
                f"nothing was learned: {self._name} must have weights of the network, got others;"
                " make the optimizer, or the learner, after the last change of the network"
            )

    def _check(self, objective: float, *, number: int) -> None:
        if not math.isfinite(objective):
            lr = self._optimizer.param_groups[0].get("lr", math.nan)
            raise DivergedError(
                f"the objective must stay finite, got {objective} at frame {number}"
                f" with {self._name}, lr {lr:g}; use a smaller learning rate"
            )


def optimizer_of(
    optimizer: str | torch.optim.Optimizer, model: nn.Module, *, lr: float | None
) -> torch.optim.Optimizer:
    """The optimizer of a network: a ready one, or one by its name.

    Raises:
        ConfigError: there is none of that name, or it cannot learn from a stream.
        TypeError: it is neither.
        ValueError: a ready one has no weight of the network, or the network's own groups lack some.
    """
    if isinstance(optimizer, str):
        made = build_optimizer(optimizer, groups_of(model), lr=lr)
        if left_out := _left_out(model, made):
            raise ValueError(
                "parameter_groups of a network must give all its parameters, got them without"
                f" {_names(model, left_out)}; add them, or call requires_grad_(False) on them"
            )
        return made
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"the optimizer must be a name or a ready torch.optim.Optimizer, got {optimizer!r};"
            " make it of model.parameters()"
        )
    check_streams(type(optimizer).__name__)
    own = set(map(id, model.parameters()))
    if not any(id(weight) in own for group in optimizer.param_groups for weight in group["params"]):
        raise ValueError(
            "the optimizer must have weights of the model, got others; make it of"
            " model.parameters()"
        )
    return optimizer


def _left_out(model: nn.Module, optimizer: torch.optim.Optimizer) -> set[int]:
    """The weights of a network that could learn and that its optimizer does not have, by id."""
    learned = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    return {id(weight) for weight in model.parameters() if weight.requires_grad} - learned


def _names(model: nn.Module, weights: set[int]) -> str:
    return ", ".join(name for name, weight in model.named_parameters() if id(weight) in weights)
