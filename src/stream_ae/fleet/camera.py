"""One camera: the run that ``watch`` is, and a thread beside it that tells how it stands.

The process is an actor of Ray; nothing here knows that. The run ends when the hub asks for it in
an answer, when its stream ends, or when something is wrong. What waiting may mend (a source that is
away, a disk that is full) is tried again with growing pauses; what only a person can mend is said
and left; and a bug ends the process, so that another one goes on from the newest checkpoint.
"""

import logging
import os
import random
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat

from stream_ae.errors import (
    CheckpointError,
    ConfigError,
    DivergedError,
    MissingExtraError,
    ReplacedError,
    StreamAEError,
)
from stream_ae.fleet.options import watch_config
from stream_ae.fleet.place import Place
from stream_ae.fleet.references import hide, replaced, resolve
from stream_ae.fleet.reporter import Reporter
from stream_ae.fleet.spec import CameraSpec, Value
from stream_ae.fleet.status import REPORT_EVERY, Answer, CameraStatus, Report, State
from stream_ae.kernels.ahead import compile_ahead
from stream_ae.learning.rehearsal import compile_watching
from stream_ae.observers.exporter.pages import Saves
from stream_ae.observers.progress import log_lines
from stream_ae.runs.begun import Begun
from stream_ae.runs.train import train
from stream_ae.settings.redaction import redact_url
from stream_ae.storage.fence import FRESH

_log = logging.getLogger("stream_ae")

