"""All weights of a network in one vector, ordered so that equal shapes lie side by side.

A network is tens of small weights, and an operation on each costs more in calls than in arithmetic.
In one vector what goes entry by entry is one operation, and what goes matrix by matrix is one for
each *block*: a stack of tiles of one shape.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TILE = 16
"""A matrix, or the (out, in) of a convolution, is cut into tiles of this length where that divides
it (as in Anil et al. 2020, "Scalable second order optimization"): statistics of a tile cost
little, and weights of many shapes become one block."""

Shape = tuple[int, ...]


class Block(NamedTuple):
    """Consecutive entries of the vector.

    Args:
        tiles: how many.
        shape: of one tile; (n,) of the parameters with fewer than two axes, which are one tile.
    """

    tiles: int
    shape: Shape

    @property
    def size(self) -> int:
        """Entries of all its tiles."""
        return self.tiles * math.prod(self.shape)


class _Place(NamedTuple):
    """Where a parameter lies: which it is, its shape and size, and how it is cut."""

    number: int
    shape: Shape
    size: int
    grid: Shape | None


class Blocks:
    """Where every parameter lies in the vector; iterating gives the blocks in their order.

    Args:
        parameters: of one dtype, on one device.

    >>> list(Blocks([torch.zeros(48, 16), torch.zeros(16), torch.zeros(16, 64)]))
    [Block(tiles=7, shape=(16, 16)), Block(tiles=1, shape=(16,))]
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        shapes = [tuple(parameter.shape) for parameter in parameters]
        tiles = [_tile(_matrix(shape)) for shape in shapes]
        kinds = sorted(set(tiles), key=tiles.index)
        kinds.sort(key=lambda shape: not shape)  # vectors last
        order = [i for kind in kinds for i, tile in enumerate(tiles) if tile == kind]
        self._places = [
            _Place(i, shapes[i], parameters[i].numel(), _grid(shapes[i])) for i in order
        ]
        self._sizes = [place.size for place in self._places]
        self._blocks = []
        for kind in kinds:
            size = sum(place.size for place in self._places if tiles[place.number] == kind)
            self._blocks.append(Block(size // math.prod(kind), kind) if kind else Block(1, (size,)))

        sizes = [math.prod(block.shape) for block in self._blocks for _ in range(block.tiles)]
        self.edges: NDArray[np.int64] = np.cumsum([0, *sizes])
        """Where each tile begins in the vector, and the vector's length."""

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def gather(self, tensors: Sequence[Tensor]) -> Tensor:
        """The vector (n,) of tensors that have the parameters' shapes; a copy."""
        return torch.cat(
            [
                tensors[number].reshape(-1)
                if grid is None
                else tensors[number].reshape(grid).transpose(1, 2).reshape(-1)
                for number, _, _, grid in self._places
            ]
        )

    def scatter(self, vector: Tensor) -> list[Tensor]:
        """Tensors of the parameters' shapes, from a vector (n,)."""
        tensors = [vector] * len(self._places)
        parts = torch.split(vector, self._sizes)
        for (number, shape, _, grid), part in zip(self._places, parts, strict=True):
            if grid is None:
                tensors[number] = part.view(shape)
            else:
                rows, a, columns, b, *rest = grid
                tiles = part.view(rows, columns, a, b, *rest)
                tensors[number] = tiles.transpose(1, 2).reshape(shape)
        return tensors

    def split(self, vector: Tensor) -> list[Tensor]:
        """Every block as a stack (count, *shape), a view of a vector (n,)."""
        parts = torch.split(vector, [block.size for block in self._blocks])
        return [
            part.view(block.tiles, *block.shape)
            for part, block in zip(parts, self._blocks, strict=True)
        ]

    def join(self, stacks: Sequence[Tensor]) -> Tensor:
        """The vector (n,) of stacks as :meth:`split` gives them; a copy."""
        return torch.cat([stack.flatten() for stack in stacks])


def _matrix(shape: Shape) -> Shape:
    """(out, in, k · k) of a convolution, (rows, columns) of a matrix or of a stack of tables."""
    if len(shape) == 3:
        return (shape[0] * shape[1], shape[2])
    return (*shape[:2], math.prod(shape[2:])) if len(shape) > 3 else tuple(shape)


def _tile(shape: Shape) -> Shape:
    """The shape of a matrix's tiles; () of a vector."""
    if len(shape) < 2:
        return ()
    return (*(TILE if n % TILE == 0 else n for n in shape[:2]), *shape[2:])


def _grid(shape: Shape) -> Shape | None:
    """How a parameter is seen as a grid of tiles, (rows, a, columns, b, …).

    None where the tiles follow one another in memory as it is: one in each row, or a vector.
    """
    whole = _matrix(shape)
    tile = _tile(whole)
    if not tile or tile[1] == whole[1]:
        return None
    return (whole[0] // tile[0], tile[0], whole[1] // tile[1], tile[1], *tile[2:])
