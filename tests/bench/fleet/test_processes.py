import os
import subprocess
import sys

import pytest

from stream_ae.bench.fleet.processes import cpu_seconds, family, memory, title


def test_a_process_has_the_time_and_the_memory_that_the_system_says() -> None:
    times = os.times()
    assert cpu_seconds(os.getpid()) == pytest.approx(times.user + times.system, abs=0.5)
    assert memory(os.getpid()) > 1_000_000


def test_a_family_is_a_process_and_what_it_started() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert set(family(os.getpid())) >= {os.getpid(), child.pid}
        assert family(child.pid) == [child.pid]
        assert "python" in title(child.pid)
    finally:
        child.communicate(b"\n")
    assert title(child.pid) == ""
    with pytest.raises(ProcessLookupError, match=f"process {child.pid} should be there"):
        cpu_seconds(child.pid)
