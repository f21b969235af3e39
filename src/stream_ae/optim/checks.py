"""What our optimizers ask of their settings and parameters, and how they refuse the rest.

Parameters that these optimizers would learn wrongly, or not at all, are named when they are given,
not some steps later by an operation deep inside.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from inspect import unwrap
from numbers import Real

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, StateDict

from stream_ae.settings.choices import check_switch

DTYPES = (torch.float32, torch.float64)
"""What is learned. In half precision most steps are smaller than the spacing of the weights."""

_Range = tuple[str, Callable[[float], bool]]
_POSITIVE: _Range = ("positive and finite", lambda value: 0.0 < value < math.inf)
_SHARE: _Range = ("in [0, 1]", lambda value: 0.0 <= value <= 1.0)
_DECAY: _Range = ("in [0, 1)", lambda value: 0.0 <= value < 1.0)

_RANGES: dict[str, _Range] = {
    "lr": _POSITIVE,
    "kappa": _POSITIVE,
    "eps": _POSITIVE,
    "gamma": _SHARE,
    "lamda": _SHARE,
    "beta2": _DECAY,
    "momentum": _DECAY,
    "trust": ("positive", lambda value: value > 0.0),  # infinite: no bound
    "l2_init": ("finite and not negative", lambda value: 0.0 <= value < math.inf),
}

ALIKE_SAMPLES, UNRELATED_SAMPLES = "alike", "unrelated"
"""What ``BoundedGD`` is told of its samples: each is nearly the one before, or is not."""

_SWITCHES = ("bound", "precondition", "nesterov")

_SHARED = ("lr", "bound", "trust", "precondition", "samples")

# As it is wrapped, it imports PyTorch's compiler first: 0.85 s and 66 MiB.
_add_param_group = unwrap(Optimizer.add_param_group)


def add_group(optimizer: Optimizer, group: StateDict, *, alike: bool) -> None:
    """Add a group of parameters to an optimizer as PyTorch does, or leave it as it was.

    Args:
        optimizer: ours.
        group: as ``add_param_group`` takes it; its settings become plain floats.
        alike: what bounds a step is of all parameters together, so that they must have one dtype,
            one device and the same settings, ``l2_init`` apart.

    Raises:
        ValueError: a setting out of range, or a parameter that cannot be learned.
    """
    _add_param_group(optimizer, group)
    try:
        for name in [name for name in group if name in _RANGES]:
            group[name] = _checked(name, group[name])
        for name in [name for name in _SWITCHES if name in group]:
            check_switch(group[name], name=name)
        if group.get("samples", ALIKE_SAMPLES) not in (ALIKE_SAMPLES, UNRELATED_SAMPLES):
            raise ValueError(
                f"samples must be one of {ALIKE_SAMPLES}, {UNRELATED_SAMPLES}, got"
                f" {group['samples']!r}; leave it out for the default"
            )
        for name in [name for name in _SHARED if alike and name in group]:
            _check_shared(name, optimizer.param_groups)
        check_parameters(optimizer.param_groups, alike=alike)
    except ValueError:
        optimizer.param_groups.pop()
        raise


def check_parameters(groups: list[StateDict], *, alike: bool) -> None:
    """Refuse parameters that cannot be learned, by name where they have one.

    Args:
        groups: of an optimizer.
        alike: all must have one dtype and be on one device.

    Raises:
        ValueError: a parameter is not dense, not of :data:`DTYPES`, or not like the others.
    """
    first: Tensor | None = None
    for number, group in enumerate(groups):
        names = group.get("param_names") or range(len(group["params"]))
        for name, parameter in zip(names, group["params"], strict=True):
            it = f"parameter {name!r} of group {number}"
            if parameter.layout != torch.strided or parameter.dtype not in DTYPES:
                is_dense = parameter.layout == torch.strided
                raise ValueError(
                    f"{it} must be dense, of float32 or float64, got"
                    f" {parameter.dtype if is_dense else parameter.layout};"
                    " convert the module beforehand, as module.float() does, or leave it out"
                )
            first = parameter if first is None else first
            if alike and (parameter.dtype, parameter.device) != (first.dtype, first.device):
                raise ValueError(
                    f"{it} must be like the first one, {_kind(first)}, since the bound is over all"
                    f" parameters together, got {_kind(parameter)}; convert or move the whole"
                    " module beforehand, as module.to(…) does"
                )


def check_settings(optimizer: Optimizer, state: StateDict) -> None:
    """Refuse a saved state, before it is taken, that is of another optimizer.

    Args:
        optimizer: that is to go on from it; a copy, which brings all it has, is not looked into.
        state: as ``Optimizer.__setstate__`` takes it.

    Raises:
        ValueError: it lacks a setting.
    """
    if "defaults" in state:
        return
    wanted = optimizer.defaults.keys() - {"differentiable"}  # which PyTorch adds when it likes
    missing = {name for group in state["param_groups"] for name in wanted - group.keys()}
    if missing:
        raise ValueError(
            f"a saved state must be of {type(optimizer).__name__}, got one without"
            f" {', '.join(sorted(missing))}; load what its state_dict gave"
        )


def check_bounded_state(state: StateDict) -> None:
    """Refuse a state of ``BoundedGD``, before it is taken, that is not of these parameters.

    One that was saved before there was ``samples`` is of samples that are alike.

    Raises:
        ValueError: it is of others, or of another optimizer.
    """
    groups = state["param_groups"]
    check_parameters(groups, alike=True)
    entries = sum(parameter.numel() for group in groups for parameter in group["params"])
    for saved in state["state"].values():
        vector = saved.get("momentum", saved.get("home"))
        kept = 0 if vector is None else vector.numel()
        if kept != entries:
            raise ValueError(
                f"a saved state must be of BoundedGD over the same parameters, {entries} numbers,"
                f" got one over {kept}; build the network that it was saved with"
            )
    for group in groups:
        if "precondition" in group:
            group.setdefault("samples", ALIKE_SAMPLES)


def check_not_empty(groups: list[StateDict]) -> None:
    """Refuse groups without a single number to learn.

    Raises:
        ValueError: no parameter has an entry.
    """
    if not any(parameter.numel() for group in groups for parameter in group["params"]):
        raise ValueError(
            "an optimizer needs parameters to learn, got groups without any;"
            " give module.parameters()"
        )


def current_lr(groups: list[StateDict]) -> float:
    """The rate of this step, which a schedule may have changed; with 0 the weights rest.

    Raises:
        ValueError: it is negative or not finite, or differs between the groups.
    """
    for group in groups:
        if not 0.0 <= group["lr"] < math.inf:
            raise ValueError(
                f"lr must be finite and not negative, got {group['lr']}; look at its schedule"
            )
    _check_shared("lr", groups)
    return float(groups[0]["lr"])


def dense_grad(parameter: Tensor) -> Tensor:
    """The gradient of a parameter; zeros where it has none.

    Raises:
        ValueError: it is sparse.
    """
    grad = parameter.grad
    if grad is None:
        return torch.zeros_like(parameter)
    if grad.layout != torch.strided:
        raise ValueError(
            f"a gradient must be dense, got {grad.layout}; use a layer with dense gradients"
        )
    return grad


def one_number(value: object, *, name: str, like: Tensor) -> Tensor:
    """A number, or whatever holds a single one, as a 0-dim tensor.

    Args:
        value: what was given.
        name: of the argument, the beginning of the message.
        like: has the dtype and the device of the result.

    Raises:
        ValueError: it is none, several, or complex.
    """
    found: Tensor | None = None
    if isinstance(value, Tensor):
        found = value
    else:
        with suppress(TypeError, ValueError, RuntimeError):
            found = torch.as_tensor(value, dtype=like.dtype, device=like.device)
    if found is None or found.numel() != 1 or found.is_complex():
        shown = f"{value!r:.60}"
        if isinstance(value, Tensor):
            shown = f"a tensor of shape {tuple(value.shape)} and {value.dtype}"
        raise ValueError(f"{name} must be one number, got {shown}; give one for the whole sample")
    return found.detach().reshape(()).to(like.device, like.dtype)


def _checked(name: str, value: object) -> float:
    wanted, is_valid = _RANGES[name]
    if isinstance(value, Real) and is_valid(float(value)):
        return float(value)
    shown = value if isinstance(value, Real) else repr(value)
    raise ValueError(f"{name} must be {wanted}, got {shown}; leave it out for the default")


def _check_shared(name: str, groups: list[StateDict]) -> None:
    values = [group[name] for group in groups]
    if any(value != values[0] for value in values):
        raise ValueError(
            f"the bound is over all parameters together, so groups share one {name}, got"
            f" {values}; give {name} beside the groups, and a schedule one rule for all"
        )


def _kind(parameter: Tensor) -> str:
    return f"{parameter.dtype} on {parameter.device}"
