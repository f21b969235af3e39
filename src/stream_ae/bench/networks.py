"""The network of a benchmark: ours, or one of somebody else's."""

from collections.abc import Sequence

from torch import nn

from stream_ae.bench.contestants import NO_MAP, name_of
from stream_ae.errors import ConfigError
from stream_ae.nn.autoencoder import seeded
from stream_ae.nn.imported import check_network, imported_network


def first_network(model: str | None, *, seed: int, with_map: bool = True) -> nn.Module:
    """A network with its first weights.

    Args:
        model: ``package.module:factory`` of somebody else's; None for ours.
        seed: of its weights; PyTorch's generator has it, too, for a factory that takes none.
        with_map: whether ours has its learned spatial bias.

    Raises:
        ConfigError: the factory gives no network.
    """
    if model is None:
        return seeded(seed, with_spatial_bias=with_map)
    return imported_network(model, seed=seed)


def check_model(model: str, *, optimizers: Sequence[str]) -> None:
    """Make a network of somebody else's once, before anything is measured.

    Args:
        model: ``package.module:factory``.
        optimizers: those that are to train it, each ``name`` or ``name:lr``.

    Raises:
        ConfigError: it is none, or an optimizer is named for ours alone.
    """
    without = [text for text in optimizers if name_of(text).endswith(NO_MAP)]
    if without:
        raise ConfigError(
            f"{NO_MAP} leaves out a part that only our network has, got {without[0]!r} beside"
            f" --model {model}; leave one of them out"
        )
    check_network(model)
