"""Histograms of many tensors, in the buckets that TensorBoard's own writer uses.

A network has dozens of small parameters. On a GPU each copy to the host is a wait, so all of them
are laid end to end and copied at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_POSITIVE = 1e-12 * 1.2 ** np.arange(304)
EDGES: NDArray[np.float64] = np.concatenate([-_POSITIVE[::-1], _POSITIVE])
"""Where two buckets meet: ±1e-12 · 1.2^k up to 1e12, fine near zero, where weights are."""

_LARGEST = np.finfo(np.float64).max
_BINS = np.concatenate([[-_LARGEST], EDGES, [_LARGEST]])


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How the finite values of one tensor are distributed.

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


def take_histograms(tensors: Mapping[str, Tensor]) -> dict[str, Histogram]:
    """The histogram of each tensor by its name, with one transfer to the host for all.

    Args:
        tensors: of any shape and floating type, on one device. Values that are not finite are
            left out, and so is a tensor without a finite value.
    """
    if not tensors:
        return {}
    flat = [tensor.detach().reshape(-1).double() for tensor in tensors.values()]
    ends = np.cumsum([len(values) for values in flat])
    parts = np.split(torch.cat(flat).cpu().numpy(), ends[:-1])
    finite = {name: part[np.isfinite(part)] for name, part in zip(tensors, parts, strict=True)}
    return {name: _histogram(values) for name, values in finite.items() if values.size}


def _histogram(values: NDArray[np.float64]) -> Histogram:
    counts, _ = np.histogram(values, _BINS)
    filled = np.flatnonzero(counts)
    # The bucket before a filled one says where that one begins, so it stays even if it is empty.
    kept = np.union1d(filled, filled[1:] - 1)
    return Histogram(
        count=values.size,
        low=float(values.min()),
        high=float(values.max()),
        total=float(values.sum()),
        squares=float(values @ values),
        limits=_BINS[1:][kept],
        counts=counts[kept].astype(np.float64),
    )
