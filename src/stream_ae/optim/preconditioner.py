"""The preconditioned momentum: a direction of descent that knows how the gradient is spread.

For a weight with the axes a × b × … and the gradient G, the expected products over each axis,

    F_a = E[G_(a) G_(a)ᵀ]          G_(a): the matrix whose rows run along the axis a,

are a Kronecker approximation of the gradient's covariance (Gupta, Koren, Singer 2018, "Shampoo",
algorithm 2: L ← L + G Gᵀ, R ← R + Gᵀ G; w ← w − η L^−¼ G R^−¼). In the basis of their eigenvectors
Q_a the entries of the gradient are nearly independent, so that Adam's division by the root of the
second moment does there what Shampoo's roots of matrices do, for one eigendecomposition now and
then (Vyas et al. 2024, "SOAP", algorithm 3: G' = Q_Lᵀ G Q_R, Adam on G', then Q_L N' Q_Rᵀ)::

    G' = G projected on the basis of each axis
    m ← β₁ m + G'         v ← β₂ v + (1 − β₂) G'²          s = √v̂ / r + ε      r² = mean of v̂
    u  = ( m̂ / r · s^−2p ) projected back                  m̂ = (1 − β₁) m, both hats bias-corrected

With p = ½ that is SOAP; p = 1 would be the natural gradient's division by the covariance itself. A
little more than ½ lets a bounded step go further, since the steep directions decide how far it may.
r makes ε a share of the gradient's own size: without it a gradient of 1e-12 would be all floor.
The mean is over a tile of :mod:`stream_ae.optim.tiling`, each with factors of its own; a long axis
keeps the identity for its basis, so that the state stays small.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.linalg import LinAlgError  # type: ignore[attr-defined]

from stream_ae.kernels.preconditioner import precondition
from stream_ae.optim.tiling import Shape, Tiling

MOMENTUM = 0.9
"""β₁ of samples that are alike, and of the momentum without preconditioning."""

FACTOR_EVERY = 4
"""Steps from one gradient that a factor takes in to its next."""


class Memory(NamedTuple):
    """What the direction remembers of the gradients before.

    Args:
        momentum: β₁.
        second: β₂.
        factor: decay of a factor's mean, every :data:`FACTOR_EVERY` steps.
        power: p.
    """

    momentum: float
    second: float
    factor: float
    power: float


ALIKE = Memory(MOMENTUM, second=0.95, factor=0.8, power=0.65)
"""Of samples that are alike, as the frames of a video are: the last 20 say what is coming."""

UNRELATED = Memory(0.0, second=0.99, factor=0.95, power=0.5)
"""Of samples that have little in common. The moments of the last 20 would be noise, a momentum
carries on what one sample said alone, and p = ½ is as published."""

BASIS_EVERY = 25
"""Steps from one eigendecomposition of a factor to its next; the factors take turns. Not at every
step: second moments are kept in that basis, and one that always moves makes them meaningless."""

LONGEST_AXIS, LARGEST_FACTOR = 64, 3.0
"""An axis has a factor up to this length, and up to this multiple of the tile's own size."""

FLOOR, TINY = 0.01, 1e-15
"""ε, and what a gradient has to exceed to count: its square would be lost to underflow."""

State = dict[str, Tensor]
"""``momentum`` m and ``second`` v, (n,) in the bases; ``factor_S_A`` F and ``basis_S_A`` Q of the
axis A of every tile of the stack S, (tiles, length, length)."""


def new_state(grad: Tensor, tiling: Tiling) -> State:
    """Statistics of a vector of gradients (n,), before any came."""
    state = {"momentum": torch.zeros_like(grad), "second": torch.zeros_like(grad)}
    for number, stack in enumerate(tiling):
        for axis in factored_axes(stack.shape):
            eye = torch.eye(stack.shape[axis], dtype=grad.dtype, device=grad.device)
            state[f"basis_{number}_{axis}"] = eye.repeat(stack.tiles, 1, 1)
            state[f"factor_{number}_{axis}"] = torch.zeros_like(state[f"basis_{number}_{axis}"])
    return state


@lru_cache
def factored_axes(shape: Shape) -> tuple[int, ...]:
    """The axes of a tile that have a factor; none of a vector.

    >>> factored_axes((16, 128, 9))
    (0, 2)
    """
    if len(shape) < 2:
        return ()
    room = LARGEST_FACTOR * math.prod(shape)
    return tuple(axis for axis, n in enumerate(shape) if n <= LONGEST_AXIS and n * n <= room)


def momentum(state: State, grad: Tensor) -> Tensor:
    """Add a gradient to the momentum, m ← β₁ m + g, as ``torch.optim.SGD`` does."""
    return state["momentum"].mul_(MOMENTUM).add_(grad)


