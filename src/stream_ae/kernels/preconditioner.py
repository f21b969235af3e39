"""What a step does entry by entry: the moments of a gradient, and the pull towards an anchor.

On a CPU in float32 it goes tile by tile, in one pass. Everything else is plain tensor operations.
"""

import math
from collections.abc import Callable
from itertools import groupby

import numpy as np
import torch
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.kernels.jit import can_loop, inner_loop, loop

_ROOT = math.sqrt(2.0)
_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_BIAS, _MANTISSA, _ROOT_HALF = np.int32(127), np.int32(23), np.int32(0x3F3504F3)  # of float32


def _polynomial(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    low: float,
    high: float,
    degree: int,
) -> tuple[np.float32, ...]:
    """Coefficients of a polynomial as close as it gets, the highest power first."""
    close = Chebyshev.interpolate(function, degree, domain=[low, high])
    return tuple(np.float32(c) for c in close.convert(kind=Polynomial).coef[::-1])


_LOG2 = _polynomial(lambda x: np.log2(1.0 + x) / x, 1.0 / _ROOT - 1.0, _ROOT - 1.0, 8)
_EXP2 = _polynomial(np.exp2, -0.5, 0.5, 5)


def precondition(
    grad: Tensor,
    *,
    momentum: Tensor,
    second: Tensor,
    tiles: NDArray[np.int64],
    decays: tuple[float, float],
    floor: float,
    power: float,
    correction: float,
    tiny: float,
) -> Tensor:
    """Take a gradient into both moments, and give ``c m / r · (√v / r + ε)^power``, (n,).

    r² is the mean of v in a tile, and c the ``correction``.

    Args:
        grad: (n,), finite.
        momentum: m, changed in place: m ← β₁ m + g.
        second: v, changed in place: v ← β₂ v + (1 − β₂) g².
        tiles: where each begins, and n.
        decays: β₁ and β₂.
        floor: ε.
        power: of the spread; negative where it is divided by.
        correction: c.
        tiny: added to r.
    """
    if can_loop(grad):
        out = torch.empty_like(grad)
        b1, b2, epsilon, exponent, factor, least = (
            np.float32(x) for x in (*decays, floor, power, correction, tiny)
        )
        arrays = grad.numpy(), momentum.numpy(), second.numpy()
        _precondition(*arrays, tiles, b1, b2, epsilon, exponent, factor, least, out.numpy())
        return out
    momentum.mul_(decays[0]).add_(grad)
    second.mul_(decays[1]).addcmul_(grad, grad, value=1.0 - decays[1])
    size = _tile_sizes(second, tiles).add_(tiny)
    spread = second.sqrt().div_(size).add_(floor)
    return spread.log_().mul_(power).exp_().mul_(momentum).mul_(correction / size)


def pull(move: Tensor, weights: Tensor, *, anchor: Tensor, strength: Tensor) -> Tensor:
    """A direction with a pull towards an anchor, ``u + κ (w − w₀)``; all are (n,)."""
    if not can_loop(move, weights, anchor, strength):
        return torch.addcmul(move, strength, weights - anchor)
    out = torch.empty_like(move)
    _pull(move.numpy(), weights.numpy(), anchor.numpy(), strength.numpy(), out.numpy())
    return out


def _tile_sizes(second: Tensor, tiles: NDArray[np.int64]) -> Tensor:
    """The root of the mean of each tile, at each of its entries, (n,)."""
    means, begin = [], 0
    for length, run in groupby(np.diff(tiles).tolist()):  # tiles of one size lie side by side
        end = begin + length * len(list(run))
        stack = second[begin:end].view(-1, length)
        means.append(stack.mean(1, keepdim=True).expand_as(stack).flatten())
        begin = end
    return torch.cat(means).sqrt_()


@loop
def _precondition(gradient, momentum, second, tiles, b1, b2, floor, power, correction, tiny, out):
    for tile in range(tiles.size - 1):
        begin, end = tiles[tile], tiles[tile + 1]
        g, m, v, u = gradient[begin:end], momentum[begin:end], second[begin:end], out[begin:end]
        size = math.sqrt(_take_in(g, m, v, b1, b2) / g.size) + tiny
        inverse, factor = _ONE / np.float32(size), np.float32(correction / size)
        for k in range(g.size):
            u[k] = factor * m[k] * _power(math.sqrt(v[k]) * inverse + floor, power)


@loop
def _pull(move, weights, anchor, strength, out):
    for k in range(out.size):
        out[k] = move[k] + strength[k] * (weights[k] - anchor[k])


@inner_loop
def _take_in(gradient, momentum, second, b1, b2):
    """Both moments of a tile, in place, and the sum of the second."""
    total = np.float32(0.0)
    for k in range(gradient.size):
        g = gradient[k]
        momentum[k] = b1 * momentum[k] + g
        second[k] = b2 * second[k] + (_ONE - b2) * g * g
        total += second[k]
    return total


@inner_loop
def _power(x, exponent):
    """x^exponent = 2^(exponent · log₂ x) of a positive normal number, to 3e-6 of it.

    Without a call, so that the loop around it works on many numbers at once: x = (1 + f) 2^e with
    f between √½ − 1 and √2 − 1, where log₂ (1 + f) / f is nearly a polynomial, and so is 2^y for
    what is left of y without its whole part.
    """
    bits = np.float32(x).view(np.int32)
    e = np.int32(np.int32(bits - _ROOT_HALF) >> _MANTISSA)
    f = np.int32(bits - np.int32(e << _MANTISSA)).view(np.float32) - _ONE
    log = _LOG2[0]
    for c in _LOG2[1:]:
        log = log * f + c
    y = exponent * (np.float32(e) + log * f)
    whole = np.floor(y + _HALF)
    rest = y - whole
    exp = _EXP2[0]
    for c in _EXP2[1:]:
        exp = exp * rest + c
    return exp * np.int32(np.int32(np.int32(whole) + _BIAS) << _MANTISSA).view(np.float32)
