"""What a camera of a fleet is, as it travels to the machine that learns it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stream_ae.fleet.store import is_store, working_folder

Value = str | int | float | bool | list[str]
"""A setting of ``watch`` as a file of TOML has it."""


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """One camera, as it is asked for.

    No secret is in it: where an address has one, a reference to it stands (``${NAME}``), which is
    resolved in the process that learns the camera.

    Args:
        name: of the camera, unique in its fleet; also the name of its run folder.
        options: settings of ``watch`` by their names with underscores, ``source`` among them.
        cpus: share of a core, or cores, that is set aside for it.
        runs: the folder of all run folders, the same on each machine, or the address of a store.
        from_file: whether it stands in the fleet's file, so that a reload may stop it; one that was
            added by name stays.
    """

    name: str
    options: Mapping[str, Value]
    cpus: float
    runs: str
    from_file: bool = True

    @property
    def directory(self) -> Path:
        """Its run folder, on the machine that learns it."""
        runs = working_folder(self.runs) if is_store(self.runs) else Path(self.runs)
        return runs / self.name
