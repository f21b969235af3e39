"""Who takes part in a benchmark of learning: optimizers, by name or with a rate.

Names and rates are checked before anything is measured, since a misspelt word should not end a
benchmark after an hour.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from stream_ae.errors import ConfigError
from stream_ae.optim.registry import build_optimizer
from stream_ae.settings.at_place import is_place

GRIDS = {
    "adam": (3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 3e-2),
    "adam-0.95": (3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 3e-2),
    "muon": (3e-3, 1e-2, 2e-2, 3e-2, 6e-2, 1e-1),
    "sgd": (3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0),
    "unbounded": (5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2),
}
"""The rates at which an optimizer is tried; finer where earlier trials found the best."""


FROZEN = "frozen"
"""A name for no optimizer: the first network, which learns nothing, so that everybody sees how much
is learned."""

NO_MAP = "-no-map"
"""Behind an optimizer's name: it trains the network without its learned spatial bias."""


class Contestant(NamedTuple):
    """An optimizer that takes part.

    Args:
        text: as it was given, ``name`` or ``name:lr``.
        name: of the optimizer, with :data:`NO_MAP` behind it or not.
        lr: its rate; None for the one that it has by itself.
    """

    text: str
    name: str
    lr: float | None

    @property
    def rates(self) -> tuple[float | None, ...]:
        """The rates to try: the one given, else the grid, else its own."""
        grid = GRIDS.get(self.name.removesuffix(NO_MAP), (None,))
        return grid if self.lr is None else (self.lr,)


def name_of(text: str) -> str:
    """The optimizer's name in ``name`` or ``name:lr``.

    >>> name_of("adam:0.003"), name_of("my.optim:Mine:0.1")
    ('adam', 'my.optim:Mine')
    """
    return _parts(text)[0]


def read_contestants(texts: Sequence[str]) -> list[Contestant]:
    """The optimizers that are named.

    Args:
        texts: each ``name`` or ``name:lr``, ``name`` as for
            :func:`~stream_ae.optim.registry.build_optimizer`, or that and :data:`NO_MAP`; or
            :data:`FROZEN`.

    Raises:
        ConfigError: no such optimizer, a rate that is none, or one named twice.

    >>> read_contestants(["adam:0.003"])
    [Contestant(text='adam:0.003', name='adam', lr=0.003)]
    """
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise ConfigError(f"an optimizer is compared once, got {twice[0]!r} twice; leave one out")
    return [_read(text) for text in texts]


def _read(text: str) -> Contestant:
    if text.lower() == FROZEN:
        return Contestant(text, FROZEN, None)
    name, lr = _parts(text)
    weights = [torch.nn.Parameter(torch.zeros(2, 2))]
    build_optimizer(name.removesuffix(NO_MAP), weights, lr=lr)  # raises if it cannot
    return Contestant(text, name, lr)


def _parts(text: str) -> tuple[str, float | None]:
    """Name and rate; what is no number but begins like a class is a part of the name."""
    name, colon, rate = text.rpartition(":")
    if not colon:
        return text.lower(), None
    try:
        return (name if is_place(name) else name.lower()), float(rate)
    except ValueError as error:
        if rate[:1].isupper():
            return text, None
        raise ConfigError(
            f"an optimizer must be name or name:lr, got {text!r}; lr is a number, as in adam:0.003"
        ) from error
