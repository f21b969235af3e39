import subprocess
import sys
from importlib.metadata import version

import pytest


@pytest.mark.slow
def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream_ae", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == version("stream-ae")
