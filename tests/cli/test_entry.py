import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from stream_ae.cli import entry

PROGRAM = """
import os, signal, sys

class Interrupting:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                print("swallowed, as in the middle of an import")

sys.meta_path.insert(0, Interrupting)
from stream_ae.cli.entry import main, quick_start
sys.argv = ["stream-ae", "train", "scene:street"]
sys.exit(main())
"""


@pytest.mark.parametrize("module", ["argparse", "torch"])
def test_ctrl_c_while_it_is_loaded_is_one_line(module: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 130
    assert run.stdout == ""
    assert run.stderr == "\nstream-ae: interrupted while starting; nothing was learned\n"


@pytest.mark.parametrize(
    ("start", "arguments"), [(entry.main, ["train", "--frmes"]), (entry.quick_start, ["--frmes"])]
)
def test_the_arguments_of_the_process_are_taken(
    start: Callable[[], int],
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "argv", ["program", *arguments])
    assert start() == 2
    assert "--frmes" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is handler
