import io
import logging

import pytest

from stream_ae.observers.json_lines import JsonLines


class Counted(io.StringIO):
    flushed = 0

    def flush(self) -> None:
        self.flushed += 1


class Broken(io.StringIO):
    written = 0

    def write(self, _: str, /) -> int:
        self.written += 1
        raise BrokenPipeError(32, "Broken pipe")


def test_every_line_is_written_at_once() -> None:
    output = Counted()
    lines = JsonLines(output)
    lines('{"a": "ä"}\n'.encode())
    lines(b'{"b": 1}\n')
    assert output.getvalue() == '{"a": "ä"}\n{"b": 1}\n'
    assert output.flushed == 2


def test_an_output_that_fails_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    output = Broken()
    lines = JsonLines(output)
    with caplog.at_level(logging.WARNING, logger="stream_ae"):
        lines(b"{}\n")
        lines(b"{}\n")
    assert output.written == 1
    assert caplog.messages == [
        "cannot write lines to the standard output: Broken pipe; learning goes on without them"
    ]