ENDED = "the stream has ended"
"""Why a camera has stopped that nobody stopped."""

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before the next attempt at what waiting may mend; the last one again and again."""

AFTER_A_BUG = 10.0
"""Seconds until another process tries what this one has failed at."""

_HOPELESS = (ConfigError, CheckpointError, DivergedError, MissingExtraError)


class Camera:
    """Learns one camera from its newest checkpoint on, and tells of it from the moment it is made.

    Args:
        spec: of the camera.
        owner: of its run folder: the fleet, which lets only one process have it.
        tell: takes a report to the hub, and gives its answer; None: it could not be told.
        begin: asks who has the main thread to let it learn there, once a second until it does; None
            where somebody else asks.
    """

    def __init__(
        self,
        spec: CameraSpec,
        *,
        owner: str,
        tell: Callable[[Report], Answer | None],
        begin: Callable[[], object] | None = None,
    ) -> None:
        self._begin, self._has_begun = begin, False
        self._spec, self._owner, self._tell = spec, owner, tell
        self._place: Place | None = None
        self._token, self._unsaved = 0, ""
        self._secrets: set[str] = set()
        self._reporter: Reporter | None = None
        self._telling = threading.Lock()
        self._stopping = threading.Event()
        self._signalled = threading.Event()
        self._said: tuple[State, str] | None = "starting", ""  # None: what the reporter says
        threading.Thread(target=self._keep_telling, name="reports", daemon=True).start()

    def load(self) -> None:
        """Load all that learning needs, before it begins: a few seconds."""
        compile_ahead()
        compile_watching()

    def learn(self) -> None:
        """Learn until it is stopped or the stream ends, and tell what it saw last; only once.

        Where it learns in the process's main thread, SIGTERM ends the process with a checkpoint.
        """
        if self._has_begun:
            return
        self._has_begun = True
        with log_lines():
            logging.getLogger("stream_ae").handlers[-1].addFilter(self._without_secrets)
            self._live()
        self._report()

    def stop(self) -> None:
        """End the run after its current frame, with a checkpoint."""
        self._stopping.set()
        if (reporter := self._reporter) is not None:
            reporter.stop()

    def status(self) -> CameraStatus:
        """How it stands."""
        spec, reporter, said = self._spec, self._reporter, self._said
        name = spec.name
        status = CameraStatus(name, "starting") if reporter is None else reporter.status(name)
        if said is not None and said[0] == "away" and status.state == "learning":
            self._said = said = None
        if said is not None:
            state, text = said
            status = replace(status, state=state, text=text, fps=0.0, sight=None)
        source = redact_url(replaced(str(spec.options["source"]), by=lambda _: "***"))
        return replace(
            status,
            text=hide(status.text or self._unsaved, secrets=self._secrets),
            source=source,
            directory=str(spec.directory),
            private=spec.options.get("private") is True,
            time=time.time(),
            node=socket.gethostname(),
            pid=os.getpid(),
            token=self._token,
        )

    def _live(self) -> None:
        """Learn until it is stopped, with pauses where something is away."""
        began, pauses = time.monotonic(), iter(_pauses())
        while not self._stopping.is_set():
            try:
                self._learn()
                return
            except ReplacedError as error:  # an earlier process leaves within a second or two
                is_late = time.monotonic() > began + 2 * FRESH
                self._say("failed" if is_late or self._is_replaced() else "starting", error)
                if is_late or self._is_replaced():
                    return
                self._stopping.wait(REPORT_EVERY)
            except _HOPELESS as error:
                self._say("failed", error)
                return
            except (StreamAEError, OSError) as error:
                if self._stopping.is_set():
                    self._say("failed", error)
                    return
                self._say("away", error)
                self._stopping.wait(next(pauses))
            except SystemExit:  # a signal: this process shall end, and another one goes on
                os._exit(1)
            except BaseException as error:  # noqa: BLE001 - nobody can be told, and the next one may do
                _log.error("%s", traceback.format_exc())
                self._said = "failed", f"{type(error).__name__}; it is tried again"
                self._stopping.wait(AFTER_A_BUG)
                os._exit(1)
        self._said = "stopped", ""

    def _learn(self) -> None:
        """Go on with the run to its end."""
        if self._place is None:
            self._place = Place(self._spec, owner=self._owner)
        if not self._token:  # who was replaced must never take it again
            self._token = self._place.take()
        options = {name: self._resolved(value) for name, value in self._spec.options.items()}
        directory = self._spec.directory
        config = watch_config(options, directory=directory)
        signalled, fence = self._signalled, self._place.fence
        train(config, directory=directory, guests=self._guests, stopped=signalled, fence=fence)
        if signalled.is_set():
            raise SystemExit
        self._place.end()
        self._said = "stopped", "" if self._stopping.is_set() else ENDED

    def _is_replaced(self) -> bool:
        try:
            if self._place is not None:
                self._place.fence.look()
        except ReplacedError:
            return True
        return False

    def _resolved(self, value: Value) -> Value:
        return resolve(value, secrets=self._secrets) if isinstance(value, str) else value

    def _guests(self, begun: Begun, saves: Saves) -> Sequence[Reporter]:
        """Who is told of the run's steps: called when it has begun."""
        self._reporter = reporter = Reporter(begun, saves)
        if self._said is not None and self._said[0] == "starting":  # a source that is away stays so
            self._said = None
        if self._stopping.is_set():
            reporter.stop()
        return [reporter]

    def _say(self, state: State, error: BaseException) -> None:
        _log.error("%s", error)
        self._said = state, str(error)

    def _without_secrets(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hide(record.getMessage(), secrets=self._secrets), ()
        return True

    def _keep_telling(self) -> None:
        """Look after the run once a second, and tell how it stands as often as the hub asks for.

        What was seen is told at once. The cameras of a fleet do not all tell at the same moment.
        """
        self._ask_to_begin()
        time.sleep(random.random() * REPORT_EVERY)
        tells_at = time.monotonic()
        while True:
            self._ask_to_begin()
            reporter = self._reporter
            is_due = time.monotonic() >= tells_at - REPORT_EVERY / 2
            if is_due or (reporter is not None and reporter.untold()):
                again = self._report()
                tells_at = time.monotonic() + again
            if reporter is not None:
                self._keep(reporter)
            time.sleep(REPORT_EVERY)

    def _ask_to_begin(self) -> None:
        if self._begin is not None and not self._has_begun:
            self._begin()

    def _report(self) -> float:
        """Tell how it stands; gives the seconds until the next time."""
        with self._telling:
            reporter = self._reporter
            events = () if reporter is None else reporter.untold()
            answer = self._tell(Report(self.status(), events))
            if answer is None:
                return REPORT_EVERY
            if reporter is not None:
                reporter.told(len(events))
                reporter.look(answer.panels)
            if answer.stop:
                self.stop()
            return answer.again

    def _keep(self, reporter: Reporter) -> None:
        """Save what is new, and end the run where it was taken over: its source may be away."""
        is_over = self._said is not None and self._said[0] in ("stopped", "failed")
        if self._place is None or is_over:
            return
        try:
            self._place.keep()
            self._unsaved = ""
        except ReplacedError:
            reporter.stop()
        except OSError as error:
            self._unsaved = f"cannot be saved: {error}"


def _pauses() -> Iterator[float]:
    return chain(PAUSES, repeat(PAUSES[-1]))
