"""The hub of a fleet: starts and stops its cameras, and gathers what they tell.

It is an actor by itself. Nothing that learns waits for it: where it is gone, Ray starts it again,
it reads which cameras there are from a file beside their runs, and finds them by their names.
"""

import asyncio
import json
import math
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial

from stream_ae.errors import ConfigError
from stream_ae.fleet.camera import ENDED
from stream_ae.fleet.cluster import Cluster
from stream_ae.fleet.difference import Difference, difference
from stream_ae.fleet.place import read_beside, write_beside
from stream_ae.fleet.roster import Roster
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Answer, CameraStatus, NamedEvent, Report
from stream_ae.settings.release import release

_NOT_STARTED = "its process could not be started; Ray's logs say why, then: fleet restart"
_ADMITS_EVERY = 1.0  # seconds from one look for room to the next
_LISTENS = 3.0  # seconds for which somebody counts as listening who has asked for events


@dataclass(frozen=True, slots=True)
class About:
    """What a hub says of itself.

    Args:
        release: of stream-ae.
        runs: the folder of all run folders.
    """

    release: str
    runs: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a change came to.

    Args:
        started: names of the cameras that were started.
        stopped: likewise, with a checkpoint.
        restarted: likewise, and started again.
        waiting: those that wait for room now.
        refused: why nothing was done; empty where it was.
        asked: when the process of a camera that was restarted was asked to end, in seconds since
            1970.
    """

    started: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    refused: str = ""
    asked: float = 0.0


class Hub:
    """Knows the cameras of a fleet.

    Args:
        fleet: its name.
        runs: the folder of all run folders.
    """

    def __init__(self, fleet: str, runs: str) -> None:
        self._cluster = Cluster(fleet)
        self._roster = Roster()
        self._runs = runs
        self._file = f"{fleet}.fleet.json"
        self._changing = asyncio.Lock()
        self._admitted_at = 0.0
        self._events_asked_at = -math.inf
        self._tasks: set[asyncio.Task[None]] = set()
        self._half_replaced: set[str] = set()
        """Names of the cameras that another process was to go on with when the last hub died."""
        self._find_again()

    async def about(self) -> About:
        """What it is."""
        return About(release(), runs=self._runs)

    async def report(self, report: Report) -> Answer:
        """Take a camera's report in."""
        status = report.status
        answer = self._roster.take(report)
        if (status.state, status.text) == ("stopped", ENDED):
            self._do_soon(self._bury(status))
        elif self._is_unfinished(status.name):
            self._do_soon(self._finish(status.name))
        await self._admit()
        return answer

    async def look(self, panels: Mapping[str, Collection[str]]) -> list[CameraStatus]:
        """Every camera as it stands.

        Args:
            panels: that somebody looks at, by the name of the camera; it sends them for the next
                few seconds.
        """
        await self._admit()
        for name in self._roster.silent():
            if not self._changing.locked() and not self._cluster.count(name):
                self._roster.end(CameraStatus(name, "failed", _NOT_STARTED))
        return self._roster.look(panels)

    async def events(self, after: int) -> list[NamedEvent]:
        """What was seen by any camera, after the event of that number."""
        self._events_asked_at = time.monotonic()
        return self._roster.events(after)

    async def apply(self, wanted: Sequence[CameraSpec], queue: bool) -> Done:
        """Make the fleet what a file asks for; only what differs is started or stopped.

        Args:
            wanted: the cameras of the file.
            queue: whether those without room wait, instead of nothing being done.
        """
        names = {spec.name: spec for spec in wanted}
        async with self._changing:
            return await self._change(difference(self._roster.specs, names), queue=queue)

    async def add(self, spec: CameraSpec, queue: bool) -> Done:
        """Start one camera more.

        Args:
            spec: of it.
            queue: whether it waits where there is no room, instead of being refused.
        """
        async with self._changing:
            if spec.name in self._roster.specs:
                return Done(refused=f"there is a camera {spec.name!r} already; remove it first")
            return await self._change(Difference((spec,), (), ()), queue=queue)

    async def remove(self, name: str) -> Done:
        """Stop a camera, with a checkpoint; its run folder stays."""
        async with self._changing:
            if name not in self._roster.specs:
                return Done(refused=self._unknown(name))
            return await self._change(Difference((), (name,), ()), queue=True)

    async def restart(self, name: str) -> Done:
        """Let another process go on with a camera."""
        async with self._changing:
            if name not in self._roster.specs:
                return Done(refused=self._unknown(name))
            if name not in self._roster.running:  # it has ended, or waits
                self._roster.add(self._roster.specs[name])
                return await self._change(Difference((), (), ()), queue=True)
            return Done(restarted=(name,), asked=await self._replaced(self._roster.specs[name]))

    async def end(self) -> Done:
        """Stop all cameras, and forget them, once who listens has heard what they saw last."""
        async with self._changing:
            everything = Difference((), tuple(self._roster.specs), ())
            done = await self._change(everything, queue=True)
            await self._let_hear()
            return done

    async def _change(self, change: Difference, *, queue: bool) -> Done:
        if not queue:
            try:
                self._roster.check_room(change, free=self._free())
            except ConfigError as error:
                return Done(refused=str(error))
        again = [spec.name for spec in change.restart]
        await asyncio.gather(*(self._stop(name) for name in [*change.stop, *again]))
        for name in change.stop:
            self._roster.forget(name)
        for spec in [*change.restart, *change.start]:
            self._roster.add(spec)
        begun = await self._begin_waiting()
        return Done(
            started=tuple(name for name in begun if name not in again),
            stopped=change.stop,
            restarted=tuple(name for name in begun if name in again),
            waiting=tuple(spec.name for spec in self._roster.waiting),
        )

    async def _begin_waiting(self) -> list[str]:
        """Start those for whom there is room, and write down which cameras there are."""
        chosen = self._roster.admitted(free=self._free())
        for spec in chosen:
            self._roster.begin(spec.name)
        self._write()
        for spec in chosen:
            await self._cluster.start(spec)
        return [spec.name for spec in chosen]

    async def _admit(self) -> None:
        """Start who waits and now has room, unless something is being changed."""
        is_due = time.monotonic() - self._admitted_at > _ADMITS_EVERY
        if self._roster.waiting and is_due and not self._changing.locked():
            self._admitted_at = time.monotonic()
            async with self._changing:
                if self._roster.admitted(free=self._free()):
                    await self._begin_waiting()

    async def _let_hear(self) -> None:
        """Wait until who listens has asked for events once more; at most a moment."""
        now = time.monotonic()
        if now - self._events_asked_at > _LISTENS:
            return
        while self._events_asked_at < now and time.monotonic() < now + _LISTENS:
            await asyncio.sleep(0.1)

    async def _bury(self, status: CameraStatus) -> None:
        """Give back what a camera had that has ended by itself."""
        async with self._changing:
            if status.name in self._roster.running:
                self._roster.end(status)
                self._write()
                await self._stop(status.name)

    def _is_unfinished(self, name: str) -> bool:
        """Whether the hub before this one died while another process was to go on with a camera."""
        return name in self._half_replaced or self._roster.ends_unasked(name)

    async def _finish(self, name: str) -> None:
        """Do what it has left."""
        async with self._changing:
            if self._is_unfinished(name):
                await self._replaced(self._roster.specs[name])

    async def _replaced(self, spec: CameraSpec) -> float:
        """Let another process go on with a camera; gives when the one before was asked to end."""
        name = spec.name
        has_room = self._cluster.count(name) > 1 or spec.cpus <= self._free()
        if has_room and self._roster.answers(name) and self._roster.token(name) > 0:
            self._half_replaced.discard(name)
            asked = await self._cluster.replace(spec, ask=partial(self._roster.stop, name))
        else:
            asked = time.time()
            await self._stop(name, again=True)
        self._roster.begin(name)
        return asked

    def _do_soon(self, what: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self, name: str, *, again: bool = False) -> None:
        self._half_replaced.discard(name)
        self._roster.stop(name)
        await self._cluster.stop(name, answers=self._roster.answers(name), again=again)

    def _free(self) -> float:
        specs = self._roster.specs
        return self._cluster.free(taken=sum(specs[n].cpus for n in self._roster.running))

    def _unknown(self, name: str) -> str:
        names = ", ".join(self._roster.specs) or "none"
        return f"there is no camera {name!r} in the fleet, which has {names}; name one of them"

    def _write(self) -> None:
        """Write down which cameras there are; no secret is among it."""
        known = {
            "owner": self._cluster.owner,
            "cameras": [asdict(spec) for spec in self._roster.specs.values()],
            "ended": list(self._roster.ended),
        }
        with suppress(OSError):  # a full disk; what runs goes on
            write_beside(self._runs, self._file, text=f"{json.dumps(known, indent=1)}\n")

    def _find_again(self) -> None:
        """Find the cameras that the hub before this one has started."""
        try:
            known = json.loads(read_beside(self._runs, self._file) or "")
        except ValueError:
            return
        if known["owner"] != self._cluster.owner:
            return  # of a cluster that is gone
        for each in known["cameras"]:
            spec = CameraSpec(**each)
            self._roster.add(spec)
            if spec.name in known["ended"]:
                self._roster.end(CameraStatus(spec.name, "stopped", ENDED))
            elif actors := self._cluster.begin(spec.name):
                self._roster.begin(spec.name)
                if actors > 1:
                    self._half_replaced.add(spec.name)
