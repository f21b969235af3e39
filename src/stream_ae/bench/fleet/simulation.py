"""A fleet of thousands of cameras, simulated: machines and processes are lost, cameras come back.

A discrete-event simulation with SimPy. A camera that was lost is noticed, waits for a machine with
room, for its turn to start there and for its checkpoint from the shared storage, and learns again.
"""

import importlib
import random
from collections import deque
from collections.abc import Generator, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol, TypeAlias

from stream_ae.bench.fleet.assumptions import Assumptions
from stream_ae.bench.fleet.outcome import Outcome, Tally
from stream_ae.errors import MissingExtraError

Life: TypeAlias = Generator[object, object, None]
"""What happens to something, one event of SimPy after the other."""


class _Process(Protocol):
    def interrupt(self) -> None:
        """Let what it waits for end with an exception."""


class _Room(Protocol):
    def succeed(self) -> object:
        """Let who waits for it go on."""


class _Machine:
    """A machine, the cameras on it, and how often it is lost just now: by itself, with its rack."""

    def __init__(self) -> None:
        self.cameras: dict[int, _Process] = {}
        self.outages = 0


def simulate(assumptions: Assumptions, *, seed: int = 0) -> Outcome:
    """Let a fleet run.

    Args:
        assumptions: what it is made of, and for how long.
        seed: of all that is random.

    Raises:
        MissingExtraError: SimPy is not installed.
    """
    return _Fleet(assumptions, seed=seed).run()


class _Fleet:
    def __init__(self, assumptions: Assumptions, *, seed: int) -> None:
        self._simpy, self._random = _simpy(), random.Random(seed)
        self._env = self._simpy.Environment()
        self._about, self._tally = assumptions, Tally()
        self._storage = self._simpy.Resource(self._env)  # one after the other, each at full speed
        self._machines = [_Machine() for _ in range(assumptions.machines)]
        starts = assumptions.starts_at_once
        self._starts = {
            machine: self._simpy.Resource(self._env, capacity=starts) for machine in self._machines
        }
        self._lives: dict[int, _Process] = {}
        self._waiting: deque[_Room] = deque()

    def run(self) -> Outcome:
        """Let all of it happen."""
        about = self._about
        for camera in range(about.cameras):
            machine = self._machines[camera % len(self._machines)]
            self._lives[camera] = self._env.process(self._camera(camera, machine))
            machine.cameras[camera] = self._lives[camera]
        racks = range(0, len(self._machines), about.machines_per_rack)
        for first in racks:
            rack = self._machines[first : first + about.machines_per_rack]
            self._env.process(self._losses(rack, rate=about.rack_rate, away=about.rack_away))
        for machine in self._machines:
            one = [machine]
            self._env.process(self._losses(one, rate=about.machine_rate, away=about.machine_away))
        if not about.is_head_kept:
            every, away = self._machines, about.machine_away
            self._env.process(self._losses(every, rate=about.machine_rate, away=away))
        self._env.run(until=about.seconds)
        return self._tally.outcome(cameras=about.cameras, seconds=about.seconds)

    def _camera(self, camera: int, machine: _Machine | None) -> Life:
        about, lost = self._about, self._simpy.Interrupt
        while True:
            try:
                yield self._next(about.process_rate)
            except lost:
                machine = None
            unsaved = self._random.uniform(0.0, about.checkpoint_every)
            self._tally.lost(camera, now=self._env.now, unsaved=unsaved)
            is_back = False
            while not is_back:
                try:
                    if machine is None:
                        yield self._env.timeout(about.machine_noticed)
                        machine = yield from self._room(camera)
                    else:
                        yield self._env.timeout(about.process_noticed)
                    yield from self._start(machine)
                    is_back = True
                except lost:
                    machine = None
            self._tally.back(camera, now=self._env.now)

    def _room(self, camera: int) -> Generator[object, object, _Machine]:
        """Wait for a machine with room, and take it."""
        while (machine := self._with_room()) is None:
            self._waiting.append(room := self._env.event())
            yield room
        machine.cameras[camera] = self._lives[camera]
        return machine

    def _with_room(self) -> _Machine | None:
        """The machine with the most room."""
        there = [machine for machine in self._machines if not machine.outages]
        if not there:
            return None
        emptiest = min(there, key=lambda machine: len(machine.cameras))
        return emptiest if len(emptiest.cameras) < self._about.per_machine else None

    def _start(self, machine: _Machine) -> Life:
        """Load everything, then the checkpoint."""
        about = self._about
        with self._starts[machine].request() as turn:
            yield turn
            yield self._env.timeout(about.start)
        with self._storage.request() as turn:
            yield turn
            yield self._env.timeout(self._until_quiet())
            left = 1.0 if not about.are_spread else 1.0 - about.storage_load
            yield self._env.timeout(about.checkpoint / (about.storage * left))

    def _until_quiet(self) -> float:
        """Seconds for which the storage still writes everybody's checkpoint at once."""
        if self._about.are_spread:
            return 0.0
        every = self._about.checkpoint_every
        now: float = self._env.now
        return max(0.0, every * self._about.storage_load - now % every)

    def _losses(self, machines: Sequence[_Machine], *, rate: float, away: float) -> Life:
        """Lose machines together, again and again."""
        while True:
            yield self._next(rate)
            for machine in machines:
                machine.outages += 1
                cameras, machine.cameras = machine.cameras, {}
                for life in cameras.values():
                    life.interrupt()
            yield self._next(1.0 / away)
            for machine in machines:
                machine.outages -= 1
            waiting, self._waiting = self._waiting, deque()
            for room in waiting:
                room.succeed()

    def _next(self, rate: float) -> object:
        """Until the next of what happens at random at a rate a second; for ever where it is 0."""
        if rate == 0:
            return self._env.event()
        return self._env.timeout(self._random.expovariate(rate))


def _simpy() -> ModuleType:
    if find_spec("simpy") is None:
        raise MissingExtraError("SimPy", purpose="a simulated fleet", extra="simulation")
    return importlib.import_module("simpy")
