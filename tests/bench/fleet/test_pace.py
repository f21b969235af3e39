import json
from pathlib import Path

import pytest

from stream_ae.bench.fleet import pace as module
from stream_ae.bench.fleet.pace import Pace, Run, pace
from stream_ae.errors import StreamAEError


def _write(run: Run, step: int) -> None:
    run.directory.mkdir(exist_ok=True)
    with (run.directory / "metrics.jsonl").open("a") as file:
        file.write(f"{json.dumps({'step': step})}\n")


def test_the_newest_line_that_is_whole_counts(tmp_path: Path) -> None:
    run = Run(1, tmp_path / "run")
    assert run.learned() == 0
    _write(run, 50)
    assert run.learned() == 50
    with (run.directory / "metrics.jsonl").open("a") as file:
        file.write('{"step": 1')
    assert run.learned() == 0


def test_the_pace_is_that_between_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each look a second later: 50 and 100 frames more, and 2 s of a core for each run."""
    runs = [Run(1, tmp_path / "a"), Run(2, tmp_path / "b")]
    now = 0

    def sleep(_: float) -> None:
        nonlocal now
        now += 1
        _write(runs[0], 50 * now)
        _write(runs[1], 100 * now)

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: float(now))
    monkeypatch.setattr(module, "cpu_seconds", lambda _: 2.0 * now)
    assert pace(runs, frames=100) == Pace(cpu=(2 / 50 + 2 / 100) / 2, clock=75.0)


def test_runs_that_do_not_learn_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WITHIN", 0.0)
    with pytest.raises(StreamAEError, match=r"1 runs should learn 5 frames within 0 s, got 0 that"):
        pace([Run(1, tmp_path)], frames=5)
