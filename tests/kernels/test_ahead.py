"""Everything is compiled before the first frame, and for the arrays that frames bring."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from stream_ae.kernels import ahead
from stream_ae.kernels.ahead import compile_ahead
from stream_ae.kernels.jit import Loop, compilations

LEARN = """
import logging, sys
import numpy as np
from stream_ae import Frame, StreamLearner
from stream_ae.kernels.ahead import compile_ahead
from stream_ae.kernels.jit import Loop, compilations

logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
with compilations() as ahead:
    compile_ahead()
print("ahead:", *ahead)
learner = StreamLearner()
with compilations() as later:
    for seed in range(3):
        rgb = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
        step = learner.learn_one(Frame(rgb))
print("later:", *later)
print("kept:", Loop.are_kept)
print("mse:", step.losses.mse.hex())
"""
LARGE = "_ssim"


def learn(**variables: str) -> dict[str, str]:
    """What a new process says: lines with a colon by what stands before it, others as they are."""
    run = subprocess.run(
        [sys.executable, "-c", LEARN],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.partition(":")[0]: line.partition(":")[2] for line in run.stdout.splitlines()}


@pytest.mark.slow
def test_of_the_first_runs_one_compiles_in_two_processes_and_the_next_ones_nothing(
    tmp_path: Path,
) -> None:
    def run(_: int) -> dict[str, str]:
        return learn(NUMBA_CACHE_DIR=str(tmp_path))

    with ThreadPoolExecutor() as at_once:
        waits, first = sorted(at_once.map(run, range(2)), key=lambda said: len(said["ahead"]))
    later = run(2)
    assert "compiling loops, once, about 10 s" in first
    assert "_errors" in first["ahead"].split()
    assert LARGE not in first["ahead"].split(), "the other process did"
    assert first["later"] == ""
    for other in (waits, later):
        assert not any(line.startswith("compil") for line in other)
        assert (other["ahead"], other["later"]) == ("", "")
        assert other["mse"] == first["mse"]


@contextmanager
def cold() -> Iterator[list[str]]:
    """As if the first loop had been compiled."""
    yield ["_squared_error"]


def test_where_nothing_can_be_kept_no_other_process_is_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ahead, "compilations", cold)
    monkeypatch.setattr(Loop, "are_kept", False)
    monkeypatch.setattr(subprocess, "Popen", pytest.fail)
    done: list[str] = []
    for name in ("_compile_small_ones", "_compile_large_one"):
        monkeypatch.setattr(ahead, name, partial(done.append, name))
    with caplog.at_level("INFO", logger="stream_ae"):
        compile_ahead()
    assert done == ["_compile_small_ones", "_compile_large_one"]
    assert [line.partition(" in ")[0] for line in caplog.messages] == ["compiled"]


def test_ctrl_c_ends_the_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    class Other:
        def __init__(self, command: list[str], *, env: dict[str, str], **_: object) -> None:
            assert command[:3] == [sys.executable, "-P", "-m"]
            assert env["PYTHONPATH"].split(os.pathsep) == sys.path
            started.append("start")

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            started.append("reaped")

        def kill(self) -> None:
            started.append("killed")

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "compilations", cold)
    monkeypatch.setattr(Loop, "are_kept", True)
    monkeypatch.setattr(subprocess, "Popen", Other)
    monkeypatch.setattr(ahead, "_compile_small_ones", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_ahead()
    assert started == ["start", "killed", "reaped"]


def test_what_is_compiled_stays_so() -> None:
    compile_ahead()
    with compilations() as seen:
        compile_ahead()
    assert seen == []
