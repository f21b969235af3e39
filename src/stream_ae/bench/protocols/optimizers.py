"""``BoundedGD`` without a setting beside Adam and SGD at their best of six rates, without video.

Eight small streams, one sample a step, each scored before it is learned. A rate is chosen by the
mean error over all seeds, and the end is that of the same rate.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

import torch

from stream_ae.bench.rows import JSON, Row
from stream_ae.bench.small import blob, classification, regression, sensors, text, values
from stream_ae.bench.small.problem import Problem
from stream_ae.bench.small.race import Build, mean_and_end
from stream_ae.bench.table import Column, metric
from stream_ae.errors import ConfigError
from stream_ae.learning.device import set_up
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.obgd import ObGD

STREAMS: MappingProxyType[str, Callable[[int], Problem]] = MappingProxyType(
    {
        "correlated": regression.correlated,
        "shuffled": regression.shuffled,
        "hyperplane": classification.hyperplane,
        "radial": classification.radial,
        "blob": blob.moving_blob,
        "walk": values.walk,
        "text": text.sentences,
        "sensors": sensors.gaps,
    }
)
"""What makes each stream, by its name, from a seed."""

ADAM_RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
SGD_RATES = (3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
"""Those at which Adam and SGD are tried, from too low to too high on nearly every stream."""

REPEATS = 3
"""Seeds of each row."""

COLUMNS: tuple[Column, ...] = (
    metric("mean", "mean", width=8, digits=4),
    metric("end", "end", width=8, digits=4),
    metric("lr", "lr", width=7, digits=4),
)
"""The mean error, that over the last quarter, and the rate chosen."""


class _Rate(NamedTuple):
    lr: float | None
    build: Build


def bench_optimizers(streams: Sequence[str] = (), *, repeats: int = REPEATS) -> Iterator[Row]:
    """A row for each stream and method: ``constant``, ``bounded``, ``adam``, ``sgd``.

    ``constant`` is the best constant prediction, known in hindsight. The stream of values also has
    ``obgd``, as published.

    Args:
        streams: of :data:`STREAMS`; empty for all.
        repeats: seeds 0, 1, …, over which errors are averaged.

    Raises:
        ConfigError: there is no such stream.
    """
    for name in streams:
        if name not in STREAMS:
            raise ConfigError(f"unknown stream {name!r}; choose one of {', '.join(STREAMS)}")
    set_up(threads=1, seed=0)
    for name in streams or STREAMS:
        make = STREAMS[name]
        constants = [make(seed).constant for seed in range(repeats)]
        constant = sum(constants) / repeats
        yield {"source": name, "method": "constant", "mean": constant, "end": None, "lr": None}
        for method, rates in _methods(name).items():
            yield {"source": name, "method": method, **_best(make, rates, repeats=repeats)}


def _methods(stream: str) -> dict[str, list[_Rate]]:
    methods = {
        "bounded": [_Rate(None, BoundedGD)],
        "adam": [_Rate(lr, partial(torch.optim.Adam, lr=lr)) for lr in ADAM_RATES],
        "sgd": [_Rate(lr, partial(torch.optim.SGD, lr=lr)) for lr in SGD_RATES],
    }
    if stream == "walk":
        methods["obgd"] = [_Rate(None, ObGD)]
    return methods


def _best(
    make: Callable[[int], Problem], rates: Sequence[_Rate], *, repeats: int
) -> dict[str, JSON]:
    """The rate with the least mean error, and what came of all of them."""
    found = []
    for rate in rates:
        runs = [mean_and_end(make(seed), rate.build) for seed in range(repeats)]
        mean, end = (sum(each) / repeats for each in zip(*runs, strict=True))
        found.append((mean, end, rate.lr))
    mean, end, lr = min(found, key=lambda one: one[0])
    tried: list[JSON] = [
        {"lr": rate, "mean": _finite(its_mean), "end": _finite(its_end)}
        for its_mean, its_end, rate in found
    ]
    return {"mean": _finite(mean), "end": _finite(end), "lr": lr, "tried": tried}


def _finite(error: float) -> float | None:
    """None for an error that is infinite, which JSON does not know."""
    return error if isfinite(error) else None
