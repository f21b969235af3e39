import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError
from stream_ae.observers.images import jpeg
from stream_ae.observers.tensorboard import server as board_server
from stream_ae.observers.tensorboard.event_file import EventFile
from stream_ae.observers.tensorboard.server import BoardServer

slow = pytest.mark.slow


def _status(url: str) -> int:
    host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/data/runs")
        return connection.getresponse().status
    finally:
        connection.close()


def _gone(url: str, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            _status(url)
        except ConnectionError:
            return True
        time.sleep(0.1)
    return False


@slow
def test_serves_while_the_block_runs_and_not_after(tmp_path: Path) -> None:
    with BoardServer(tmp_path, port=0) as server:
        url = server.url
        assert not url.endswith(":0/")
        assert _status(url) == 200
    assert _gone(url, within=1.0)


@slow
def test_a_folder_whose_name_is_no_text_is_shown(tmp_path: Path) -> None:
    directory = tmp_path / os.fsdecode(b"caf\xe9")
    with closing(EventFile(directory, charts={})) as file:
        file.add_scalars(1, {"loss/mse": 0.5})
    with BoardServer(directory, port=0) as server:
        deadline = time.monotonic() + 20.0
        while not _has_scalars(server.url):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@slow
def test_of_many_pictures_the_first_are_shown_too(tmp_path: Path) -> None:
    with closing(EventFile(tmp_path, charts={})) as file:
        picture = jpeg(np.zeros((2, 2, 3), np.uint8)), (2, 2)
        for number in range(1, 41):
            file.add_jpegs(number, {"images/input": picture})
    with BoardServer(tmp_path, port=0) as server:
        deadline = time.monotonic() + 60.0
        while len(shown := _pictures(server.url)) < 40:
            assert time.monotonic() < deadline, shown
            time.sleep(0.1)
    assert shown == list(range(1, 41))


def _has_scalars(url: str) -> bool:
    """Whether the board has read a curve."""
    with urllib.request.urlopen(f"{url}data/plugin/scalars/tags", timeout=5) as response:
        return any(json.load(response).values())


def _pictures(url: str) -> list[int]:
    """The frames of which the board has a picture."""
    query = "data/plugin/images/images?tag=images%2Finput&run=.&sample=0"
    try:
        with urllib.request.urlopen(f"{url}{query}", timeout=5) as response:
            return [picture["step"] for picture in json.load(response)]
    except urllib.error.HTTPError:  # nothing is read yet
        return []


@slow
def test_ends_even_if_the_parent_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from stream_ae.observers.tensorboard.server import BoardServer
        with BoardServer(Path({str(tmp_path)!r}), port=0) as server:
            print(server.url, flush=True)
            time.sleep(300)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().decode().strip()
        assert _status(url) == 200
        os.kill(parent.pid, signal.SIGKILL)
    assert _gone(url, within=20.0)


@slow
def test_the_server_does_not_take_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=rf"got 127\.0\.0\.1:{port} \(another program uses it"),
            BoardServer(tmp_path, port=port),
        ):
            pytest.fail("entered beside another server")


@slow
@pytest.mark.parametrize(
    ("child", "patience", "message"),
    [
        ("import sys; sys.exit('no such thing')", 60.0, "ended with code 1: no such thing; try"),
        ("import time; time.sleep(60)", 0.5, "did not answer within 0.5 s: it said nothing; try"),
    ],
)
def test_a_server_that_fails_is_reported_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: str, patience: float, message: str
) -> None:
    monkeypatch.setattr(board_server, "_CHILD", ("-c", child))
    monkeypatch.setattr(board_server, "_START_S", patience)
    monkeypatch.setattr(board_server, "_END_S", 0.2)
    with pytest.raises(StreamAEError, match=message), BoardServer(tmp_path, port=0):
        pytest.fail("entered without a server")


def test_without_tensorboard_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[board\]"):
        BoardServer(tmp_path)


def test_it_is_where_tensorboard_always_is_and_for_this_machine_only(tmp_path: Path) -> None:
    assert BoardServer(tmp_path).url == "http://127.0.0.1:6006/"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:81/"),
        ("0.0.0.0", "http://127.0.0.1:81/"),
        ("::1", "http://[::1]:81/"),
    ],
)
def test_the_url_is_one_that_a_browser_takes(tmp_path: Path, host: str, url: str) -> None:
    assert BoardServer(tmp_path, host=host, port=81).url == url
