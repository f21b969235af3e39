import subprocess
import sys
from collections.abc import Callable

import pytest

from stream_ae.kernels.jit import Loop
from stream_ae.learning import rehearsal
from stream_ae.learning.rehearsal import compile_watching


def loops_called(run: Callable[[], None]) -> set[str]:
    called: set[str] = set()
    original = Loop.__call__

    def call(self: Loop[..., object], *args: object) -> object:
        called.add(f"{self.function.__module__}.{self.function.__name__}")
        return original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "__call__", call)
        run()
    return called


@pytest.mark.slow
def test_two_processes_share_the_loops_and_have_none_in_common() -> None:
    foreground = loops_called(rehearsal._find_foreground)
    rest = loops_called(rehearsal._find_the_rest)
    both, needed = foreground & rest, loops_called(compile_watching)
    assert both <= {"stream_ae.kernels.lighting._are_equal"}  # which tells, before both begin
    assert len(foreground) > 10
    assert len(rest) > 10
    assert foreground | rest <= needed
    assert len(needed - foreground - rest) <= 5  # which learning compiles, or which are short


@pytest.mark.slow
def test_nothing_is_compiled_while_a_stream_is_watched() -> None:
    program = """
from itertools import islice
from stream_ae.kernels.jit import Loop, compilations
from stream_ae.learning.rehearsal import compile_watching
from stream_ae.learning.watcher import Watcher
from stream_ae.sources.scene import SceneSource

compile_watching()
with compilations() as names:
    for scene, start in (("cuts", 150), ("pan", 0), ("street", 850)):
        watcher, source = Watcher(absorb=3.0), SceneSource(scene)
        for frame in islice(source.read(start), 150):
            watcher.watch_one(frame)
print(*names)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
