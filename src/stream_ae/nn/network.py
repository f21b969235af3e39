"""What a learner asks of a network, so that one of your own can take the place of ours.

Any ``torch.nn.Module`` will do that makes an image out of a frame. :class:`Network` has the two
methods that are used; the second one may be missing.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.parameter import UninitializedParameter

from stream_ae.nn.autoencoder import SIZES, Reconstruction, seeded
from stream_ae.settings.choices import SIZE, Size, check_choice

Groups = Sequence[dict[str, list[nn.Parameter] | float]]
"""Parameters in groups, as every optimizer of PyTorch takes them."""

_WANTED = "a network must be a torch.nn.Module with a method forward(frame)"


@runtime_checkable
class Network(Protocol):
    """The two methods of a network that a learner uses; the second one may be missing."""

    def forward(self, frame: Tensor) -> Reconstruction | tuple[Tensor, Tensor] | Tensor:
        """Reconstruct a frame, (1, 3, 224, 224) in [0, 1].

        Returns:
            The image, (1, 3, 224, 224), ideally in [0, 1]; alone, or with the latent behind it,
            which may have any shape.
        """

    def parameter_groups(self) -> Groups:
        """All parameters in groups, which may differ in ``l2_init`` or other settings.

        Without this method they are one group.
        """


def network_of(model: nn.Module | None, *, size: Size, seed: int) -> nn.Module:
    """The network that is to learn: one of the user's own, or the default one.

    Args:
        model: what was given; None makes the default network.
        size: of the default network.
        seed: of its first weights.

    Raises:
        TypeError: ``model`` is no module, or its weights are of another type than float32 or
            float64.
        ValueError: it has no weights, or they can't learn; or there is no such size.
    """
    check_choice(size, Size, name="size")
    if model is None:
        return seeded(seed, width=SIZES[size])
    if size != SIZE:
        raise ValueError(
            f"size is that of the default network, got {size!r} and a network of your own; leave"
            " one of them out"
        )
    _check(model)
    return model


def precision_of(weights: Sequence[Tensor]) -> torch.dtype:
    """The type that a network computes in.

    Raises:
        TypeError: it is neither float32 nor float64.
    """
    every = {weight.dtype for weight in weights}
    kinds = {kind for kind in every if kind.is_floating_point or kind.is_complex}
    if len(kinds) == 1 and kinds <= {torch.float32, torch.float64}:
        return kinds.pop()
    found = " and ".join(sorted(map(str, kinds))) or "none of floating point"
    raise TypeError(
        f"the weights of a network must all be float32, or all float64, got {found}; a step on"
        " one frame is too small for less: call float() on it"
    )


def groups_of(model: nn.Module) -> Groups:
    """The parameters of a network, in its own groups if it has some.

    Raises:
        TypeError: it has something else of the method's name.
    """
    if isinstance(model, Network):
        groups: object = model.parameter_groups
        if not callable(groups):
            raise TypeError(
                f"parameter_groups of a network must be a method, got {_kind(groups)}; call it"
                " something else"
            )
        return model.parameter_groups()
    return [{"params": list(model.parameters())}]


def reconstruct(model: nn.Module, frame: Tensor) -> Reconstruction:
    """What a network makes of a frame, with its graph; the latent is (1, 0) where it gives none.

    Args:
        model: as :class:`Network` says.
        frame: (1, 3, h, w) in [0, 1], in the network's precision.

    Raises:
        Exception: whatever it raises itself, with a note of what it was given.
        TypeError: it gives neither an image nor a pair of an image and a latent.
        ValueError: the image has another shape than the frame.
    """
    try:
        found = model(frame)
    except Exception as error:
        given = f"{tuple(frame.shape)} of {frame.dtype} on {frame.device}"
        error.add_note(
            f"{type(model).__name__} was given a frame {given}; see stream_ae.nn.Network"
        )
        raise
    is_pair = isinstance(found, tuple) and len(found) == 2
    image, latent = found if is_pair else (found, None)
    if not isinstance(image, Tensor) or not (latent is None or isinstance(latent, Tensor)):
        raise TypeError(
            "forward of a network must give an image, or a pair of image and latent, got"
            f" {_kind(found)} of {type(model).__name__}; see stream_ae.nn.Network"
        )
    if image.shape != frame.shape:
        raise ValueError(
            f"the image of a network must be {tuple(frame.shape)} like its frame, got"
            f" {tuple(image.shape)} of {type(model).__name__}; let it end in this shape"
        )
    return Reconstruction(
        image.to(frame.dtype), image.new_empty(len(image), 0) if latent is None else latent
    )


@torch.no_grad()
def reconstruct_with(
    model: nn.Module, frame: Tensor, *, weights: Mapping[str, Tensor]
) -> Reconstruction:
    """What our network makes of a frame with other weights; it keeps its own.

    Args:
        model: the network.
        frame: (1, 3, h, w) in [0, 1], in any precision; the image comes back in the same one.
        weights: as in its ``state_dict``, on its device.
    """
    given = frame.to(precision_of([*model.parameters()]))
    made: Reconstruction = functional_call(model, dict(weights), (given,))
    return Reconstruction(made.image.to(frame.dtype), made.latent)


def _check(model: nn.Module) -> None:
    if isinstance(model, type) or not isinstance(model, nn.Module):
        is_class = isinstance(model, type)
        what = f"the class {model.__name__}" if is_class else f"a {type(model).__name__}"
        advice = "make one of it" if is_class else "an optimizer's name goes to optimizer="
        raise TypeError(f"{_WANTED}, got {what}; {advice}")
    kind, weights = type(model).__name__, list(model.parameters())
    has_none = inspect.getattr_static(type(model), "forward") is nn.Module.forward
    if has_none and "forward" not in vars(model):
        raise TypeError(f"{_WANTED}, got {kind}, which has none; see stream_ae.nn.Network")
    if not weights:
        raise ValueError(
            f"a network must have weights to learn, got {kind} without any; make them"
            " torch.nn.Parameters of it or of its layers"
        )
    if any(isinstance(weight, UninitializedParameter) for weight in weights):
        raise ValueError(
            f"the weights of a network must have their shapes, got {kind} with lazy layers; call it"
            " once with torch.zeros(1, 3, 224, 224)"
        )
    precision_of(weights)
    if any(weight.is_meta for weight in weights):
        raise ValueError(
            f"the weights of a network must have values, got {kind} on the device 'meta'; call"
            " to_empty(device='cpu') and fill them"
        )
    if any(weight.is_inference() for weight in weights):
        raise ValueError(
            f"the weights of a network must be able to learn, got {kind} made under"
            " torch.inference_mode; make it outside"
        )


def _kind(found: object) -> str:
    if isinstance(found, tuple):
        return f"({', '.join(type(part).__name__ for part in found)})"
    return f"a {type(found).__name__}"
