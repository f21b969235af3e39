"""How a run is doing, out of the signs of life that its learner gives and the files it writes."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from stream_ae.web.wire import Header

STALLED = 3.0
"""Seconds without a frame after which a stream is said to have stalled."""

_SMOOTH = 0.5  # share of the newest second in the frames per second that are shown


class Health:
    """What is told of a run once a second.

    Args:
        directory: the run folder, whose newest checkpoint is looked at.
        clock: seconds since any fixed time.
    """

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory, self._clock = directory, clock
        self._beat: Header = {}
        self._came = clock()
        self._fps: float | None = None
        self._state = "connecting"
        self._is_held = False

    def beat(self, beat: Header) -> None:
        """Take in a sign of life: ``number`` of the last frame, ``dropped``, ``learning``.

        One that comes through others, late and unevenly, says ``fps`` itself.
        """
        now = self._clock()
        if "fps" in beat:
            self._fps = beat["fps"]
        elif self._beat and now > self._came:
            rate = (beat["number"] - self._beat["number"]) / (now - self._came)
            before = rate if self._fps is None else self._fps
            self._fps = before + _SMOOTH * (rate - before)
        self._beat, self._came, self._state = beat, now, "live"

    def tell(self, state: str) -> None:
        """Take in what happened to the stream: ``lost``, ``live`` or ``ended``."""
        self._state = state

    def hold(self, is_held: bool) -> None:
        """Take in whether the stream is stopped by hand."""
        self._is_held = is_held
        self._came = self._clock()

    def now(self, newest: Header, *, viewers: int) -> dict[str, object]:
        """All of it.

        Args:
            newest: the newest line of the metrics, with ``values``.
            viewers: how many look.
        """
        values: Mapping[str, float] = newest.get("values", {})
        age = self._clock() - self._came
        return {
            "type": "health",
            "state": self._state_after(age),
            "fps": self._fps if self._state == "live" and age < STALLED else 0.0,
            "parts": {
                tag.removeprefix("speed/").removesuffix("_ms"): value
                for tag, value in values.items()
                if tag.startswith("speed/") and tag.endswith("_ms")
            },
            "dropped": self._beat.get("dropped", 0),
            "checkpoint": self._checkpoint(),
            "memory_mib": values.get("speed/memory_mib"),
            "learning": self._beat.get("learning", "awake"),
            "viewers": viewers,
            "frame": self._beat.get("number", 0),
            "behind": age,
        }

    def _state_after(self, age: float) -> str:
        if self._state != "live":
            return self._state
        if self._is_held:
            return "held"
        return "stalled" if age > STALLED else "live"

    def _checkpoint(self) -> float | None:
        """Seconds since the newest checkpoint was written; None where there is none."""
        paths = (self._directory / "checkpoints").glob("step-*.pt")
        times = []
        for path in paths:
            try:
                times.append(path.stat().st_mtime)
            except OSError:
                continue  # it has just been replaced
        return max(0.0, time.time() - max(times)) if times else None
