"""The first weights of the network: sparse ones, and cosines for the direct path.

*Sparse*: most incoming weights of each unit start at zero. Units that see different parts of their
input disturb each other less, which is what learning from one sample at a time needs.

Elsayed, Vasan, Mahmood, "Streaming Deep Reinforcement Learning Finally Works", 2024
(arXiv:2410.14606), SparseInit; the scale is that of LeCun et al., "Efficient BackProp", 1998.

*Cosines*: the direct path begins as the lowest terms of the discrete cosine transform of every
block of pixels (Ahmed, Natarajan, Rao 1974, "Discrete Cosine Transform"). They are close to the
principal components of small blocks of any natural picture, so that there is one from the first
frame on.
"""

import math
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

BLOCK_SIDE = 8
"""Side of a block in pixels."""

COLOUR_SHARE = 3 / 16
"""Which share of the cosines goes to each of the two differences of colours; brightness has the
rest: 10, 3 and 3 of 16."""


@torch.no_grad()
def sparse_init(
    weight: Tensor,
    sparsity: float = 0.9,
    *,
    transposed: bool = False,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a weight in place: for each output unit an exact share is zero, the rest is uniform.

    A unit with n incoming weights gets ``round(sparsity · n)`` zeros at random positions, but at
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
    # In float32 whatever the default is: a seed means the same weights.
    values = torch.empty(out, fan_in, dtype=torch.float32, device=device)
    values.uniform_(-bound, bound, generator=generator)
    order = torch.rand(out, fan_in, dtype=torch.float32, device=device, generator=generator)
    values.scatter_(1, order.argsort(dim=1)[:, :zeros], 0.0)
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


class Filled(TorchFunctionMode):
    """Fill in what calls of PyTorch leave open, in this thread and inside ``with``.

    Layers draw their first weights from the generator and in the type that the whole process
    shares, and take no other. Both are arguments of the calls that they make in the end.

    Args:
        arguments: by name, for those that are None.
    """

    def __init__(self, arguments: Mapping[str, object]) -> None:
        super().__init__()
        self._arguments = arguments

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        """Call ``func`` with what it lacks."""
        filled = {
            name: self._arguments.get(name) if value is None else value
            for name, value in (kwargs or {}).items()
        }
        return func(*args, **filled)


def cosines(count: int) -> Tensor:
    """Orthonormal filters, (count, 3, 8, 8): brightness first, each colour by rising frequency.

    The one-dimensional cosine k of a block of n pixels is √(2/n) cos((2 x + 1) k π / 2 n), and
    1/√n for k = 0 (Ahmed, Natarajan, Rao 1974, eq. 1); a filter is the product of a row's, a
    column's and a colour's.
    """
    x = torch.arange(BLOCK_SIDE, dtype=torch.float32)
    waves = [torch.cos((2 * x + 1) * k * math.pi / (2 * BLOCK_SIDE)) for k in range(BLOCK_SIDE)]
    waves = [wave / wave.norm() for wave in waves]
    frequencies = sorted(
        ((row, column) for row in range(BLOCK_SIDE) for column in range(BLOCK_SIDE)),
        key=lambda pair: (sum(pair), pair),
    )
    colours = torch.tensor(
        [[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]], dtype=torch.float32
    )
    colours /= colours.norm(dim=1, keepdim=True)
    of_colour = int(COLOUR_SHARE * count)
    terms = (count - 2 * of_colour, of_colour, of_colour)
    filters = [
        colour[:, None, None] * torch.outer(waves[row], waves[column])
        for colour, some in zip(colours, terms, strict=True)
        for row, column in frequencies[:some]
    ]
    return torch.stack(filters)


def _check(weight: Tensor, sparsity: float) -> None:
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
