"""Optimizers by name: ours, and every one of ``torch.optim`` that can learn from a stream."""

import difflib
import inspect
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch.optim.optimizer import Optimizer

from stream_ae.errors import ConfigError
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD

LEAK = 1.0
"""κ of ``bounded`` here: a stream has cuts, and a network must let go of what is over."""

_OURS: dict[str, Callable[..., Optimizer]] = {
    "bounded": partial(BoundedGD, leak=LEAK),
    "unbounded": partial(BoundedGD, leak=LEAK, bound=False, trust=math.inf),
    "obgd": partial(ObGD, gamma=0.0),
    "adaptive-obgd": partial(AdaptiveObGD, gamma=0.0),
    "muon": Muon,
    "adam-0.95": partial(torch.optim.Adam, betas=(0.9, 0.95)),
}
_REFUSED = {
    "lbfgs": "computes the loss several times in a step, and a frame is seen once",
    "sparseadam": "takes sparse gradients only, and a network that paints pictures has none",
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
    parameters: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
    *,
    lr: float | None = None,
) -> Optimizer:
    """The optimizer of that name.

    ``bounded`` is :class:`~stream_ae.optim.bounded_gd.BoundedGD`, the default of everything here;
    ``unbounded`` is the same direction at a fixed rate.
    ``obgd`` and ``adaptive-obgd`` are :class:`~stream_ae.optim.obgd.ObGD` and
    :class:`~stream_ae.optim.obgd.AdaptiveObGD` with γ = 0: a picture's error is due to the weights
    that painted it, so no trace is needed. They are to be given a scalar prediction's gradient and
    error; for a picture, the root-mean-square error f with target 0, so δ = −f. ``muon`` is
    :class:`~stream_ae.optim.muon.Muon`, and ``adam-0.95`` is Adam with β₂ = 0.95 instead of 0.999:
    the last 20 frames count, which suits a stream.

    Args:
        name: one of :data:`NAMES`, in upper or lower case.
        parameters: what it is to change; groups of parameters may say the ``leak`` that ``bounded``
            has for them, which to all others are one list.
        lr: its learning rate, positive and finite; None for its own default.

    Raises:
        ConfigError: an unknown name, an optimizer that cannot learn from a stream, or a rate out
            of range.

    >>> weights = [torch.nn.Parameter(torch.zeros(3))]
    >>> type(build_optimizer("Adam", weights, lr=0.003)).__name__
    'Adam'
    """
    key = name.lower()
    _check(name, lr=lr)
    kind: Callable[..., Optimizer] = _OURS.get(key) or _TORCH[key]
    settings: dict[str, float] = {} if lr is None else {"lr": lr}
    known = inspect.signature(kind).parameters
    if "foreach" in known:
        settings["foreach"] = True  # few large operations instead of many small ones
    return kind(parameters if "leak" in known else _one_list(parameters), **settings)


def _one_list(
    parameters: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
) -> list[torch.nn.Parameter]:
    groups = [p["params"] if isinstance(p, dict) else [p] for p in parameters]
    return [parameter for group in groups for parameter in group]


def _check(name: str, *, lr: float | None) -> None:
    key = name.lower()
    if key in _REFUSED:
        raise ConfigError(
            f"the optimizer {name!r} {_REFUSED[key]}; choose one of {', '.join(NAMES)}"
        )
    if key not in NAMES:
        close = difflib.get_close_matches(key, NAMES)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        raise ConfigError(f"unknown optimizer {name!r}; {meant}choose one of {', '.join(NAMES)}")
    if lr is not None and not 0 < lr < math.inf:
        raise ConfigError(
            f"lr must be positive and finite, got {lr}; leave it out for the optimizer's default"
        )
