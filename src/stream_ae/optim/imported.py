"""An optimizer of somebody else's, by the place where Python finds it."""

import inspect
from collections.abc import Callable

from torch.optim.optimizer import Optimizer

from stream_ae.errors import ConfigError
from stream_ae.settings.at_place import at_place

_EXPECTED = "package.module:Class, a subclass of torch.optim.Optimizer that can be imported here"


def imported_optimizer(name: str) -> Callable[..., Optimizer]:
    """The optimizer at a place.

    Args:
        name: ``package.module:Class``.

    Raises:
        ConfigError: nothing can be imported from there, or what is there is no optimizer.

    >>> imported_optimizer("torch.optim:RMSprop").__name__
    'RMSprop'
    """
    try:
        kind = at_place(name)
    except ValueError as error:
        raise ConfigError(f"the optimizer must be {_EXPECTED}, got {name!r}: {error}") from error
    if not (inspect.isclass(kind) and issubclass(kind, Optimizer)):
        raise ConfigError(f"the optimizer must be {_EXPECTED}, got {name!r}: {kind!r} is none")
    return kind
