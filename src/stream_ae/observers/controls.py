"""What somebody who looks may ask of a run: to pause, to save, to forget, to go step by step."""

import queue
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, get_args

from stream_ae.detection.findings import Box, Kind
from stream_ae.errors import StreamAEError
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.observers.journal import Journal
from stream_ae.observers.pace import Pacer

_WAIT = 0.05  # seconds between two looks for whether the stream has been stopped


class Command(NamedTuple):
    """What somebody asks for.

    Args:
        id: that its answer goes with.
        name: of it.
        value: that it is about, as it came; nobody has checked it.
        event: that it is about, a line of ``events.jsonl`` with its ``id``; None for none.
    """

    id: str
    name: str
    value: str | float | None = None
    event: Mapping[str, Any] | None = None


class Desk(Protocol):
    """Where commands come from, and answers go."""

    commands: "queue.SimpleQueue[Command]"

    def send(self, header: Mapping[str, object]) -> None:
        """Take a message: ``answer`` to a command, or ``held``."""


class RefusedError(StreamAEError):
    """What was asked for cannot be done; the message says why."""


class Controls(Observer):
    """Does what is asked for, between two frames.

    Args:
        desk: where it is asked for.
        learner: of the run.
        watcher: of the run; None where nothing is watched.
        checkpointer: of the run.
        journal: where it is written down.
        pacer: of the run; None where a camera sets the pace.
        stopped: whether the stream is being stopped.
    """

    part = "controls"

    def __init__(
        self,
        desk: Desk,
        *,
        learner: StreamLearner,
        watcher: Watcher | None,
        checkpointer: Checkpointer,
        journal: Journal,
        pacer: Pacer | None,
        stopped: Callable[[], bool],
    ) -> None:
        self._desk, self._learner, self._watcher = desk, learner, watcher
        self._checkpointer, self._journal, self._pacer = checkpointer, journal, pacer
        self._stopped = stopped
        self._only_watches = learner.frozen
        self._is_held, self._steps = False, 0
        self._number = learner.frames

    def on_step(self, step: Step) -> None:
        """Do what was asked for since the last step; wait while the stream is held."""
        self._number = step.number
        while not self._desk.commands.empty():
            self._do(self._desk.commands.get())
        while self._is_held and not self._steps and not self._stopped():
            try:
                self._do(self._desk.commands.get(timeout=_WAIT))
            except queue.Empty:
                continue
        self._steps = max(0, self._steps - 1)

    def _do(self, command: Command) -> None:
        action = _ACTIONS.get(command.name)
        try:
            if action is None:
                raise RefusedError(f"there is no command {command.name!r}")
            text, run = action(self, command)
        except RefusedError as refusal:
            self._answer(command, text=str(refusal), ok=False)
        except OSError as error:
            self._answer(command, text=f"cannot write {error.filename}: {error}", ok=False)
        else:
            self._answer(command, text=text, ok=True, run=run)

    def _answer(
        self, command: Command, *, text: str, ok: bool, run: Mapping[str, object] | None = None
    ) -> None:
        answer = {"type": "answer", "id": command.id, "ok": ok, "text": text}
        self._desk.send({**answer, "run": dict(run)} if run else answer)

    def _note(self, kind: str, text: str, *, event: str | None = None) -> None:
        """Write down that somebody has changed the run."""
        record: dict[str, object] = {"step": self._number, "time": round(time.time(), 3)}
        more = {} if event is None else {"event": event}
        self._journal.add({**record, "kind": kind, "text": text, **more})

    def _pause(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        if self._only_watches:
            raise RefusedError("this run only watches; it learns nothing that could be paused")
        self._learner.frozen = True
        self._note("paused", "learning was paused")
        return "learning is paused", {}

    def _resume(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        if self._only_watches:
            raise RefusedError("this run only watches; start it without --frozen to learn")
        self._learner.frozen = False
        self._note("unpaused", "learning goes on")
        return "learning goes on", {}

    def _checkpoint(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        self._checkpointer.save()
        return f"saved after frame {self._number}", {}

    def _forget(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        self._own_watcher().forget()
        self._note("forgotten", "the scene was forgotten; what is usual is learned again")
        return "the scene is forgotten", {}

    def _threshold(self, command: Command) -> tuple[str, dict[str, object]]:
        value = command.value
        if not isinstance(value, int | float) or not 0.5 <= value <= 0.9999:
            raise RefusedError(f"the threshold must be from 0.5 to 0.9999, got {value!r}")
        self._own_watcher().rare = float(value)
        self._note("threshold", f"novel from {value:g} on")
        return f"novel from {value:g} on", {"threshold": float(value)}

    def _false_alarm(self, command: Command) -> tuple[str, dict[str, object]]:
        event = command.event or {}
        kind, box = event.get("kind"), event.get("box")
        known: tuple[Kind, ...] = get_args(Kind)
        found = next((name for name in known if name == kind), None)
        if found is None or box is None:
            raise RefusedError("only what has a place in the picture can be marked as false")
        self._own_watcher().mark_false(found, box=Box(*box), score=float(event["score"]))
        self._note("false_alarm", f"marked as false: {event['text']}", event=str(event["id"]))
        return "marked as false; that place tells less from now on", {}

    def _pace(self, command: Command) -> tuple[str, dict[str, object]]:
        if command.value not in ("free", "source"):
            raise RefusedError(f"the pace must be free or source, got {command.value!r}")
        self._own_pace().is_on = command.value == "source"
        return f"pace: {command.value}", {"pace": command.value}

    def _hold(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        self._own_pace()
        return self._held(True), {}

    def _go(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        return self._held(False), {}

    def _next(self, command: Command) -> tuple[str, dict[str, object]]:  # noqa: ARG002
        self._own_pace()
        self._steps = 1
        return self._held(True), {}

    def _held(self, is_held: bool) -> str:
        if is_held != self._is_held:
            self._desk.send({"type": "held", "held": is_held})
        self._is_held = is_held
        return "the stream is held" if is_held else "the stream goes on"

    def _own_watcher(self) -> Watcher:
        if self._watcher is None:
            raise RefusedError("this run is not watched; leave out --fit to watch it")
        return self._watcher

    def _own_pace(self) -> Pacer:
        if self._pacer is None:
            raise RefusedError("a camera does not wait; only a recorded stream can be held")
        return self._pacer


_ACTIONS: Mapping[str, Callable[[Controls, Command], tuple[str, dict[str, object]]]] = {
    "pause": Controls._pause,
    "resume": Controls._resume,
    "checkpoint": Controls._checkpoint,
    "forget": Controls._forget,
    "threshold": Controls._threshold,
    "false_alarm": Controls._false_alarm,
    "pace": Controls._pace,
    "hold": Controls._hold,
    "go": Controls._go,
    "next": Controls._next,
}
"""What each command does; it gives a line for who asked, and what has changed of the run."""
