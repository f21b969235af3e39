"""A fleet as a command sees it: found again by its name, changed, looked at, ended."""

import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import cast

from stream_ae.errors import ConfigError, StreamAEError
from stream_ae.fleet import engine
from stream_ae.fleet.capacity import check_room
from stream_ae.fleet.hub import About, Done, Hub
from stream_ae.fleet.local import local_ray
from stream_ae.fleet.plan import Plan
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import CameraStatus, NamedEvent
from stream_ae.settings.release import release

LOCAL = "local"
"""The address of Ray on this machine alone."""

_ANSWERS_WITHIN = 60.0  # seconds; the hub's process may just be starting
_ANSWERS_SOON = 5.0  # seconds, to who can ask again
_ENDS_WITHIN = 180.0  # seconds for all cameras to save what they have learned, or to be killed
_LEARNS_WITHIN = 120.0  # seconds from one restart to the next camera's
_LOOK_EVERY = 0.2  # seconds


class Fleet:
    """A fleet in the cluster that was joined.

    Args:
        name: of the fleet.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def runs(self) -> str:
        """The folder of all run folders.

        Raises:
            ConfigError: the hub is of another release.
        """
        about = cast("About", self._ask("about"))
        theirs = about.release
        if theirs != release():
            raise ConfigError(
                f"the fleet should be of stream-ae {release()} as this command is, got {theirs};"
                " take it over with: stream-ae fleet restart --rolling"
            )
        return about.runs

    def apply(self, plan: Plan, *, queue: bool) -> Done:
        """Make it what a file asks for."""
        return self._change("apply", list(plan.cameras.values()), queue)

    def add(self, spec: CameraSpec, *, queue: bool) -> Done:
        """Start one camera more."""
        return self._change("add", spec, queue)

    def remove(self, name: str) -> Done:
        """Stop a camera."""
        return self._change("remove", name)

    def restart(self, name: str) -> Done:
        """Let another process go on with a camera."""
        return self._change("restart", name, again=True)

    def restart_hub(self) -> None:
        """Let another process go on as the hub."""
        engine.end_hub(self.name, again=True)
        self._ask("about")

    def end(self) -> Done:
        """Stop all cameras and the hub."""
        done = self._change("end", again=True)
        engine.end_hub(self.name, again=False)
        return done

    def look(self) -> list[CameraStatus]:
        """How each camera stands."""
        return cast("list[CameraStatus]", self._ask("look", {}))

    def watch(self, panels: Mapping[str, Collection[str]]) -> list[CameraStatus]:
        """How each camera stands, for somebody who asks again in a second.

        Args:
            panels: that are looked at, by the name of the camera.
        """
        return cast("list[CameraStatus]", self._ask_soon("look", panels))

    def events(self, after: int) -> list[NamedEvent]:
        """What was seen by any camera, after the event of that number.

        Args:
            after: the number; they begin with 1 again where the hub is started again.
        """
        return cast("list[NamedEvent]", self._ask_soon("events", after))

    def wait_until_learning(self, name: str, *, token: int) -> CameraStatus:
        """Wait until a later process of a camera learns, or has ended.

        Args:
            name: of the camera.
            token: of the process before.

        Raises:
            StreamAEError: it does not within two minutes.
        """
        until = time.monotonic() + _LEARNS_WITHIN
        while time.monotonic() < until:
            (status,) = [each for each in self.look() if each.name == name]
            if status.token > token and status.state in ("learning", "stopped", "failed", "away"):
                return status
            time.sleep(_LOOK_EVERY)
        raise StreamAEError(
            f"camera {name!r} should learn again within {_LEARNS_WITHIN:g} s, got"
            f" {status.state}: {status.text}; the others are as they were"
        )

    def _change(self, method: str, *values: object, again: bool = False) -> Done:
        """Change the fleet.

        Args:
            method: of the hub.
            values: its arguments.
            again: whether it does no harm to do it twice: a hub may have died when it was done.
        """
        asked = engine.ask_hub(self.name, method, *values, within=_ENDS_WITHIN, again=again)
        done = cast("Done", asked)
        if done.refused:
            raise ConfigError(done.refused)
        return done

    def _ask(self, method: str, *values: object) -> object:
        return engine.ask_hub(self.name, method, *values, within=_ANSWERS_WITHIN, again=True)

    def _ask_soon(self, method: str, *values: object) -> object:
        """Ask for what is asked for every second."""
        return engine.ask_hub(self.name, method, *values, within=_ANSWERS_SOON)


@contextmanager
def joined(address: str | None, *, start: bool = False) -> Iterator[None]:
    """A ``with`` block in a cluster; what was started in it goes on after it.

    Args:
        address: ``local``, ``auto`` or ``HOST:PORT``; None for what ``RAY_ADDRESS`` says, or
            ``local``.
        start: whether Ray is started on this machine if it does not run.

    Raises:
        ConfigError: there is no such cluster, or it is of another version.
        MissingExtraError: Ray is not installed.
    """
    asked = _asked(address)
    if asked == LOCAL:
        here = local_ray()
        if start:
            here.start()
        elif not here.is_running:
            raise ConfigError(
                "a fleet on this machine was expected, got none; start one with: stream-ae fleet"
                " FLEET.toml, or name its cluster with --address"
            )
        os.environ |= here.environment()  # read when Ray is loaded
        asked = here.address()
    engine.join(asked)
    try:
        yield
    finally:
        engine.leave()


def check_room_here(plan: Plan, *, address: str | None) -> None:
    """See that this machine has room for a fleet, before Ray is started for it.

    Args:
        plan: what is asked for.
        address: of the cluster; nothing is to be seen where there is one.

    Raises:
        ConfigError: it has not.
    """
    if _asked(address) == LOCAL and not local_ray().is_running:
        check_room(plan.cameras.values(), free=os.cpu_count() or 1)


def begun(plan: Plan) -> Fleet:
    """The fleet of a file, whose hub is there from now on."""
    engine.make_hub(Hub, fleet=plan.name, runs=plan.runs)
    return Fleet(plan.name)


def found(name: str | None) -> Fleet:
    """A fleet that runs.

    Args:
        name: of it; None for the only one.

    Raises:
        ConfigError: there is none, or there are several.
    """
    names = engine.fleets()
    if name is None and len(names) == 1:
        return Fleet(names[0])
    if name not in names:
        wanted = "a fleet" if name is None else f"a fleet {name!r}"
        raise ConfigError(
            f"{wanted} was expected, got {', '.join(names) or 'none'}; name one with --name"
        )
    return Fleet(name)


def ends_local(address: str | None) -> None:
    """End Ray on this machine where it was started for fleets, and none is left.

    Args:
        address: of the cluster that the fleet was in, as it was asked for.
    """
    if _asked(address) == LOCAL:
        with joined(LOCAL):
            is_used = bool(engine.fleets())
        if not is_used:
            local_ray().stop()


def _asked(address: str | None) -> str:
    return address or os.environ.get("RAY_ADDRESS") or LOCAL
