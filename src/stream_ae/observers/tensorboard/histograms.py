"""Histograms of many tensors in one pass over all of them.

A network has dozens of small parameters. Counting each for itself costs dozens of small kernels
and, on a GPU, as many waits; laid end to end they cost as much as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_POSITIVE = 1e-12 * 1.2 ** np.arange(304)
EDGES: NDArray[np.float64] = np.concatenate([-_POSITIVE[::-1], _POSITIVE])
"""Where two buckets meet: ±1e-12 · 1.2^k up to 1e12, fine near zero, where weights live."""

_LIMITS = np.append(EDGES, np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How the finite values of one tensor are spread.

    Args:
        count: how many there are.
        low: the lowest, exactly.
        high: the highest, exactly.
        total: their sum in float64.
        squares: the sum of their squares in float64.
        limits: upper edges of the buckets, increasing, (k,) float64. The first bucket begins at
            ``low``, each other where the one before ends.
        counts: values in each bucket, (k,) float64.
    """

    count: int
    low: float
    high: float
    total: float
    squares: float
    limits: NDArray[np.float64]
    counts: NDArray[np.float64]


@torch.no_grad()
def take_histograms(tensors: Mapping[str, Tensor]) -> dict[str, Histogram]:
    """The histogram of each tensor by its name, with one transfer to the host for all.

    Args:
        tensors: of any shape and floating type, on one device. Values that are not finite are
            passed over; a tensor without a finite value is left out.
    """
    sizes = [tensor.numel() for tensor in tensors.values()]
    if not any(sizes):
        return {}
    values = torch.cat([tensor.detach().reshape(-1).double() for tensor in tensors.values()])
    owner = torch.repeat_interleave(
        torch.tensor(sizes, device=values.device), output_size=sum(sizes)
    )
    edges = torch.from_numpy(EDGES).to(values.device)
    buckets = len(edges) + 1

    finite = torch.isfinite(values)
    clean = torch.where(finite, values, 0.0)
    place = owner * buckets + torch.bucketize(clean, edges)
    zeros = values.new_zeros(len(sizes))
    infinite = zeros + torch.inf
    columns = [
        values.new_zeros(len(sizes) * buckets).index_add_(0, place, finite.double()),
        infinite.scatter_reduce(0, owner, torch.where(finite, values, torch.inf), "amin"),
        (-infinite).scatter_reduce(0, owner, torch.where(finite, values, -torch.inf), "amax"),
        zeros.index_add(0, owner, clean),
        zeros.index_add(0, owner, clean.square()),
    ]
    table = torch.cat([column.reshape(len(sizes), -1) for column in columns], dim=1).cpu().numpy()
    every = {name: _histogram(row) for name, row in zip(tensors, table, strict=True)}
    return {name: histogram for name, histogram in every.items() if histogram.count}


def _histogram(row: NDArray[np.float64]) -> Histogram:
    """One row of the table: counts of all buckets, low, high, sum, sum of squares."""
    counts, (low, high, total, squares) = row[:-4], row[-4:].tolist()
    filled = np.flatnonzero(counts)
    # The bucket before a filled one says where that one begins, so it stays even if it is empty.
    kept = np.union1d(filled, filled[1:] - 1)
    return Histogram(
        count=int(counts.sum()),
        low=low,
        high=high,
        total=total,
        squares=squares,
        limits=_LIMITS[kept],
        counts=counts[kept],
    )
