"""Ray, as a fleet uses it; the one module that imports it.

Every actor is detached and known by its name in the namespace of the fleet. Ray starts it where
there is room, starts it again without limit when its process or its machine is gone, and counts the
cores. What Ray does not need to say is turned off: its usage statistics, its logs on the terminal.
"""

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import cast

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError
from stream_ae.fleet.camera import Camera
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Report

HUB = "hub"
"""Name of the actor that knows the cameras."""

_NAMESPACE = "stream-ae/"
_CAMERA = "camera:"
_ENDS_WITHIN = 90.0  # seconds until a camera that does not end is killed; a disk may be slow
_ENDS_IF_SILENT = 2.0  # seconds, of one that has no process, or a process that just starts
_ANSWERS_WITHIN = 5.0  # seconds for which a camera waits for the hub
_RETRY = 0.1  # seconds until the name of an actor that was killed is free, asked for again


def check_installed() -> None:
    """See that there is Ray, without loading it: it reads the environment when it is loaded.

    Raises:
        MissingExtraError: it is not installed.
    """
    if find_spec("ray") is None:
        raise MissingExtraError("Ray", purpose="a fleet", extra="fleet")


def ray_module() -> ModuleType:
    """Ray.

    Raises:
        MissingExtraError: it is not installed.
    """
    check_installed()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it is imported
    import ray

    return ray


def join(address: str) -> None:
    """Join a cluster.

    Args:
        address: ``HOST:PORT``, or ``auto`` for the one that runs on this machine.

    Raises:
        ConfigError: there is none, or it is of another version.
        MissingExtraError: Ray is not installed.
    """
    ray = ray_module()
    if address != "auto":
        _check_answers(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError) as error:
        raise ConfigError(
            f"a Ray cluster was expected at {address}, got none: {_first_line(error)};"
            " start one with 'ray start --head', or leave out --address"
        ) from error
    except RuntimeError as error:
        raise ConfigError(
            f"the cluster at {address} should have the same versions as this machine, got:"
            f" {_first_line(error)}; install the same on both"
        ) from error


def leave() -> None:
    """Leave the cluster; what runs there goes on."""
    ray_module().shutdown()


@dataclass(frozen=True, slots=True)
class HubLink:
    """Tells the hub of a fleet, wherever it is, and whenever it is there.

    Args:
        fleet: the name of the fleet.
    """

    fleet: str

    def __call__(self, report: Report) -> bool | None:
        """Tell it; gives whether somebody wants pictures, None where it did not answer."""
        ray = ray_module()
        try:
            hub = ray.get_actor(HUB, namespace=_NAMESPACE + self.fleet)
            return cast("bool", ray.get(hub.report.remote(report), timeout=_ANSWERS_WITHIN))
        except (ray.exceptions.RayError, ValueError):
            return None  # it starts again, or its machine is gone; so may this one's be


class Cluster:
    """The actors of one fleet in the cluster that was joined.

    Args:
        fleet: the name of the fleet.
    """

    def __init__(self, fleet: str) -> None:
        self._ray, self._fleet = ray_module(), fleet
        self._namespace = _NAMESPACE + fleet

    @property
    def owner(self) -> str:
        """Who the fleet is to the folders of its runs: no other cluster has the same."""
        return f"{self._fleet} at {self._ray.get_runtime_context().gcs_address}"

    def free(self, *, taken: float) -> float:
        """Cores that nobody has.

        Args:
            taken: what the cameras of the fleet have; Ray takes a moment to count them.
        """
        total = float(self._ray.cluster_resources().get("CPU", 0.0))
        return min(total - taken, float(self._ray.available_resources().get("CPU", 0.0)))

    def has(self, name: str) -> bool:
        """Whether a camera has an actor, working or not yet."""
        try:
            self._ray.get_actor(_CAMERA + name, namespace=self._namespace)
        except ValueError:
            return False
        return True

    async def start(self, spec: CameraSpec) -> None:
        """Let Ray start a camera wherever there is room."""
        camera = self._ray.remote(Camera).options(
            name=_CAMERA + spec.name,
            namespace=self._namespace,
            lifetime="detached",
            num_cpus=spec.cpus,
            max_restarts=-1,
            max_concurrency=2,  # to end, and to say how it stands meanwhile
        )
        while True:
            try:
                camera.remote(spec, owner=self.owner, tell=HubLink(self._fleet))
            except ValueError:  # the one before is not quite gone
                await asyncio.sleep(_RETRY)
            else:
                return

    async def stop(self, name: str, *, answers: bool, again: bool = False) -> None:
        """End a camera with a checkpoint, and its process.

        Args:
            name: of the camera.
            answers: whether it has a process that can be asked to save what it has learned.
            again: whether another process goes on with it at once.
        """
        try:
            camera = self._ray.get_actor(_CAMERA + name, namespace=self._namespace)
        except ValueError:
            return
        within = _ENDS_WITHIN if answers else _ENDS_IF_SILENT
        with suppress(self._ray.exceptions.RayError, TimeoutError):
            await asyncio.wait_for(camera.stop.remote(), within)
        self._ray.kill(camera, no_restart=not again)


def fleets() -> list[str]:
    """The names of the fleets in the cluster."""
    actors = ray_module().util.list_named_actors(all_namespaces=True)
    return sorted(
        actor["namespace"].removeprefix(_NAMESPACE)
        for actor in actors
        if actor["name"] == HUB and actor["namespace"].startswith(_NAMESPACE)
    )


def make_hub(kind: type, *, fleet: str, runs: str) -> None:
    """Let Ray start the hub of a fleet, if there is none.

    Args:
        kind: the class of hubs.
        fleet: the name of the fleet.
        runs: the folder of all run folders.
    """
    ray_module().remote(kind).options(
        name=HUB,
        namespace=_NAMESPACE + fleet,
        lifetime="detached",
        get_if_exists=True,
        num_cpus=0,
        max_restarts=-1,
    ).remote(fleet, runs)


def end_hub(fleet: str, *, again: bool) -> None:
    """End the process of a fleet's hub.

    Args:
        fleet: the name of the fleet.
        again: whether Ray starts another one.
    """
    ray = ray_module()
    ray.kill(ray.get_actor(HUB, namespace=_NAMESPACE + fleet), no_restart=not again)


def ask_hub(fleet: str, method: str, *values: object, within: float) -> object:
    """Ask the hub of a fleet.

    Args:
        fleet: the name of the fleet.
        method: of the hub.
        values: its arguments.
        within: seconds for the answer.

    Raises:
        ConfigError: there is no such fleet.
        StreamAEError: it does not answer, or failed.
    """
    ray = ray_module()
    try:
        hub = ray.get_actor(HUB, namespace=_NAMESPACE + fleet)
        return ray.get(getattr(hub, method).remote(*values), timeout=within)
    except ValueError as error:
        raise ConfigError(
            f"there is no fleet {fleet!r} here, got {', '.join(fleets()) or 'none'};"
            " start it with: stream-ae fleet FLEET.toml"
        ) from error
    except ray.exceptions.RayError as error:
        raise StreamAEError(
            f"the hub of fleet {fleet!r} should answer within {within:g} s, got"
            f" {_last_line(error)}; try again in a moment"
        ) from error


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_ANSWERS_WITHIN):
            pass
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"a Ray cluster was expected at {address!r}, got none: {error};"
            " start one with 'ray start --head', or name another HOST:PORT"
        ) from error


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
