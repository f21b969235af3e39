import io
import logging
import os
import re
import sys
import threading

import pytest
from tests.support.steps import make_step

from stream_ae.errors import MissingExtraError
from stream_ae.observers import progress as progress_module
from stream_ae.observers.progress import LINE_EVERY, Progress, log_lines

log = logging.getLogger("stream_ae")


CONTROL = re.compile(r"\r|\n|\x1b\[(\??\d*)([A-Za-z])")


class Screen(io.StringIO):
    """A terminal that remembers everything and can say how it looks in the end."""

    def isatty(self) -> bool:
        return True

    def lines(self, *, until: int | None = None) -> list[str]:
        """The rows, without spaces at their ends, after the first ``until`` characters."""
        rows, row, column, position = [""], 0, 0, 0
        text = self.getvalue()[:until]
        for match in [*CONTROL.finditer(text), None]:
            written = text[position : match.start() if match else None]
            rows[row] = (
                rows[row][:column].ljust(column) + written + rows[row][column + len(written) :]
            )
            column += len(written)
            if match is None:
                break
            position = match.end()
            if match[0] == "\n":
                row, column = row + 1, 0
                rows += [""] * (row + 1 - len(rows))
            elif match[0] == "\r":
                column = 0
            elif match[2] == "A":
                row -= int(match[1])
            elif match[2] == "K":
                rows[row] = ""
        return [shown.rstrip() for shown in rows]


def sit_at_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int = 120) -> Screen:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    return screen


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("stream_ae.observers.progress.time.monotonic", lambda: now[0])
    return now


def test_on_a_terminal_there_is_one_line_that_moves(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=200, start=100)
    for number in range(101, 151):
        clock[0] += 0.125  # exact in binary
        progress.on_step(make_step(number, mse=0.5, ssim=0.25, changed=256))
    progress.close()
    shown, end = screen.lines()
    assert end == ""
    assert re.fullmatch(
        r" 75% \S+ 150/200 frames, 8\.0 frames/s, mse 0\.5, ssim 0\.25, change 25\.0%", shown
    )
    assert len(shown) == 120


def test_the_bar_grows_with_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=4)
    progress.on_step(make_step(1))
    progress.close()
    drawn = screen.getvalue().rpartition("\r\x1b[2K")[2]
    done, left = (
        sum(len(part) for part in re.findall(rf"\x1b\[{colour}m([━╸╺]+)", drawn))
        for colour in (91, 90)
    )
    assert done / (done + left) == pytest.approx(0.25, abs=0.02)


def test_the_rate_is_that_of_the_last_frames(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=None)
    for number in range(1, 101):
        clock[0] += 1.0 if number <= 50 else 0.25
        progress.on_step(make_step(number))
    progress.close()
    assert "100 frames, 4.0 frames/s" in screen.lines()[0]


@pytest.mark.parametrize("columns", [1, 9, 20, 33, 60, 75, 80, 200])
@pytest.mark.parametrize("total", [2_000_000, None])
def test_a_narrow_terminal_loses_no_digit(
    monkeypatch: pytest.MonkeyPatch, columns: int, total: int | None
) -> None:
    screen = sit_at_terminal(monkeypatch, columns=columns)
    with log_lines():
        progress = Progress(total=total, start=1_234_560)
        monkeypatch.setattr(progress_module, "REFRESH_EVERY", 0.0)
        for number in range(1_234_561, 1_234_568):
            progress.on_step(make_step(number, mse=0.00123, ssim=0.875, changed=256))
            log.info("a message of its own")
        progress.close()
    *messages, last = "".join(screen.lines()).split("stream-ae: a message of its own")
    assert messages == [""] * 7
    whole = re.sub(r"[━╸╺ ]", "", last)
    expected = r"1234567frames,[0-9.]+frames/s,mse0\.00123,ssim0\.875,change25\.0%"
    if total is not None:
        expected = "62%" + expected.replace("frames", "/2000000frames", 1)
    assert re.fullmatch(expected, whole)
    assert max(len(line) for line in screen.lines() if "message" not in line) <= columns


def test_an_endless_stream_has_no_percentage(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=None)
    for number in range(1, 4):
        progress.on_step(make_step(number))
    progress.close()
    assert re.fullmatch(
        r"3 frames, [0-9.]+ frames/s, mse 0\.25, ssim 0\.75, change 0\.8%", screen.lines()[0]
    )
    assert "%" not in screen.lines()[0].replace("0.8%", "")


def test_the_line_is_not_drawn_more_than_ten_times_a_second(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=10_000)
    for number in range(1, 2049):
        clock[0] += 1 / 1024
        progress.on_step(make_step(number))
    assert 15 < screen.getvalue().count("frames/s") <= 20
    progress.close()


