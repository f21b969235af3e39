"""Optimizers by name: ours, and every one of ``torch.optim`` that can learn from a stream."""

import difflib
import inspect
import math
from collections.abc import Callable
from functools import partial
from numbers import Real

import torch
from torch.optim.optimizer import Optimizer, ParamsT

from stream_ae.errors import ConfigError
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.imported import imported_optimizer
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD
from stream_ae.settings.at_place import is_place

L2_INIT = 1.0
"""κ of ``bounded`` here: a stream has cuts, and a network must forget the scene that is over."""

_OURS: dict[str, Callable[..., Optimizer]] = {
    "bounded": partial(BoundedGD, l2_init=L2_INIT, samples="alike"),
    "unbounded": partial(BoundedGD, l2_init=L2_INIT, bound=False, trust=math.inf, samples="alike"),
    "obgd": partial(ObGD, gamma=0.0),
    "adaptive-obgd": partial(AdaptiveObGD, gamma=0.0),
    "muon": Muon,
    "adam-0.95": partial(torch.optim.Adam, betas=(0.9, 0.95)),
}
_REFUSED = {
    "lbfgs": "computes the loss several times in a step, and a frame is seen once",
    "sparseadam": "takes sparse gradients only, and a network that reconstructs frames has none",
}
_TORCH = {
    name.lower(): kind
    for name, kind in vars(torch.optim).items()
    if inspect.isclass(kind) and issubclass(kind, Optimizer) and kind is not Optimizer
}

NAMES = tuple(sorted((_OURS.keys() | _TORCH.keys()) - _REFUSED.keys()))
"""Every name that :func:`build_optimizer` takes."""


def build_optimizer(
    name: str,
    parameters: ParamsT,
    *,
    lr: float | None = None,
) -> Optimizer:
    """The optimizer of that name.

    ``bounded`` is :class:`~stream_ae.optim.bounded_gd.BoundedGD` for samples that are alike, the
    default of everything here; ``unbounded`` is the same direction at a fixed rate.
    ``obgd`` and ``adaptive-obgd`` are :class:`~stream_ae.optim.obgd.ObGD` and
    :class:`~stream_ae.optim.obgd.AdaptiveObGD` with γ = 0: the error of a reconstruction is due to
    the weights that made it, so no trace is needed. ``muon`` is
    :class:`~stream_ae.optim.muon.Muon`, and ``adam-0.95`` is Adam with β₂ = 0.95 instead of 0.999:
    the last 20 frames count, which suits a stream.

    Args:
        name: one of :data:`NAMES`, in upper or lower case; or ``package.module:Class``, any
            optimizer that can be imported.
        parameters: what it is to change; groups of parameters may have an ``l2_init`` of their own,
            which ``bounded`` takes. All others are given one list.
        lr: its learning rate, positive and finite; None for its own default.

    Raises:
        ConfigError: an unknown name, an optimizer that cannot learn from a stream, or a rate out
            of range.

    >>> weights = [torch.nn.Parameter(torch.zeros(3))]
    >>> type(build_optimizer("Adam", weights, lr=0.003)).__name__
    'Adam'
    """
    _check(name, lr=lr)
    kind = imported_optimizer(name) if is_place(name) else _known(name.lower())
    settings: dict[str, float] = {} if lr is None else {"lr": lr}
    known = inspect.signature(kind).parameters
    if "foreach" in known:
        settings["foreach"] = True  # few large operations instead of many small ones
    try:
        return kind(parameters if "l2_init" in known else _one_list(parameters), **settings)
    except TypeError as error:
        if not is_place(name):
            raise
        raise ConfigError(
            f"the optimizer must be made of parameters, with lr or without, got {name!r}: {error};"
            " give its other arguments a default"
        ) from error


def _known(key: str) -> Callable[..., Optimizer]:
    return _OURS.get(key) or _TORCH[key]


def _one_list(parameters: ParamsT) -> list[torch.Tensor]:
    """All parameters of all groups."""
    listed: list[torch.Tensor] = []
    for entry in parameters:
        if isinstance(entry, dict):
            listed += entry["params"]
        else:
            listed.append(entry[1] if isinstance(entry, tuple) else entry)
    return listed


def check_streams(name: str) -> None:
    """See that an optimizer can learn from a stream; one that is unknown may.

    Raises:
        ConfigError: it is one of those that can't.
    """
    reason = _REFUSED.get(name.lower())
    if reason is not None:
        raise ConfigError(f"the optimizer {name!r} {reason}; choose one of {', '.join(NAMES)}")


def _check(name: str, *, lr: float | None) -> None:
    key = name.lower()
    check_streams(name)
    if key not in NAMES and not is_place(name):
        close = difflib.get_close_matches(key, NAMES)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        raise ConfigError(f"unknown optimizer {name!r}; {meant}choose one of {', '.join(NAMES)}")
    if lr is not None and not (isinstance(lr, Real) and 0 < lr < math.inf):
        shown = lr if isinstance(lr, Real) else repr(lr)
        raise ConfigError(
            f"lr must be positive and finite, got {shown}; leave it out for the optimizer's default"
        )
