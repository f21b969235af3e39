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


class Screen(io.StringIO):
    """What is written to a terminal, and how it looks in the end."""

    def isatty(self):
        return True

    def fileno(self):
        return 2

    def lines(self):
        shown = []
        for line in self.getvalue().replace("\x1b[A", "").split("\n"):
            final = ""
            for part in line.split("\r"):
                final = part + final[len(part) :]
            shown.append(final.rstrip())
        return shown


def sit_at_terminal(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((120, 40)))
    return screen


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    return now


def test_on_a_terminal_there_is_one_line_that_moves(monkeypatch):
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=200, start=100)
    for number in range(101, 151):
        progress.on_step(make_step(number, mse=0.5, ssim=0.25, changed=256))
    progress.close()
    shown = screen.lines()
    assert len(shown) == 2
    assert shown[1] == ""
    assert re.search(
        r"75% .*150/200 frames, .*frames/s, mse 0\.5, ssim 0\.25, change 25\.0%", shown[0]
    )


def test_an_endless_stream_has_no_percentage(monkeypatch):
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=None)
    for number in range(1, 4):
        progress.on_step(make_step(number))
    progress.close()
    assert re.match(r"3 frames, .*mse 0\.25", screen.lines()[0])
    assert "total" not in screen.getvalue()


def test_the_line_is_not_drawn_more_than_ten_times_a_second(monkeypatch):
    screen = sit_at_terminal(monkeypatch)
    from tqdm import std

    now = [0.0]
    monkeypatch.setattr(std, "time", lambda: now[0])
    progress = Progress(total=10_000)
    for number in range(1, 2001):
        now[0] += 0.001
        progress.on_step(make_step(number))
    drawn = screen.getvalue().count("\r")
    assert 10 < drawn < 30
    progress.close()


def test_figures_are_means_of_the_recent_window(monkeypatch):
    screen = sit_at_terminal(monkeypatch)
    progress = Progress(total=None)
    for number in range(1, 101):
        progress.on_step(make_step(number, mse=float(number)))
    progress.close()
    assert "mse 75.5" in screen.lines()[0]


def test_a_message_stands_above_the_line(monkeypatch):
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


def test_a_terminal_that_does_not_say_how_large_it_is_is_taken_for_80_columns(monkeypatch):
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
    assert max(len(line) for line in re.split("[\r\n]", shown.decode())) <= 80


def test_no_thread_watches_over_the_line(monkeypatch):
    sit_at_terminal(monkeypatch)
    before = threading.active_count()
    progress = Progress(total=3)
    progress.on_step(make_step(1))
    assert threading.active_count() == before
    progress.close()


def test_elsewhere_a_plain_line_comes_every_few_seconds(capsys, clock):
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


def test_plain_lines_of_an_endless_stream_say_only_where_it_is(capsys, clock):
    progress = Progress(total=None, start=500)
    clock[0] += 2.0
    progress.on_step(make_step(501))
    progress.close()
    assert capsys.readouterr().err.startswith("frame 501, 0.5 frames/s, mse")


def test_nothing_new_is_no_line(capsys):
    progress = Progress(total=None)
    progress.close()
    assert capsys.readouterr().err == ""


def test_plain_lines_do_not_need_tqdm(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    progress = Progress(total=2)
    progress.on_step(make_step(1))
    progress.close()
    assert capsys.readouterr().err.startswith("frame 1 of 2")


def test_without_tqdm_the_extra_is_named(monkeypatch):
    sit_at_terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(MissingExtraError, match=r"needs tqdm.*stream-ae\[progress\]"):
        Progress(total=2)


def test_messages_are_single_lines_only_while_asked_for(capsys):
    level = log.level
    with log_lines():
        log.info("resuming from %s", "a.pt")
    log.info("nobody listens")
    assert capsys.readouterr().err == "stream-ae: resuming from a.pt\n"
    assert log.level == level
    assert log.handlers == []
