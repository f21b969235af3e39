"""How a run stands, on the terminal: a bar, or a line now and then.

A bar needs a terminal that can go back to the start of a line; in a log file it would be thousands
of lines. Elsewhere, and with ``NO_COLOR``, a plain line comes every few seconds. What is logged
meanwhile is written above the bar.
"""

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

from stream_ae.errors import MissingExtraError
from stream_ae.learning.observer import Observer
from stream_ae.learning.running_stats import RecentMean
from stream_ae.learning.step import Step
from stream_ae.observers.window import WINDOW

LINE_EVERY = 5.0
"""Seconds between two plain lines."""

REFRESH_EVERY = 0.1
"""Seconds between two drawings of the bar: faster than that nobody reads."""

_SHORTEST_BAR = 6  # columns; where less is free, there is text only
_TAGS = {"mse": "loss/mse", "ssim": "loss/ssim", "change": "change/ratio"}


class Progress(Observer):
    """Show frames, frames per second, and the recent mean of mse, ssim and change.

    Args:
        total: frames there will be in all; None where nobody knows.
        start: frames learned before, by an earlier part of the run.

    Raises:
        MissingExtraError: stderr is a terminal and rich is not installed.
    """

    def __init__(self, *, total: int | None, start: int = 0) -> None:
        self._total, self._number = total, start
        self._recent = {name: RecentMean(WINDOW) for name in _TAGS}
        self._bar = _Bar(total) if _is_terminal() else None
        _LogLines.bar = self._bar
        self._shown_at, self._shown_number = time.monotonic(), start
        self._times = deque([self._shown_at], maxlen=WINDOW + 1)

    def on_step(self, step: Step) -> None:
        """Take the metrics in; show them where it is time to."""
        scalars = step.scalars()
        for name, tag in _TAGS.items():
            self._recent[name].add(scalars.get(tag))
        self._number = step.number
        now = time.monotonic()
        self._times.append(now)
        if self._bar is None:
            if now >= self._shown_at + LINE_EVERY:
                self._write_line(now)
        elif now >= self._shown_at + REFRESH_EVERY:
            self._shown_at = now
            self._draw(self._bar)

    def close(self) -> None:
        """Leave the last state on the terminal."""
        if self._bar is not None:
            self._draw(self._bar)
            self._bar.close()
            _LogLines.bar = None
        elif self._number > self._shown_number:
            self._write_line(time.monotonic())

    def _draw(self, bar: "_Bar") -> None:
        frames = len(self._times) - 1
        fps = frames / max(self._times[-1] - self._times[0], 1e-9)
        bar.draw(self._number, ", ".join([f"{fps:.1f} frames/s", *self._means()]))

    def _means(self) -> list[str]:
        means = {name: recent.value for name, recent in self._recent.items()}
        return [
            f"change {value:.1%}" if name == "change" else f"{name} {value:.3g}"
            for name, value in means.items()
            if value is not None
        ]

    def _write_line(self, now: float) -> None:
        fps = (self._number - self._shown_number) / max(now - self._shown_at, 1e-9)
        self._shown_at, self._shown_number = now, self._number
        of = "" if self._total is None else f" of {self._total}"
        _write(", ".join([f"frame {self._number}{of}", f"{fps:.1f} frames/s", *self._means()]))


class _Bar:
    """A line at the bottom of the terminal, drawn over itself; drawn by the loop, not a thread."""

    def __init__(self, total: int | None) -> None:
        try:
            from rich.console import Console
            from rich.live import Live
            from rich.progress_bar import ProgressBar
            from rich.table import Table
            from rich.text import Text
        except ImportError as error:
            raise MissingExtraError("rich", purpose="the progress bar", extra="progress") from error
        self._total = total
        self._text, self._row, self._progress = Text, Table.grid, ProgressBar
        self._console = Console(file=sys.stderr, force_terminal=True)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="visible",
        )
        self._live.start()
        self._console.show_cursor(True)  # a second Ctrl-C leaves no time to show it again

    def draw(self, number: int, metrics: str) -> None:
        """Show a state; where the terminal is narrow, in several lines and without a bar.

        Args:
            number: frames learned so far.
            metrics: what is said of them.
        """
        if self._total is None:
            self._fold(f"{number} frames, {metrics}")
            return
        before = f"{number / self._total:4.0%} "
        after = f"{number}/{self._total} frames, {metrics}"
        free = self._console.width - len(f"{before} {after}")
        if free < _SHORTEST_BAR:
            self._fold(f"{before}{after}".lstrip())
            return
        row = self._row(padding=(0, 1, 0, 0))
        bar = self._progress(total=self._total, completed=number, width=free)
        row.add_row(self._text(before.rstrip()), bar, self._text(after))
        self._live.update(row, refresh=True)

    def _fold(self, line: str) -> None:
        """Draw a line that may take several rows of the terminal; nothing of it is cut off."""
        self._live.update(self._text(line, overflow="fold"), refresh=True)

    def write_above(self, line: str) -> None:
        """Write a line that stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._live.refresh()  # what is printed unwrapped takes the bar below it along, cut off

    def close(self) -> None:
        """Leave what was drawn last."""
        self._live.stop()


@contextmanager
def log_lines() -> Iterator[None]:
    """Write what is logged to stderr, a line each, without breaking the bar of a run."""
    log = logging.getLogger("stream_ae")
    handler, level = _LogLines(), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _LogLines(logging.Handler):
    """One line a message: above the bar if there is one, and there is one terminal."""

    bar: ClassVar[_Bar | None] = None

    def emit(self, record: logging.LogRecord) -> None:
        line = f"stream-ae: {record.getMessage()}"
        if self.bar is not None:
            self.bar.write_above(line)
        else:
            _write(line)


def _is_terminal() -> bool:
    """Whether stderr shows a line that is drawn over itself, and nobody asked for plain text."""
    is_plain = os.environ.get("TERM") in ("dumb", "unknown") or bool(os.environ.get("NO_COLOR"))
    return sys.stderr.isatty() and not is_plain


def _write(line: str) -> None:
    """Write a line, if stderr can be written; learning does not depend on it."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
