"""Ray, joined and left; the one module that imports it.

What Ray need not do is turned off: its usage statistics, its logs on the terminal. The hub of a
fleet is a detached actor, known by its name in the namespace of the fleet.
"""

import os
import socket
from importlib.util import find_spec
from types import ModuleType

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError

HUB = "hub"
"""Name of the actor that knows the cameras."""

NAMESPACE = "stream-ae/"
"""What the namespace of a fleet begins with; its name follows."""

_TOUCHES_WITHIN = 5.0  # seconds for a machine to answer at all


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
        # As Ray's own debugger does: a lost machine would be told between the lines of a command.
        ray._private.worker._worker_logs_enabled = False
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


def fleets() -> list[str]:
    """The names of the fleets in the cluster."""
    actors = ray_module().util.list_named_actors(all_namespaces=True)
    return sorted(
        actor["namespace"].removeprefix(NAMESPACE)
        for actor in actors
        if actor["name"] == HUB and actor["namespace"].startswith(NAMESPACE)
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
        namespace=NAMESPACE + fleet,
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
    ray.kill(ray.get_actor(HUB, namespace=NAMESPACE + fleet), no_restart=not again)


def ask_hub(fleet: str, method: str, *values: object, within: float, again: bool = False) -> object:
    """Ask the hub of a fleet.

    Args:
        fleet: the name of the fleet.
        method: of the hub.
        values: its arguments.
        within: seconds for the answer.
        again: whether the next hub is asked where this one dies before it has answered.

    Raises:
        ConfigError: there is no such fleet, or no cluster any longer.
        StreamAEError: it does not answer, or failed.
    """
    ray = ray_module()
    _check_there(ray.get_runtime_context().gcs_address)
    try:
        hub = ray.get_actor(HUB, namespace=NAMESPACE + fleet)
        asked = getattr(hub, method).options(max_task_retries=-1 if again else 0)
        return ray.get(asked.remote(*values), timeout=within)
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


def _check_there(address: str) -> None:
    """See that the cluster which was joined has not ended: Ray itself notices after a minute."""
    try:
        _touch(address)
    except ConnectionRefusedError as error:
        raise ConfigError(
            f"the cluster at {address} was expected to run, got nothing there any longer, so its"
            " fleets have ended; start again with: stream-ae fleet FLEET.toml"
        ) from error
    except OSError as error:
        raise StreamAEError(
            f"the cluster at {address} should answer within {_TOUCHES_WITHIN:g} s, got {error};"
            " see to the network"
        ) from error


def _check_answers(address: str) -> None:
    try:
        _touch(address)
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"a Ray cluster was expected at {address!r}, got none: {error};"
            " start one with 'ray start --head', or name another HOST:PORT"
        ) from error


def _touch(address: str) -> None:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=_TOUCHES_WITHIN):
        pass


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
