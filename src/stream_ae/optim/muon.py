"""Muon: momentum whose singular values are all made one, for every weight of a network.

It is here to be compared with. PyTorch's own takes matrices only; this one takes a whole network,
with Adam for what is not a matrix, as is the custom.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024. The scale of the
step is that of Liu et al., "Muon is Scalable for LLM Training", 2025 (arXiv:2502.16982).
Adam is Kingma and Ba 2015, algorithm 1.
"""

import math
from collections.abc import Callable
from typing import overload

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT, StateDict

from stream_ae.optim.checks import (
    add_group,
    check_not_empty,
    check_settings,
    current_lr,
    dense_grad,
)

COEFFICIENTS, ITERATIONS = (3.4445, -4.7750, 2.0315), 5
"""a, b and c of the quintic polynomial, and how often it is applied."""

RMS = 0.2
"""Root-mean-square of a matrix's step over ``lr``: about what Adam's step has."""

BETA1, BETA2, EPSILON = 0.9, 0.95, 1e-8
"""Adam's constants, for vectors."""

_TINY = 1e-15  # under it the squares of a norm are lost to underflow


class Muon(Optimizer):
    """Descent along the orthogonalised momentum; Adam for parameters of fewer than two dimensions.

    For the gradient G of a weight seen as a matrix, m × n::

        B ← μ B + G
        O = orthogonalised(G + μ B)                        of B alone without ``nesterov``
        w ← w − lr · 0.2 √max(m, n) · O

    O has min(m, n) singular values near one, hence a root-mean-square near 1 / √max(m, n), and the
    step one near 0.2 lr whatever the shape. Adam's step has about as much, so that one rate serves
    matrices and vectors alike. (The other scale in use, √max(1, m / n), keeps the spectral norm
    instead, and vectors then want a rate of their own.)

    A convolution's weight is seen as (out, in · k · k), one of three dimensions as a stack of
    matrices, each with a step of its own.

    Args:
        params: the parameters, of one network or of several groups; of float32 or float64.
        lr: learning rate, of matrices and vectors.
        momentum: decay μ of the momentum of matrices.
        nesterov: look one step of the momentum ahead.

    Raises:
        ValueError: an argument out of range, no parameter at all, or one of another dtype.

    >>> w = torch.nn.Parameter(torch.zeros(2, 2))
    >>> optimizer = Muon([w], lr=0.1)
    >>> w.grad = torch.tensor([[3.0, 0.0], [0.0, 0.001]])
    >>> optimizer.step()
    >>> bool(w[0, 0] < -0.01)  # 0.1 · 0.2 · √2 = 0.028
    True
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        nesterov: bool = True,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})
        check_not_empty(self.param_groups)

    def add_param_group(self, param_group: StateDict) -> None:
        """Take more parameters, with settings of their own or the common ones.

        Raises:
            ValueError: one of its settings is out of range, or a parameter cannot be learned.
        """
        add_group(self, param_group, alike=False)

    def __setstate__(self, state: StateDict) -> None:
        check_settings(self, state)
        super().__setstate__(state)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step; a parameter without gradient is skipped.

        Args:
            closure: computes the loss and its gradients again.

        Returns:
            What the closure gave.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = current_lr([group])
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state, grad = self.state[parameter], dense_grad(parameter)
                is_vector = parameter.ndim < 2
                move = _adam(state, grad) if is_vector else _muon(state, grad, group)
                parameter.add_(move, alpha=-lr)
        return loss


def orthogonalised(matrices: Tensor) -> Tensor:
    """The same singular vectors, with singular values near one (0.7 to 1.2).

    Newton–Schulz iteration: from X = G / ‖G‖, five times X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X. It
    takes matrix products only. A singular value under a thousandth of ‖G‖ does not get all the
    way up, and one of zero stays zero.

    Args:
        matrices: (…, m, n), of any scale.

    Returns:
        The same shape and dtype.
    """
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    # The smaller of the two products X Xᵀ and Xᵀ X.
    x: Tensor = matrices.mT if is_tall else matrices
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(_TINY)
    a, b, c = COEFFICIENTS
    with torch.autocast(x.device.type, enabled=False):  # the products in the dtype given
        for _ in range(ITERATIONS):
            gram = x @ x.mT
            x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if is_tall else x


def _muon(state: StateDict, grad: Tensor, group: StateDict) -> Tensor:
    """0.2 √max(m, n) · O, of the gradient's shape."""
    if not state:
        state["momentum"] = torch.zeros_like(grad)
    momentum = state["momentum"].mul_(group["momentum"]).add_(grad)
    ahead = grad + group["momentum"] * momentum if group["nesterov"] else momentum
    matrices = ahead if ahead.ndim == 3 else ahead.flatten(1)
    scale = RMS * math.sqrt(max(matrices.shape[-2:]))
    return (scale * orthogonalised(matrices)).reshape(grad.shape)


def _adam(state: StateDict, grad: Tensor) -> Tensor:
    """Mean over root of the mean square, each corrected for its start at zero."""
    if not state:
        zeros = torch.zeros_like(grad)
        state.update({"mean": zeros, "square": zeros.clone(), "step": 0})
    state["step"] += 1
    mean: Tensor = state["mean"].lerp_(grad, 1.0 - BETA1)
    square = state["square"].mul_(BETA2).addcmul_(grad, grad, value=1.0 - BETA2)
    spread = (square / (1.0 - BETA2 ** state["step"])).sqrt_().add_(EPSILON)
    step: Tensor = mean / (1.0 - BETA1 ** state["step"]) / spread
    return step
