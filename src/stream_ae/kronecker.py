"""A direction of descent that knows how the gradient is spread: momentum, whitened by its factors.

For a weight of the axes a × b × … with gradient G the expected products over each axis,
F_a = E[G_(a) G_(a)ᵀ] with G_(a) the matrix that has that axis as its rows, are a Kronecker
approximation of the gradient's covariance (Gupta, Koren, Singer 2018, "Shampoo", algorithm 2). In
the basis of their eigenvectors its entries are nearly independent, so that Adam's division by the
root of the second moment is a whitening there (Vyas et al. 2024, "SOAP", algorithm 3)::

    G' = G turned into the basis of each axis
    m ← β₁ m + G          v ← β₂ v + (1 − β₂) G'²
    u  = ( m̂' / (√v̂ + ε)^2p ) turned back          m̂ = (1 − β₁) m, both hats bias-corrected

p = ½ is the whitening; p = 1 would be the natural gradient's division by the covariance itself. A
little more than ½ lets a bounded step go further, since the steep directions decide how far it may.
The length of u is kept that of p = ½. A long axis keeps the identity for its basis, so that the
state stays small. Weights of one shape are stacked: many small layers take few operations.
"""

import math

import torch
from torch import Tensor

MOMENTUM, SECOND_MOMENT, FACTORS = 0.9, 0.95, 0.95
"""β₁, β₂, and the decay of L and R: the last 10 to 20 frames count."""

POWER = 0.6
"""p."""

LONGEST_AXIS, LARGEST_FACTOR = 64, 3.0
"""An axis has a factor up to this length, and up to so many times the size of the weight itself."""

FLOOR, TINY = 0.01, 1e-30
"""ε as a share of the root mean square of a weight's entries; what keeps 0 / 0 from being NaN."""

State = dict[str, Tensor]


def new_state(gradient: Tensor) -> State:
    """Statistics of a stack of weights (k, a, b, …) or of a vector (1, n), before any gradient."""
    state = {"momentum": torch.zeros_like(gradient), "second": torch.zeros_like(gradient)}
    count, *shape = gradient.shape
    for axis in factored_axes(tuple(shape)):
        side = shape[axis]
        state[f"factor_{axis}"] = gradient.new_zeros(count, side, side)
        eye = torch.eye(side, dtype=gradient.dtype, device=gradient.device)
        state[f"basis_{axis}"] = eye.repeat(count, 1, 1)
    return state


def factored_axes(shape: tuple[int, ...]) -> list[int]:
    """The axes of a weight that have a factor; none of a vector.

    >>> factored_axes((16, 128, 9))
    [0, 2]
    """
    if len(shape) < 2:
        return []
    room = LARGEST_FACTOR * math.prod(shape)
    return [axis for axis, n in enumerate(shape) if n <= LONGEST_AXIS and n * n <= room]


def momentum(state: State, gradient: Tensor) -> Tensor:
    """Take a gradient into the momentum, m ← β₁ m + g, as ``torch.optim.SGD`` has it."""
    return state["momentum"].mul_(MOMENTUM).add_(gradient)


def direction(state: State, gradient: Tensor, *, step: int) -> Tensor:
    """Take a gradient in and give the whitened momentum u, of the same shape.

    Args:
        state: from :func:`new_state`; changed in place.
        gradient: (k, a, b, …) or (1, n).
        step: how many gradients came, this one included, from 1: means start at zero, and are
            divided by the weight of what is in them (Kingma and Ba 2015, algorithm 1).
    """
    axes = factored_axes(tuple(gradient.shape[1:]))
    for axis in axes:
        rows = _rows(gradient, axis)
        state[f"factor_{axis}"].lerp_(rows @ rows.mT, 1.0 - FACTORS)
        if step == 1:
            refresh(state, axis)
    bases = {axis: state[f"basis_{axis}"] for axis in axes}
    both = torch.stack([gradient, momentum(state, gradient)])
    turned, mean = _turn(both, {axis: basis.mT for axis, basis in bases.items()})
    state["second"].mul_(SECOND_MOMENT).addcmul_(turned, turned, value=1.0 - SECOND_MOMENT)
    variance = state["second"] / (1.0 - SECOND_MOMENT**step)
    entries = tuple(range(1, gradient.ndim))  # of each weight by itself
    floor = FLOOR * variance.mean(entries, keepdim=True).sqrt_() + TINY
    spread = variance.sqrt_().add_(floor)
    white = mean / spread * ((1.0 - MOMENTUM) / (1.0 - MOMENTUM**step))
    steep = white * spread.pow_(1.0 - 2.0 * POWER)
    steep *= _length(white, entries) / _length(steep, entries).clamp_min_(TINY)
    return _turn(steep[None], bases)[0]


def refresh(state: State, axis: int) -> None:
    """Turn the basis of one axis to the eigenvectors of its factor.

    Not at every step: the second moments are kept in that basis, and a basis that always moves
    makes them meaningless.
    """
    _, state[f"basis_{axis}"] = torch.linalg.eigh(state[f"factor_{axis}"])


def _rows(stack: Tensor, axis: int) -> Tensor:
    """Every weight of a stack (k, a, b, …) as a matrix whose rows are along one axis."""
    return stack.movedim(axis + 1, 1).flatten(2)


def _turn(stacks: Tensor, matrices: dict[int, Tensor]) -> Tensor:
    """Multiply every axis of stacks (s, k, a, b, …) by its matrix."""
    last = stacks.ndim - 3
    for axis, matrix in matrices.items():
        if axis == last:  # from the right, which needs no reordering
            flat = stacks.flatten(2, -2) if last else stacks
            stacks = (flat @ matrix.mT).reshape(stacks.shape)
        else:
            rows = stacks.movedim(axis + 2, 2)
            stacks = (matrix @ rows.flatten(3)).reshape(rows.shape).movedim(2, axis + 2)
    return stacks


def _length(stack: Tensor, entries: tuple[int, ...]) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(stack, dim=entries, keepdim=True)
    return length
