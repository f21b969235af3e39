"""Sparse initialisation: most incoming weights of each unit start at zero.

Units that see different parts of their input disturb each other less, which is what learning from
one sample at a time needs.

Elsayed, Vasan, Mahmood, "Streaming Deep Reinforcement Learning Finally Works", 2024
(arXiv:2410.14606), SparseInit; the scale is that of LeCun et al., "Efficient BackProp", 1998.
"""

import math

import torch
from torch import nn


@torch.no_grad()
def sparse_init(
    weight: torch.Tensor,
    sparsity: float = 0.9,
    *,
    transposed: bool = False,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a weight in place: for each output unit an exact share is zero, the rest is uniform.

    A unit with n incoming weights gets ``round(sparsity · n)`` zeros at random places, but at
    most n − 1, so that none is left without input. The rest is drawn from U(−1/√n, 1/√n), where
    n counts the zeros, too, as published.

    Args:
        weight: of a linear layer (out, in), a convolution (out, in, kh, kw) or, ``transposed``,
            a transposed one (in, out, kh, kw); of any dtype of floating point, on any device.
        sparsity: the share of zeros, in [0, 1).
        transposed: the output units are along the second axis, not the first.
        generator: where the random numbers come from; by default torch's own for the CPU, so
            that a seed means the same weights on every device.

    Returns:
        ``weight``.

    Raises:
        ValueError: ``sparsity`` out of range, or a weight that has no axis of inputs.
        TypeError: a weight that is not of floating point.

    >>> weight = sparse_init(torch.empty(4, 10), 0.9)
    >>> (weight == 0).sum(dim=1)
    tensor([9, 9, 9, 9])
    """
    _check(weight, sparsity)
    units = weight.transpose(0, 1) if transposed else weight  # (out, in, ...)
    out, fan_in = units.shape[0], units[0].numel()
    bound = 1 / math.sqrt(fan_in)
    zeros = min(round(sparsity * fan_in), fan_in - 1)
    device = "cpu" if generator is None else generator.device
    values = torch.empty(out, fan_in, device=device).uniform_(-bound, bound, generator=generator)
    places = torch.rand(out, fan_in, device=device, generator=generator).argsort(dim=1)
    values.scatter_(1, places[:, :zeros], 0.0)
    units.copy_(values.reshape(units.shape))
    return weight


def initialise(module: nn.Module, sparsity: float = 0.9) -> None:
    """Apply :func:`sparse_init` to every linear layer and convolution of a network.

    Their biases become zero. Anything else, normalisation above all, stays as it is.

    Args:
        module: changed in place, with all that it contains.
        sparsity: the share of zeros among the incoming weights of each unit, in [0, 1).
    """
    for layer in module.modules():
        if isinstance(layer, nn.ConvTranspose2d):
            for group in layer.weight.chunk(layer.groups, dim=0):  # its inputs by groups
                sparse_init(group, sparsity, transposed=True)
        elif isinstance(layer, nn.Linear | nn.Conv2d):
            sparse_init(layer.weight, sparsity)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _check(weight: torch.Tensor, sparsity: float) -> None:
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity must be in [0, 1), got {sparsity}; 0.9 is the published one")
    if weight.ndim < 2 or weight.numel() == 0:
        raise ValueError(
            f"a weight must be (out, in, …) and not empty, got {tuple(weight.shape)};"
            " give the weight of a linear layer or a convolution"
        )
    if not weight.is_floating_point():
        raise TypeError(
            f"a weight must be of floating point, got {weight.dtype}; convert it beforehand"
        )
