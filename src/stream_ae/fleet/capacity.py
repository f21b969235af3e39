"""Whether there are cores for what is asked, and who comes first where there are too few."""

from collections.abc import Iterable, Sequence

from stream_ae.errors import ConfigError
from stream_ae.fleet.spec import CameraSpec

_ROUNDING = 1e-6  # of a core; Ray counts in ten thousandths


def check_room(asked: Iterable[CameraSpec], *, free: float) -> None:
    """See that there is room for all of what is asked for.

    Args:
        asked: cameras that have no room yet.
        free: cores that nobody has, less than 0 where more is taken than there is.

    Raises:
        ConfigError: there is not; the message says how much is missing.

    >>> check_room([CameraSpec("door", {}, cpus=1.5, runs="runs")], free=1.0)
    Traceback (most recent call last):
        ...
    stream_ae.errors.ConfigError: 1.5 cores are needed, got 1: 0.5 are missing; add a machine, \
set cpus of the cameras lower, or let them wait with --queue
    """
    needed = sum(spec.cpus for spec in asked)
    if needed > free + _ROUNDING:
        there = max(free, 0.0)
        raise ConfigError(
            f"{needed:.4g} cores are needed, got {there:.4g}: {needed - there:.4g} are missing;"
            " add a machine, set cpus of the cameras lower, or let them wait with --queue"
        )


def admitted(waiting: Sequence[CameraSpec], *, free: float) -> list[CameraSpec]:
    """Those of a queue for whom there is room; a small one need not wait behind a large one.

    Args:
        waiting: cameras in the order in which they came.
        free: cores that nobody has.
    """
    chosen = []
    for spec in waiting:
        if spec.cpus <= free + _ROUNDING:
            free -= spec.cpus
            chosen.append(spec)
    return chosen
