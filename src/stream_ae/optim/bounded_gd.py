"""Bounded descent without a rate to choose: steps with a bound, of copies that race each other.

Each step is :mod:`stream_ae.optim.bounded_step`'s, and which copy is ahead is decided by
:mod:`stream_ae.optim.race`.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from typing import TypedDict, cast

import torch
from torch import Tensor

from stream_ae.optim.bounded_step import BoundedStep, Number, evaluate
from stream_ae.optim.checks import ALIKE_SAMPLES, one_number
from stream_ae.optim.preconditioner import State
from stream_ae.optim.race import COPIES, Race, RaceState, new_race_state


class _Copies(TypedDict):
    """What is kept of all copies.

    Args:
        race: their scores.
        home: the weights that the block began with, (n,).
        weights: of each copy, (n,).
        directions: what the direction of each remembers; empty before its first step.
    """

    race: RaceState
    home: Tensor
    weights: list[Tensor]
    directions: list[State]


class BoundedGD(BoundedStep):
    """Gradient descent whose step is bounded by what it does to the sample just seen.

    The direction is :mod:`stream_ae.optim.preconditioner`'s. The step size needs no choice::

        u = preconditioned gradient + κ (w − w₀)
        α = min( N / 2 D,  1.6 α_before,  τ ‖w‖ / ‖u‖,  0.02,  rate,  lr )         w ← w − α u

    N and D are :class:`~stream_ae.optim.step_size.OvershootBound`'s running means of g·u and c. A
    probed step that raised the loss is taken back along its line, to the minimum of the parabola
    and at most to half. A gradient or loss that is not finite is no step. Of n weights ‖w‖ counts
    as at least 0.01 √n, so that weights of zero are learned, too. A parameter without gradient, a
    frozen one above all, stays as it is.

    One sample does not say how far a step may go for the others. So three copies of the weights
    learn at three rates, and the parameters hold the one that predicts best what it has not learned
    yet (:class:`~stream_ae.optim.race.Race`). Each step computes the loss with its gradients three
    times, and once without, and the memory is three times as large. Where samples are alike, as
    the frames of a video are, ``samples="alike"`` spares that: one copy, with a momentum, and no
    rate beside the bound, which may go to 1.6 times N / 2 D on the first 40 steps. Its 0.02 shrinks
    to 0.004 while the gradients of new samples point back along the step before, and grows again.

    With ``bound=False`` there is no race, and ``lr`` is the rate. With ``bound=False,
    trust=math.inf, precondition=False, l2_init=0.0`` it is ``torch.optim.SGD(params, lr,
    momentum=0.9)``, bit for bit.

    Args:
        params: parameters of float32 or of float64, on one device; their groups may differ in
            ``l2_init``, since all else is of all together.
        lr: an upper bound of α, which the default never reaches; α itself where ``bound`` is off.
            A schedule may change it.
        bound: keep to the bound on overshooting, and to what limits α beside it.
        trust: τ, bound of ‖α u‖ / ‖w‖, positive; infinite for none.
        precondition: precondition the gradient.
        l2_init: κ, a pull towards the first weights w₀ that keeps a network able to learn something
            new (L2 Init: Kumar, Marklund, Van Roy 2023, "Maintaining Plasticity in Continual
            Learning via Regenerative Regularization"); 0 where the weights have to go far.
        samples: ``"unrelated"`` for the race; ``"alike"`` where each is nearly the one before.

    Raises:
        ValueError: a setting is out of range or, ``l2_init`` apart, differs between groups; or a
            parameter cannot be learned.
    """

    def _step(self, closure: Callable[[], Number], loss: Number, *, repeated: bool) -> None:
        group = self.param_groups[0]
        learned = any(parameter.grad is not None for parameter in self._parameters)
        if group["samples"] == ALIKE_SAMPLES or not group["bound"] or not learned:
            super()._step(closure, loss, repeated=repeated)
            return
        copies = self._copies()
        race = Race(copies["race"])
        grads = [parameter.grad for parameter in self._parameters]
        try:
            losses = self._step_all(copies, closure, loss=loss, repeated=repeated)
            # A sample that is repeated was learned by all, so it tells nothing of any.
            if not repeated and math.isfinite(losses[race.leader]):
                self._put(copies["home"])
                if race.score(losses, stayed=evaluate(closure)):
                    self._begin_block(copies, race)
        finally:
            self.state[self._parameters[0]] = cast("State", copies)
            self._put(copies["weights"][race.leader])
            for parameter, grad in zip(self._parameters, grads, strict=True):
                parameter.grad = grad

    def _copies(self) -> _Copies:
        """All copies; they begin again where the weights were changed from outside."""
        weights = self._weights()
        state = self.state[self._parameters[0]]
        copies: _Copies = cast("_Copies", state)
        if not state:
            copies["race"], copies["home"] = new_race_state(), weights
            copies["weights"] = [weights] * COPIES
            copies["directions"] = [{} for _ in range(COPIES)]
        self._check_kind(copies["home"], weights)
        if not torch.equal(weights, copies["weights"][copies["race"]["leader"]]):
            copies["home"], copies["weights"] = weights, [weights] * COPIES
        return copies

    def _step_all(
        self, copies: _Copies, closure: Callable[[], Number], *, loss: Number, repeated: bool
    ) -> list[float]:
        """Let every copy learn the sample, the leader last; the loss of each before that."""
        first, group, race = self._parameters[0], self.param_groups[0], copies["race"]
        grads = [parameter.grad for parameter in self._parameters]
        losses = [math.nan] * COPIES
        for number in sorted(range(COPIES), key=race["leader"].__eq__):
            runner, is_leader = race["runners"][number], number == race["leader"]
            self._put(copies["weights"][number])
            before = loss if is_leader else self._backward(closure)
            if is_leader:
                for parameter, grad in zip(self._parameters, grads, strict=True):
                    parameter.grad = grad
            losses[number] = float(one_number(before, name="loss", like=self._parameters[0]))
            self.state[first], self._rate = copies["directions"][number], runner["rate"]
            group["steps"], group["line"] = runner["steps"], runner["line"]
            super()._step(closure, before, repeated=repeated)
            runner["steps"] = group["steps"]
            copies["weights"][number] = self._weights()
        return losses

    def _begin_block(self, copies: _Copies, race: Race) -> None:
        """Begin a block of the race with the weights that it goes on from."""
        origins, undone = race.next_block()
        weights, directions = copies["weights"], copies["directions"]
        if undone:
            weights = [copies["home"]] * COPIES
        copies["weights"] = [weights[origin] for origin in origins]
        copies["directions"] = [deepcopy(directions[origin]) for origin in origins]
        copies["home"] = copies["weights"][race.leader]

    @torch.enable_grad()
    def _backward(self, closure: Callable[[], Number]) -> Tensor:
        """The loss of the weights as they are, and its gradients in place of those at hand."""
        for parameter in self._parameters:
            parameter.grad = None
        loss = closure()
        if not isinstance(loss, Tensor) or not loss.requires_grad:
            raise ValueError(
                "the closure must give the loss as a tensor with its graph, since every copy of the"
                f" weights needs its gradients, got {loss!r:.60}; compute it without no_grad and"
                ' detach, or give samples="alike"'
            )
        value = one_number(loss, name="what the closure gives", like=loss)
        torch.autograd.backward(loss)
        return value

    def _weights(self) -> Tensor:
        """A copy of the weights, (n,)."""
        like = self._parameters[0].detach()
        return self._vector("copy", like=like).gather(self._parameters).clone()

    def _put(self, weights: Tensor) -> None:
        torch._foreach_copy_(self._parameters, self._vector("copy", like=weights).scatter(weights))
