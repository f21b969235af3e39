"""A direction of descent that knows how the gradient is spread: momentum, whitened by its factors.

For a weight matrix with gradient G the expected outer products L = E[G Gᵀ] and R = E[Gᵀ G] are a
Kronecker approximation of the gradient's covariance (Gupta, Koren, Singer 2018, "Shampoo"). In the
basis of their eigenvectors its entries are nearly independent, so that Adam's division by the root
of the second moment is a whitening there (Vyas et al. 2024, "SOAP", algorithm 3)::

    G' = Q_Lᵀ G Q_R          m ← β₁ m + (1 − β₁) G          v ← β₂ v + (1 − β₂) G'²
    u  = Q_L ( Q_Lᵀ m̂ Q_R / (√v̂ + ε) ) Q_Rᵀ

Matrices of one shape are stacked, so that a network of many small layers takes few operations.
"""

from typing import Literal

import torch
from torch import Tensor

MOMENTUM, SECOND_MOMENT, FACTORS = 0.8, 0.95, 0.95
"""β₁, β₂, and the decay of L and R: the last 5 to 20 frames count."""

EPSILON = 1e-8

Side = Literal["left", "right"]
State = dict[str, Tensor]


def new_state(gradient: Tensor) -> State:
    """Statistics of a stack of matrices (k, m, n) or of a vector (n,), before any gradient."""
    state = {"momentum": torch.zeros_like(gradient), "second": torch.zeros_like(gradient)}
    if gradient.ndim == 1:
        return state
    count, rows, columns = gradient.shape
    for side, length in (("left", rows), ("right", columns)):
        state[side] = gradient.new_zeros(count, length, length)
        state[f"{side}_basis"] = torch.eye(length, out=gradient.new_empty(length, length)).repeat(
            count, 1, 1
        )
    return state


def direction(state: State, gradient: Tensor, *, step: int) -> Tensor:
    """Take a gradient in and give the whitened momentum u, of the same shape.

    Args:
        state: from :func:`new_state`; changed in place.
        gradient: (k, m, n) or (n,).
        step: how many gradients came, this one included, from 1: means start at zero, and are
            divided by the weight of what is in them (Kingma and Ba 2015, algorithm 1).
    """
    is_matrix = gradient.ndim == 3
    state["momentum"].lerp_(gradient, 1.0 - MOMENTUM)
    if is_matrix:
        state["left"].lerp_(gradient @ gradient.mT, 1.0 - FACTORS)
        state["right"].lerp_(gradient.mT @ gradient, 1.0 - FACTORS)
        if step == 1:
            refresh(state, "left")
            refresh(state, "right")
    turned = _turn(state, gradient) if is_matrix else gradient
    state["second"].mul_(SECOND_MOMENT).addcmul_(turned, turned, value=1.0 - SECOND_MOMENT)
    momentum = _turn(state, state["momentum"]) if is_matrix else state["momentum"]
    spread = (state["second"] / (1.0 - SECOND_MOMENT**step)).sqrt_().add_(EPSILON)
    white = momentum / spread / (1.0 - MOMENTUM**step)
    return state["left_basis"] @ white @ state["right_basis"].mT if is_matrix else white


def refresh(state: State, side: Side) -> None:
    """Turn the basis of one side to the eigenvectors of its factor.

    Not at every step: the second moments are kept in that basis, and a basis that always moves
    makes them meaningless.
    """
    _, state[f"{side}_basis"] = torch.linalg.eigh(state[side])


def _turn(state: State, matrices: Tensor) -> Tensor:
    """Into the basis of the eigenvectors."""
    return state["left_basis"].mT @ matrices @ state["right_basis"]