def test_metrics_are_means_of_the_recent_window(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=None)
    for number in range(1, 101):
        progress.on_step(make_step(number, mse=float(number)))
    progress.close()
    assert "mse 75.5" in screen.lines()[0]


def test_a_message_stands_above_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch)
    with log_lines():
        log.info("before")
        progress = Progress(total=3)
        progress.on_step(make_step(1))
        log.warning("cannot write: %s", "disk full")
        progress.on_step(make_step(2))
        progress.close()
        log.info("after")
    shown = screen.lines()
    assert shown[0] == "stream-ae: before"
    assert shown[1] == "stream-ae: cannot write: disk full"
    assert "2/3 frames" in shown[2]
    assert shown[3] == "stream-ae: after"


def test_a_terminal_that_does_not_say_how_large_it_is_is_taken_for_80_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    master, slave = os.openpty()  # has no size until somebody sets one
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = Progress(total=3)
        progress.on_step(make_step(1))
        progress.close()
        shown = b""
        while b"1/3 frames" not in shown:  # it comes in pieces; the test's time limit ends a wait
            shown += os.read(master, 10_000)
    os.close(master)
    screen = Screen()
    screen.write(re.sub(r"\x1b\[[\d;]*m", "", shown.decode()))
    assert len(screen.lines()[0]) == 80


def test_no_thread_draws_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_terminal(monkeypatch)
    before = threading.active_count()
    progress = Progress(total=3)
    progress.on_step(make_step(1))
    assert threading.active_count() == before
    progress.close()


def test_elsewhere_a_plain_line_comes_every_few_seconds(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    progress = Progress(total=1000, start=0)
    for number in range(1, 201):
        clock[0] += LINE_EVERY / 80  # exact in binary
        progress.on_step(make_step(number, mse=0.5))
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "frame 80 of 1000",
        "frame 160 of 1000",
        "frame 200 of 1000",
    ]
    assert lines[0] == "frame 80 of 1000, 16.0 frames/s, mse 0.5, ssim 0.75, change 0.8%"
    assert "16.0 frames/s" in lines[2]


def test_plain_lines_of_an_endless_stream_say_only_where_it_is(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    progress = Progress(total=None, start=500)
    clock[0] += 2.0
    progress.on_step(make_step(501))
    progress.close()
    assert capsys.readouterr().err.startswith("frame 501, 0.5 frames/s, mse")


def test_nothing_new_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(total=None)
    progress.close()
    assert capsys.readouterr().err == ""


def test_plain_lines_do_not_need_rich(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    progress = Progress(total=2)
    progress.on_step(make_step(1))
    progress.close()
    assert capsys.readouterr().err.startswith("frame 1 of 2")


def test_without_rich_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(MissingExtraError, match=r"needs rich.*stream-ae\[progress\]"):
        Progress(total=2)


def test_messages_are_single_lines_only_while_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    level = log.level
    with log_lines():
        log.info("resuming from %s", "a.pt")
    log.info("nobody listens")
    assert capsys.readouterr().err == "stream-ae: resuming from a.pt\n"
    assert log.level == level
    assert log.handlers == []


def test_a_message_is_written_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch, columns=40)
    path = "/data/" + "x" * 60 + "/[bold]a.pt"
    with log_lines():
        progress = Progress(total=None)
        progress.on_step(make_step(1))
        log.info("resuming from %s", path)
        progress.close()
    assert f"stream-ae: resuming from {path}" in screen.lines()


def test_the_cursor_stays_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=2)
    assert screen.getvalue().endswith("\x1b[?25h"), "a process that is killed cannot show it again"
    progress.close()


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_a_terminal_that_is_dumb_or_has_no_colour_has_plain_lines(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    screen = sit_at_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    progress = Progress(total=2)
    progress.on_step(make_step(1))
    progress.close()
    assert screen.getvalue().startswith("frame 1 of 2, ")
    assert "\x1b" not in screen.getvalue()


def test_a_run_that_ends_before_its_first_frame_says_where_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = sit_at_terminal(monkeypatch)
    Progress(total=None, start=7).close()
    assert screen.lines()[0] == "7 frames, 0.0 frames/s"


def test_a_message_does_not_cut_the_line_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = sit_at_terminal(monkeypatch, columns=40)
    monkeypatch.setattr(progress_module, "REFRESH_EVERY", 0.0)
    with log_lines():
        progress = Progress(total=None)
        progress.on_step(make_step(1))
        log.info("a message")
        assert "".join(screen.lines()).endswith("change 0.8%")
        progress.close()
