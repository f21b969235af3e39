"""All weights of a network in one vector, ordered so that equal shapes lie side by side.

A network is tens of small weights, and an operation on each costs more in calls than in arithmetic.
In one vector what goes entry by entry is one operation, and what goes matrix by matrix is one for
each *stack* of tiles of one shape.

How a matrix of 48 × 32 is cut into tiles of 16 × 16, and in which order they follow each other in
the vector::

    weight (48, 32)          seen as (3, 16, 2, 16)          axes 1 and 2 swapped: (3, 2, 16, 16)

    ┌────┬────┐              rows = 3 tiles of 16            tile 0, tile 1, …, tile 5, each of
    │  0 │  1 │              columns = 2 tiles of 16         16 × 16 contiguous entries
    ├────┼────┤
    │  2 │  3 │
    ├────┼────┤
    │  4 │  5 │
    └────┴────┘
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TILE = 16
"""Side of a tile. A matrix, or the (out, in) of a convolution, is cut along each axis that this
divides (as in Anil et al. 2020, "Scalable second order optimization"): statistics of a tile cost
little, and weights of many shapes become one stack."""

Shape = tuple[int, ...]


class TileStack(NamedTuple):
    """Tiles of one shape, which are consecutive entries of the vector.

    Args:
        tiles: how many.
        shape: of one tile; all parameters with fewer than two axes are one tile (n,) together.
    """

    tiles: int
    shape: Shape

    @property
    def size(self) -> int:
        """Entries of all its tiles."""
        return self.tiles * math.prod(self.shape)


class _Position(NamedTuple):
    """A parameter in the vector: its number among all, its shape and size, and how it is cut."""

    number: int
    shape: Shape
    size: int
    grid: Shape | None


class Tiling:
    """The position of every parameter in the vector; iterating gives the stacks in their order.

    Args:
        parameters: of one dtype, on one device.

    >>> list(Tiling([torch.zeros(48, 16), torch.zeros(16), torch.zeros(16, 64)]))
    [TileStack(tiles=7, shape=(16, 16)), TileStack(tiles=1, shape=(16,))]
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        shapes = [tuple(parameter.shape) for parameter in parameters]
        tiles = [_tile(_matrix(shape)) for shape in shapes]
        kinds = sorted(set(tiles), key=tiles.index)
        kinds.sort(key=lambda shape: not shape)  # vectors last
        order = [i for kind in kinds for i, tile in enumerate(tiles) if tile == kind]
        self._positions = [
            _Position(i, shapes[i], parameters[i].numel(), _grid(shapes[i])) for i in order
        ]
        self._sizes = [position.size for position in self._positions]
        self._stacks = []
        for kind in kinds:
            size = sum(at.size for at in self._positions if tiles[at.number] == kind)
            stack = TileStack(size // math.prod(kind), kind) if kind else TileStack(1, (size,))
            self._stacks.append(stack)

        sizes = [math.prod(stack.shape) for stack in self._stacks for _ in range(stack.tiles)]
        self.offsets: NDArray[np.int64] = np.cumsum([0, *sizes])
        """Where each tile begins in the vector, and the vector's length."""

    def __iter__(self) -> Iterator[TileStack]:
        return iter(self._stacks)

    def gather(self, tensors: Sequence[Tensor]) -> Tensor:
        """The vector (n,) of tensors that have the parameters' shapes; a copy."""
        return TiledVector(self, like=tensors[0]).gather(tensors)

    def views(self, vector: Tensor) -> list[Tensor]:
        """The part of each parameter in a vector (n,), in the vector's order, cut as it is."""
        views = []
        for (_, shape, _, grid), part in zip(
            self._positions, torch.split(vector, self._sizes), strict=True
        ):
            if grid is None:
                views.append(part.view(shape))
            else:
                rows, a, columns, b, *rest = grid
                views.append(part.view(rows, columns, a, b, *rest).transpose(1, 2))
        return views

    def as_views(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Tensors of the parameters' shapes in the order and the shapes of :meth:`views`."""
        return [
            tensors[number] if grid is None else tensors[number].reshape(grid)
            for number, _, _, grid in self._positions
        ]

    def from_views(self, views: Sequence[Tensor]) -> list[Tensor]:
        """Tensors of the parameters' shapes, in their order, from those of :meth:`views`."""
        tensors = [*views]
        for (number, shape, _, _), view in zip(self._positions, views, strict=True):
            tensors[number] = view.reshape(shape)
        return tensors

    def split(self, vector: Tensor) -> list[Tensor]:
        """Every stack (tiles, *shape), a view of a vector (n,)."""
        parts = torch.split(vector, [stack.size for stack in self._stacks])
        return [
            part.view(stack.tiles, *stack.shape)
            for part, stack in zip(parts, self._stacks, strict=True)
        ]

    def join(self, stacks: Sequence[Tensor]) -> Tensor:
        """The vector (n,) of stacks as :meth:`split` gives them; a copy."""
        return torch.cat([stack.flatten() for stack in stacks])


class TiledVector:
    """A vector that is filled at every step, with views of its parts: making those costs most.

    Args:
        tiling: which part is whose.
        like: a tensor of its dtype, on its device.
    """

    def __init__(self, tiling: Tiling, *, like: Tensor) -> None:
        self._tiling, self.kind = tiling, (like.dtype, like.device)
        self.values = torch.empty(int(tiling.offsets[-1]), dtype=like.dtype, device=like.device)
        """The vector, (n,)."""
        self._parts = tiling.views(self.values)

    def gather(self, tensors: Sequence[Tensor]) -> Tensor:
        """Fill it as :meth:`Tiling.gather` does; the vector itself, which the next call changes."""
        torch._foreach_copy_(self._parts, self._tiling.as_views(tensors))
        return self.values

    def scatter(self, vector: Tensor) -> list[Tensor]:
        """Tensors of the parameters' shapes, from a vector (n,); the next call changes them."""
        self.values.copy_(vector)
        return self._tiling.from_views(self._parts)


def _matrix(shape: Shape) -> Shape:
    """(out, in, k · k) of a convolution, (rows, columns) of a matrix or of a stack of matrices."""
    if len(shape) == 3:
        return (shape[0] * shape[1], shape[2])
    return (*shape[:2], math.prod(shape[2:])) if len(shape) > 3 else tuple(shape)


def _tile(shape: Shape) -> Shape:
    """The shape of a matrix's tiles; () of a vector, and of what has no entries."""
    if len(shape) < 2 or 0 in shape:
        return ()
    return (*(TILE if n % TILE == 0 else n for n in shape[:2]), *shape[2:])


def _grid(shape: Shape) -> Shape | None:
    """The grid of tiles that a parameter is seen as, (rows, a, columns, b, …).

    None where the tiles follow one another in memory as it is: one in each row, or a vector. Then
    nothing has to be swapped, and nothing copied.
    """
    whole = _matrix(shape)
    tile = _tile(whole)
    if not tile or tile[1] == whole[1]:
        return None
    return (whole[0] // tile[0], tile[0], whole[1] // tile[1], tile[1], *tile[2:])
