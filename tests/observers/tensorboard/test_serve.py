import json
import subprocess
import sys

import pytest

from stream_ae.observers.tensorboard import serve
from stream_ae.observers.tensorboard.serve import PAGE, Environ, Respond, with_first_page


def board(environ: Environ, respond: Respond) -> list[bytes]:
    respond("200 OK", [])
    return [b"the board", str(environ["PATH_INFO"]).encode()]


def ask(path: str, query: str = "") -> tuple[str, bytes]:
    """Status and content."""
    status: list[str] = []
    environ: Environ = {"PATH_INFO": path, "QUERY_STRING": query}

    def respond(line: str, headers: list[tuple[str, str]]) -> None:
        status.append(line)
        assert dict(headers).get("Content-Length", str(len(PAGE))) == str(len(PAGE))

    content = b"".join(with_first_page(board)(environ, respond))
    return status[0], content


@pytest.mark.parametrize("path", ["", "/"])
def test_a_browser_gets_the_first_page_first(path: str) -> None:
    assert ask(path) == ("200 OK", PAGE)


@pytest.mark.parametrize(
    ("path", "query"), [("/", "live=1"), ("/data/runs", ""), ("/index.js", ""), ("/data/x", "a=b")]
)
def test_everything_else_is_tensorboards(path: str, query: str) -> None:
    assert ask(path, query) == ("200 OK", b"the board" + path.encode())


def test_the_first_page_leads_to_one_with_a_query_so_that_it_comes_once() -> None:
    assert b'location.replace("?live=1"' in PAGE
    assert b"autoReload: true" in PAGE


def test_it_loads_nothing_of_this_program_before_it_serves() -> None:
    program = (
        "import json, runpy, sys; before = set(sys.modules);"
        f"runpy.run_path({serve.__file__!r}); print(json.dumps([*(set(sys.modules) - before)]))"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    assert {"torch", "stream_ae", "tensorboard"} & set(json.loads(run.stdout)) == set()
