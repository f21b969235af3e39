"""A network of somebody else's, made by what Python finds at a place."""

import inspect

import torch
from torch import nn

from stream_ae.errors import ConfigError
from stream_ae.nn.autoencoder import FRAME_SIZE
from stream_ae.nn.network import network_of, reconstruct
from stream_ae.settings.at_place import at_place
from stream_ae.settings.choices import SIZE

_EXPECTED = "package.module:factory, which can be imported here and gives a torch.nn.Module"


def imported_network(name: str, *, seed: int) -> nn.Module:
    """A network of the factory at a place.

    Args:
        name: ``package.module:factory``, a function or a class. It is called without arguments, or
            with ``seed`` if it has a parameter of this name.
        seed: of its first weights, if it takes one; others draw them from PyTorch's generator.

    Raises:
        ConfigError: nothing can be imported from there, or it gives no network that can learn
            (:class:`stream_ae.nn.Network`).

    >>> type(imported_network("stream_ae.nn.autoencoder:seeded", seed=0)).__name__
    'StreamingVideoAutoencoder'
    """
    try:
        factory = at_place(name)
        if not callable(factory):
            raise TypeError(f"{factory!r} cannot be called")
        model = factory(**({"seed": seed} if _takes_seed(factory) else {}))
        if model is None:
            raise TypeError("it gives None")
        return network_of(model, size=SIZE, seed=seed)
    except Exception as error:  # whatever somebody else's code raises
        raise _refusal(name, error) from error


def check_network(name: str) -> None:
    """Make a network of the factory at a place, and let it look at a frame.

    Raises:
        ConfigError: as for :func:`imported_network`, or it makes no image of the frame's shape.
    """
    model = imported_network(name, seed=0)
    weight = next(model.parameters())
    try:
        with torch.no_grad():
            reconstruct(model, torch.zeros(1, 3, *FRAME_SIZE, dtype=weight.dtype))
    except Exception as error:
        raise _refusal(name, error) from error


def _takes_seed(factory: object) -> bool:
    try:
        return callable(factory) and "seed" in inspect.signature(factory).parameters
    except ValueError:  # one that is not written in Python has no signature
        return False


def _refusal(name: str, error: Exception) -> ConfigError:
    kind = "" if isinstance(error, TypeError | ValueError) else f"{type(error).__name__}: "
    said = " ".join(str(error).split())
    return ConfigError(f"the network must be {_EXPECTED}, got {name!r}: {kind}{said}")
