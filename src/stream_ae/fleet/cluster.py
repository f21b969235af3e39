"""The actors of a fleet's cameras, as Ray runs them.

Every actor is detached and known by its name in the namespace of the fleet. Ray starts it where
there is room, starts it again without limit when its process or its machine is gone, and counts the
cores.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from stream_ae.fleet.actor import ActorHandle, CameraActor
from stream_ae.fleet.engine import HUB, NAMESPACE, ray_module
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Answer, Report

_NAMES = ("camera:", "camera+:", "camera++:")
"""What the names of a camera's actors begin with, in turn: who follows the last has the first. Of
any two it is known which follows, also by a hub that has made neither."""

_ENDS_WITHIN = 150.0  # seconds until a camera that does not end is killed: in a very large fleet
# it may be told after 50, and then the disk may be slow
_ENDS_IF_SILENT = 2.0  # seconds, of one that has no process, or a process that just starts
_LOADS_WITHIN = 60.0  # seconds, of who follows; then the one before is ended all the same
_ANSWERS_WITHIN = 5.0  # seconds for which a camera waits for the hub
_RETRY = 0.1  # seconds until the name of an actor that was killed is free, asked for again


class _HubHandle(Protocol):
    report: "_ReportMethod"


class _ReportMethod(Protocol):
    def remote(self, report: Report) -> object:
        """Ask for it."""


class HubLink:
    """Tells the hub of a fleet, wherever it is, and whenever it is there.

    Args:
        fleet: the name of the fleet.
    """

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        self._hub: _HubHandle | None = None  # looked up once: that costs as much as to tell it

    def __call__(self, report: Report) -> Answer | None:
        """Tell it; gives what it says, None where it did not answer."""
        ray = ray_module()
        try:
            if self._hub is None:
                self._hub = ray.get_actor(HUB, namespace=NAMESPACE + self.fleet)
            return cast("Answer", ray.get(self._hub.report.remote(report), timeout=_ANSWERS_WITHIN))
        except (ray.exceptions.RayError, ValueError):
            self._hub = None
            return None  # it starts again, or its machine is gone; so may this one's be


class Cluster:
    """The actors of one fleet in the cluster that was joined.

    Args:
        fleet: the name of the fleet.
    """

    def __init__(self, fleet: str) -> None:
        self._ray, self._fleet = ray_module(), fleet
        self._namespace = NAMESPACE + fleet

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

    def count(self, name: str) -> int:
        """How many actors a camera has, working or not yet: two where one follows the other."""
        return len(self._found(name))

    async def start(self, spec: CameraSpec) -> None:
        """Let Ray start a camera wherever there is room."""
        while True:
            try:
                self._make(spec, _NAMES[0] + spec.name, waits=False)
            except ValueError:  # the one before is not quite gone
                await asyncio.sleep(_RETRY)
            else:
                return

    def begin(self, name: str) -> int:
        """Let a camera learn whose actor may not have been asked to; gives how many it has."""
        actors = self._found(name)
        for _, camera in actors[:1]:
            camera.learn.remote()
        return len(actors)

    async def stop(self, name: str, *, answers: bool, again: bool = False) -> None:
        """Wait until a camera that was asked to end has, and end its process.

        Args:
            name: of the camera.
            answers: whether it has a process that can have been asked.
            again: whether another process goes on with it at once.
        """
        actors = [actor for _, actor in self._found(name)]
        for follower in actors[1:]:
            self._ray.kill(follower, no_restart=True)
        for camera in actors[:1]:
            within = _ENDS_WITHIN if answers else _ENDS_IF_SILENT
            await self._end(camera, within=within, again=again)

    async def replace(self, spec: CameraSpec, *, ask: Callable[[], None]) -> float:
        """Let another process go on with a camera, which loads all it needs before the first ends.

        Args:
            spec: of the camera; there has to be room for it twice. One that follows it already is
                asked to go on.
            ask: asks the process that learns it to end.

        Returns:
            When that was asked, in seconds since 1970.
        """
        found = self._found(spec.name)
        turn = found[0][0] + 1 if found else 0
        name = _NAMES[turn % len(_NAMES)] + spec.name
        follower = found[1][1] if len(found) > 1 else self._make(spec, name, waits=True)
        with suppress(self._ray.exceptions.RayError, TimeoutError):
            await asyncio.wait_for(follower.load.remote(), _LOADS_WITHIN)
        asked = time.time()
        ask()
        for _, leaving in found[:1]:
            await self._end(leaving, within=_ENDS_WITHIN, again=False)
        follower.learn.remote()
        return asked

    async def _end(self, camera: ActorHandle, *, within: float, again: bool) -> None:
        with suppress(self._ray.exceptions.RayError, TimeoutError):
            await asyncio.wait_for(camera.ended.remote(), within)
        self._ray.kill(camera, no_restart=not again)

    def _found(self, name: str) -> list[tuple[int, ActorHandle]]:
        """The actors of a camera, each with its turn: who learns it, and then who follows."""
        found: list[tuple[int, ActorHandle]] = []
        for turn, prefix in enumerate(_NAMES):
            with suppress(ValueError):
                actor = self._ray.get_actor(prefix + name, namespace=self._namespace)
                found.append((turn, cast("ActorHandle", actor)))
        follows_the_last = [turn for turn, _ in found] == [0, len(_NAMES) - 1]
        return found[::-1] if follows_the_last else found

    def _make(self, spec: CameraSpec, name: str, *, waits: bool) -> ActorHandle:
        kind = self._ray.remote(CameraActor).options(
            name=name,
            namespace=self._namespace,
            lifetime="detached",
            num_cpus=spec.cpus,
            max_restarts=-1,
        )
        tell = HubLink(self._fleet)
        return cast("ActorHandle", kind.remote(spec, owner=self.owner, tell=tell, waits=waits))
