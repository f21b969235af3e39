"""TensorBoard's own server, started beside the learning and ended with it.

It runs in a process of its own, so that it never waits for the learner's interpreter nor the
learner for it. The child (``serve.py``) watches its standard input: when that closes, because the
parent closed it or died in whatever way, the child ends itself. This works on every system and
sends no signal to a process that may be gone.
"""

import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Self

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError
from stream_ae.observers.ports import free_port
from stream_ae.settings.shell import command, program

_PORT = 6006  # where everybody looks for it
_START_S, _END_S, _POLL_S, _ANSWER_S = 90.0, 10.0, 0.1, 2.0
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for all addresses of a machine, and one of them."""
_SAMPLES = ("--samples_per_plugin", "images=1000")  # all: of 10, those of the beginning are lost
_CHILD = ("-P", str(Path(__file__).with_name("serve.py")))  # -P: no file of the user's folder


class BoardServer:
    """A TensorBoard server for one folder, for as long as the ``with`` block runs.

    Args:
        directory: the run folder, or one above several.
        host: the address to listen on; the default is reached from this machine only.
        port: where to listen; 0 takes any free one, see :attr:`url`; None takes 6006 if that is
            free, and else any other.
        wait: whether entering waits until it answers, which takes seconds.

    Raises:
        MissingExtraError: TensorBoard is not installed.
        ConfigError: on entering, the port is taken or the host is no address of this machine.
        StreamAEError: on entering, the server ended or did not answer in time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        wait: bool = True,
    ) -> None:
        try:
            import tensorboard  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("TensorBoard", purpose="the board", extra="board") from error
        self._directory, self._host, self._wait = directory, host, wait
        self._is_chosen, self._port = port is not None, _PORT if port is None else port
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._link: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the board; the port is chosen on entering."""
        host = self._reached
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/"

    @property
    def _reached(self) -> str:
        """The host for somebody on this machine."""
        return WILDCARDS.get(self._host, self._host)

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self._port = self._free_port()
        self._stderr = tempfile.TemporaryFile()
        where = ["--host", self._host or "0.0.0.0", "--port", str(self._port)]
        what = ["--logdir", str(self._text_path()), "--reload_interval", "2", *_SAMPLES]
        self._process = subprocess.Popen(
            [sys.executable, *_CHILD, *where, *what],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            start_new_session=True,  # a Ctrl-C is the learner's; it ends this server afterwards
        )
        try:
            if self._wait:
                self._wait_for_answer(self._process)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _free_port(self) -> int:
        try:
            return free_port(self._host, self._port, purpose="TensorBoard")
        except ConfigError:
            if self._is_chosen:
                raise
        return free_port(self._host, 0, purpose="TensorBoard")

    def _text_path(self) -> Path:
        """The folder, or a link to it where its name is no text: TensorBoard would show nothing."""
        if str(self._directory).isprintable():
            return self._directory
        self._link = tempfile.TemporaryDirectory(prefix="stream-ae-")
        link = Path(self._link.name, "run")
        link.symlink_to(self._directory.absolute(), target_is_directory=True)
        return link

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_S
        while _status(self._reached, self._port) != http.HTTPStatus.OK:
            if process.poll() is not None:
                raise StreamAEError(self._failure(f"ended with code {process.returncode}"))
            if time.monotonic() > deadline:
                raise StreamAEError(self._failure(f"did not answer within {_START_S:g} s"))
            time.sleep(_POLL_S)

    def _failure(self, what: str) -> str:
        lines: list[str] = []
        if self._stderr is not None:
            self._stderr.seek(0)
            lines = self._stderr.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return (
            f"TensorBoard should serve {self.url}, but {what}: {last};"
            f" try by hand: {command(program('tensorboard'), '--logdir', self._directory)}"
        )

    def _end(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._stderr is not None:
            self._stderr.close()
        if self._link is not None:
            self._link.cleanup()
        self._process = self._stderr = self._link = None


def _status(host: str, port: int) -> int:
    """What is answered to who asks for the first page; 0 where there is no answer."""
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
