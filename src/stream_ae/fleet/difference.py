"""What a reload has to do: only what changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream_ae.fleet.spec import CameraSpec


@dataclass(frozen=True, slots=True)
class Difference:
    """From the cameras that there are to those that there shall be.

    Args:
        start: new ones.
        stop: names of those that are no longer asked for.
        restart: those that are asked for otherwise than before.
    """

    start: tuple[CameraSpec, ...]
    stop: tuple[str, ...]
    restart: tuple[CameraSpec, ...]

    @property
    def is_none(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.start or self.stop or self.restart)


def difference(present: Mapping[str, CameraSpec], wanted: Mapping[str, CameraSpec]) -> Difference:
    """Compare two fleets.

    Args:
        present: the cameras that there are, by their names.
        wanted: those of the file. One that was added by its name, and not by a file, is left alone
            unless the file has it, too.
    """
    return Difference(
        start=tuple(spec for name, spec in wanted.items() if name not in present),
        stop=tuple(name for name, spec in present.items() if spec.from_file and name not in wanted),
        restart=tuple(
            spec for name, spec in wanted.items() if name in present and present[name] != spec
        ),
    )
