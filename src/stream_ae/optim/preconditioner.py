"""A direction of descent that knows how the gradient is spread: momentum, whitened by its factors.

For a weight of the axes a × b × … with gradient G the expected products over each axis,
F_a = E[G_(a) G_(a)ᵀ] with G_(a) the matrix that has that axis as its rows, are a Kronecker
approximation of the gradient's covariance (Gupta, Koren, Singer 2018, "Shampoo", algorithm 2). In
the basis of their eigenvectors its entries are nearly independent, so that Adam's division by the
root of the second moment is a whitening there (Vyas et al. 2024, "SOAP", algorithm 3)::

    G' = G turned into the basis of each axis
    m ← β₁ m + G'         v ← β₂ v + (1 − β₂) G'²          s = √v̂ / r + ε      r² = mean of v̂
    u  = ( m̂ / r · s^−2p ) turned back                     m̂ = (1 − β₁) m, both hats bias-corrected

p = ½ is the whitening; p = 1 would be the natural gradient's division by the covariance itself. A
little more than ½ lets a bounded step go further, since the steep directions decide how far it may.
The mean is over a tile of :mod:`stream_ae.optim.tiling`, each with factors of its own; a long axis
keeps the identity for its basis, so that the state stays small.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.linalg import LinAlgError  # type: ignore[attr-defined]

from stream_ae.kernels.jit import can_loop
from stream_ae.kernels.preconditioner import whiten
from stream_ae.optim.tiling import Blocks, Shape

MOMENTUM, SECOND_MOMENT = 0.9, 0.95
"""β₁ and β₂."""

WATCHED, FACTORS = 4, 0.8
"""A factor takes in one of so many gradients, with this decay."""

POWER = 0.65
"""p."""

CYCLE = 25
"""Every basis is made anew once in so many steps, in turn. Not at every step: second moments are
kept in that basis, and one that always moves makes them meaningless."""

LONGEST_AXIS, LARGEST_FACTOR = 64, 3.0
"""An axis has a factor up to this length, and up to so many times the size of the tile itself."""

FLOOR, TINY = 0.01, 1e-15
"""ε, and what a gradient has to be larger than to count: its square would be lost to underflow."""

State = dict[str, Tensor]


def new_state(gradient: Tensor, blocks: Blocks) -> State:
    """Statistics of a vector of gradients (n,), before any came."""
    state = {"momentum": torch.zeros_like(gradient), "second": torch.zeros_like(gradient)}
    for place, block in enumerate(blocks):
        for axis in factored_axes(block.shape):
            eye = torch.eye(block.shape[axis], dtype=gradient.dtype, device=gradient.device)
            state[f"basis_{place}_{axis}"] = eye.repeat(block.tiles, 1, 1)
            state[f"factor_{place}_{axis}"] = torch.zeros_like(state[f"basis_{place}_{axis}"])
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


def momentum(state: State, gradient: Tensor) -> Tensor:
    """Take a gradient into the momentum, m ← β₁ m + g, as ``torch.optim.SGD`` has it."""
    return state["momentum"].mul_(MOMENTUM).add_(gradient)


def direction(state: State, gradient: Tensor, *, blocks: Blocks, step: int) -> Tensor:
    """Take a gradient in and give the whitened momentum u, (n,).

    Args:
        state: from :func:`new_state`; changed in place. Its momentum is that of G', in the bases.
        gradient: (n,), finite.
        blocks: what lies where in it.
        step: how many gradients came, this one included, from 1: means start at zero, and are
            divided by the weight of what is in them (Kingma and Ba 2015, algorithm 1).
    """
    stacks = blocks.split(gradient)
    _watch(state, stacks, blocks.split(state["momentum"]), step=step)
    bases = [_bases(state, place, block.shape) for place, block in enumerate(blocks)]
    turned = blocks.join(
        [
            _turn(stack, {axis: basis.mT for axis, basis in mine.items()})
            for stack, mine in zip(stacks, bases, strict=True)
        ]
    )
    # m̂ / m, and v̂ / v, which cancels in s and is left in r
    hats = (1.0 - MOMENTUM) / (1.0 - MOMENTUM**step) * math.sqrt(1.0 - SECOND_MOMENT**step)
    white = _whiten(state, turned, blocks, correction=hats)
    parts = zip(blocks.split(white), bases, strict=True)
    return blocks.join([_turn(stack, mine) for stack, mine in parts])


def _whiten(state: State, turned: Tensor, blocks: Blocks, *, correction: float) -> Tensor:
    """Take a turned gradient into both moments; c m / r · s^−2p, with the factor c."""
    if can_loop(turned):
        looped = whiten(
            turned.numpy(),
            momentum=state["momentum"].numpy(),
            second=state["second"].numpy(),
            tiles=blocks.edges,
            decays=(MOMENTUM, SECOND_MOMENT),
            floor=FLOOR,
            power=-2.0 * POWER,
            correction=correction,
            tiny=TINY,
        )
        return torch.from_numpy(looped)
    mean = momentum(state, turned)
    state["second"].mul_(SECOND_MOMENT).addcmul_(turned, turned, value=1.0 - SECOND_MOMENT)
    usual = [_tile_size(stack) for stack in blocks.split(state["second"])]
    spread = state["second"].sqrt()
    for part, size in zip(blocks.split(spread), usual, strict=True):
        part.div_(size)
    white = spread.add_(FLOOR).log_().mul_(-2.0 * POWER).exp_().mul_(mean)
    for part, size in zip(blocks.split(white), usual, strict=True):
        part.mul_(correction / size)
    return white


def _watch(state: State, stacks: list[Tensor], means: list[Tensor], *, step: int) -> None:
    """Take gradients into some of the factors, and turn one basis or so to the eigenvectors.

    The momentum is turned with its basis. Second moments cannot be; they forget soon enough.
    """
    turn = 0
    for place, (stack, mean) in enumerate(zip(stacks, means, strict=True)):
        for axis in factored_axes(stack.shape[1:]):
            factor = state[f"factor_{place}_{axis}"]
            if step == 1 or (step + turn) % WATCHED == 0:
                rows = stack.movedim(axis + 1, 1).flatten(2)
                factor.baddbmm_(rows, rows.mT, beta=FACTORS, alpha=1.0 - FACTORS)
            if step == 1 or (step - turn) % CYCLE == 0:
                old = state[f"basis_{place}_{axis}"]
                new = _eigenvectors(factor, otherwise=old)
                mean.copy_(_turn(mean, {axis: new.mT @ old}))
                state[f"basis_{place}_{axis}"] = new
            turn += 1


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


def _bases(state: State, place: int, shape: Shape) -> dict[int, Tensor]:
    return {axis: state[f"basis_{place}_{axis}"] for axis in factored_axes(shape)}


def _turn(stack: Tensor, matrices: dict[int, Tensor]) -> Tensor:
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


def _tile_size(stack: Tensor) -> Tensor:
    """The root of each tile's mean, of a stack (k, a, b, …); all but the first axis are 1."""
    return stack.mean(tuple(range(1, stack.ndim)), keepdim=True).sqrt_().add_(TINY)