def preconditioned(
    state: State, grad: Tensor, *, tiling: Tiling, step: int, memory: Memory = ALIKE
) -> Tensor:
    """Take a gradient in and give the preconditioned momentum u, (n,).

    Args:
        state: from :func:`new_state`; changed in place. Its momentum is that of G', in the bases.
        grad: (n,), finite.
        tiling: what lies where in it.
        step: gradients so far, this one included, from 1: means start at zero, and are divided by
            the weight of what is in them (Kingma and Ba 2015, algorithm 1).
        memory: the same at every step.
    """
    stacks = tiling.split(grad)
    means = tiling.split(state["momentum"])
    _update_factors(state, stacks, means, step=step, decay=memory.factor)
    bases = [_bases(state, number, stack.shape) for number, stack in enumerate(tiling)]
    projected = tiling.join(
        [
            _rotate(stack, {axis: basis.mT for axis, basis in its_bases.items()})
            for stack, its_bases in zip(stacks, bases, strict=True)
        ]
    )
    # m̂ / m, and v̂ / v, which cancels in s and is left in r
    b1, b2 = memory.momentum, memory.second
    hats = (1.0 - b1) / (1.0 - b1**step) * math.sqrt(1.0 - b2**step)
    scaled = precondition(
        projected,
        momentum=state["momentum"],
        second=state["second"],
        tiles=tiling.offsets,
        decays=(b1, b2),
        floor=FLOOR,
        power=-2.0 * memory.power,
        correction=hats,
        tiny=TINY,
    )
    parts = zip(tiling.split(scaled), bases, strict=True)
    return tiling.join([_rotate(stack, its_bases) for stack, its_bases in parts])


def _update_factors(
    state: State, stacks: list[Tensor], means: list[Tensor], *, step: int, decay: float
) -> None:
    """Take gradients into some of the factors, and renew the bases that are due.

    A new basis Q' of an axis also moves the momentum: m lives in the old one, so it becomes
    Q'ᵀ Q m. Second moments cannot be moved (a variance along one axis says nothing about another
    one); they forget soon enough.
    """
    index = 0  # of the factors, so that neither all products nor all bases fall on one step
    for number, (stack, mean) in enumerate(zip(stacks, means, strict=True)):
        for axis in factored_axes(stack.shape[1:]):
            factor = state[f"factor_{number}_{axis}"]
            if step == 1 or (step + index) % FACTOR_EVERY == 0:
                rows = stack.movedim(axis + 1, 1).flatten(2)
                factor.baddbmm_(rows, rows.mT, beta=decay, alpha=1.0 - decay)
            if step == 1 or (step - index) % BASIS_EVERY == 0:
                old = state[f"basis_{number}_{axis}"]
                new = _eigenvectors(factor, otherwise=old)
                mean.copy_(_rotate(mean, {axis: new.mT @ old}))
                state[f"basis_{number}_{axis}"] = new
            index += 1


def _eigenvectors(factors: Tensor, *, otherwise: Tensor) -> Tensor:
    """Of every factor; solvers fail on very small or very uneven ones, whose old ones are kept."""
    size = factors.diagonal(dim1=1, dim2=2).sum(1).clamp_min(TINY**2)[:, None, None]
    scaled = factors / size
    try:
        _, vectors = torch.linalg.eigh(scaled)
    except LinAlgError:  # one failed, and none is given: each on its own
        vectors = torch.stack([_eigenvectors_or_nan(factor) for factor in scaled])
    return torch.where(
        vectors.isfinite().all(2, keepdim=True).all(1, keepdim=True), vectors, otherwise
    )


def _eigenvectors_or_nan(factor: Tensor) -> Tensor:
    """Of one factor (n, n); NaN where the solver fails."""
    try:
        vectors: Tensor = torch.linalg.eigh(factor).eigenvectors
        return vectors
    except LinAlgError:
        return torch.full_like(factor, math.nan)


def _bases(state: State, number: int, shape: Shape) -> dict[int, Tensor]:
    return {axis: state[f"basis_{number}_{axis}"] for axis in factored_axes(shape)}


def _rotate(stack: Tensor, matrices: dict[int, Tensor]) -> Tensor:
    """Multiply every axis of a stack (k, a, b, …) by its matrix (k, length, length)."""
    k, *shape = stack.shape
    for axis, matrix in matrices.items():
        after = math.prod(shape[axis + 1 :])
        if after == 1:  # from the right, as a whole
            stack = torch.bmm(stack.reshape(k, -1, shape[axis]), matrix.mT)
        elif axis == 0:
            stack = torch.bmm(matrix, stack.reshape(k, shape[0], after))
        else:
            stack = matrix[:, None] @ stack.reshape(k, -1, shape[axis], after)
    return stack.view(k, *shape)
