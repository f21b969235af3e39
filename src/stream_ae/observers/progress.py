"""How a run stands, on the terminal: one line that moves, or a line now and then.

A bar needs a terminal; in a log file it would be thousands of lines. So where stderr is none, a
plain line comes every few seconds. What is logged meanwhile is written above the bar.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from stream_ae.errors import MissingExtraError
from stream_ae.learning.observer import Observer
from stream_ae.learning.running_stats import RecentMean
from stream_ae.learning.step import Step
from stream_ae.observers.metrics import WINDOW

LINE_EVERY = 5.0
"""Seconds between two plain lines."""

_REFRESH_EVERY = 0.1
_FIGURES = {"mse": "loss/mse", "ssim": "loss/ssim", "change": "change/ratio"}


class Progress(Observer):
    """Show frames, frames per second, and the recent mean of mse, ssim and change.

    Args:
        total: frames there will be in all; None where nobody knows.
        start: frames learned before, by an earlier part of the run.

    Raises:
        MissingExtraError: stderr is a terminal and tqdm is not installed.
    """

    def __init__(self, *, total: int | None, start: int = 0) -> None:
        self._total, self._number = total, start
        self._recent = {name: RecentMean(WINDOW) for name in _FIGURES}
        self._bar = _bar(total, start) if sys.stderr.isatty() else None
        _Lines.bar = self._bar
        self._line_at, self._line_number = time.monotonic(), start

    def on_step(self, step: Step) -> None:
        """Take the figures in; show them where it is time to."""
        scalars = step.scalars()
        for name, tag in _FIGURES.items():
            self._recent[name].add(scalars.get(tag))
        self._number = step.number
        if self._bar is not None:
            self._bar.set_postfix_str(self._figures(), refresh=False)
            self._bar.update()
        elif time.monotonic() >= self._line_at + LINE_EVERY:
            self._write_line()

    def close(self) -> None:
        """Leave the last state on the terminal."""
        if self._bar is not None:
            self._bar.close()
            _Lines.bar = None
        elif self._number > self._line_number:
            self._write_line()

    def _figures(self) -> str:
        means = {name: recent.value for name, recent in self._recent.items()}
        return ", ".join(
            f"change {value:.1%}" if name == "change" else f"{name} {value:.3g}"
            for name, value in means.items()
            if value is not None
        )

    def _write_line(self) -> None:
        now = time.monotonic()
        fps = (self._number - self._line_number) / max(now - self._line_at, 1e-9)
        self._line_at, self._line_number = now, self._number
        of = "" if self._total is None else f" of {self._total}"
        line = f"frame {self._number}{of}, {fps:.1f} frames/s, {self._figures()}"
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


@contextmanager
def log_lines() -> Iterator[None]:
    """Write what is logged to stderr, a line each, without breaking the bar of a run."""
    log = logging.getLogger("stream_ae")
    handler, level = _Lines(), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _Lines(logging.Handler):
    """One line a message: above the bar if there is one, and there is one terminal."""

    bar: ClassVar[Any] = None

    def emit(self, record: logging.LogRecord) -> None:
        line = f"stream-ae: {record.getMessage()}"
        if self.bar is not None:
            self.bar.write(line, file=sys.stderr)
        else:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


def _bar(total: int | None, start: int) -> Any:
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise MissingExtraError("tqdm", purpose="the progress bar", extra="progress") from error
    # Without the thread that tqdm would start to watch over bars that move rarely.
    quiet = type("Bar", (tqdm,), {"monitor_interval": 0})
    done = "{percentage:3.0f}% {bar} {n_fmt}/{total_fmt}" if total else "{n_fmt}"
    return quiet(
        total=total,
        initial=start,
        file=sys.stderr,
        **_size(),
        mininterval=_REFRESH_EVERY,
        miniters=1,
        unit=" frames",
        bar_format=f"{done} frames, {{rate_noinv_fmt}}{{postfix}}",
    )


def _size() -> dict[str, Any]:
    """Follow the terminal's size; where it does not say any, tqdm would show nothing."""
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except OSError:
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": 80, "nrows": 24}
