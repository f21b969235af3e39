import subprocess
import sys

import pytest

from stream_ae.web import serve


@pytest.mark.slow
def test_without_a_word_it_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream_ae.web.serve"], input=b"", capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.slow
def test_it_loads_neither_pytorch_nor_the_compiler() -> None:
    code = "import sys, stream_ae.web.serve; print({'torch', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"set()\n"


def test_the_learner_is_told_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    serve.tell({"type": "ready", "text": "é\n"})
    assert capsys.readouterr().out == '{"type": "ready", "text": "\\u00e9\\n"}\n'
