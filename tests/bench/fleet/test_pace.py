import json
import signal
from pathlib import Path

import pytest

from stream_ae.bench.fleet import pace as module
from stream_ae.bench.fleet.pace import Pace, Run, begun, halted, pace
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


class Machine:
    """A second passes with each look, in which who is not halted learns.

    Args:
        runs: with the frames and the seconds of a core that each takes in a second.
    """

    def __init__(self, runs: dict[Run, tuple[int, float]]) -> None:
        self.now = 0.0
        self._runs = runs
        self._learned = dict.fromkeys(runs, 0)
        self.cpu = dict.fromkeys(runs, 0.0)
        self.halted: set[int] = set()

    def sleep(self, _seconds: float) -> None:
        self.now += 1
        for run, (frames, cpu) in self._runs.items():
            if run.pid not in self.halted:
                self._learned[run] += frames
                self.cpu[run] += cpu
                _write(run, self._learned[run])

    def kill(self, pid: int, number: signal.Signals) -> None:
        {signal.SIGSTOP: self.halted.add, signal.SIGCONT: self.halted.discard}[number](pid)

    def cpu_seconds(self, pid: int) -> float:
        return next(cpu for run, cpu in self.cpu.items() if run.pid == pid)


def _machine(runs: dict[Run, tuple[int, float]], monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(runs)
    monkeypatch.setattr("time.sleep", machine.sleep)
    monkeypatch.setattr("time.monotonic", lambda: machine.now)
    monkeypatch.setattr("os.kill", machine.kill)
    monkeypatch.setattr(module, "cpu_seconds", machine.cpu_seconds)
    return machine


def test_each_set_is_measured_while_the_others_stand_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (Run(n, tmp_path / f"{n}") for n in range(3))
    machine = _machine({first: (50, 2.0), second: (100, 2.0), third: (50, 4.0)}, monkeypatch)
    assert pace([first, second], [third], frames=300) == [
        Pace(cpu=(2 / 50 + 2 / 100) / 2, clock=75.0),
        Pace(cpu=4 / 50, clock=50.0),
    ]
    assert machine.halted == set()
    # Two turns of five seconds each, since the first line is but the beginning.
    assert [run.learned() for run in (first, second, third)] == [500, 1000, 500]


def test_what_was_learned_since_an_older_line_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(1, tmp_path / "run")
    machine = _machine({run: (50, 1.0)}, monkeypatch)
    _write(run, 20)
    machine.cpu[run] = 7.0
    assert pace([run], frames=100) == [Pace(cpu=1 / 50, clock=50.0)]


def test_who_is_halted_stands_still_until_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(1, tmp_path / "run")
    machine = _machine({run: (50, 1.0)}, monkeypatch)

    def break_off() -> None:
        with halted([run]):
            assert machine.halted == {1}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert machine.halted == set()
    begun([run])
    assert run.learned() == 50


def test_runs_that_do_not_learn_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(1, tmp_path)
    _machine({}, monkeypatch)
    monkeypatch.setattr(module, "_WITHIN", 9.0)
    with pytest.raises(StreamAEError, match=r"1 runs should learn 5 frames within 9 s, got 0 that"):
        pace([run], frames=5)
    with pytest.raises(StreamAEError, match=r"1 runs should write a line within 9 s, got 0 that"):
        begun([run])
