import json
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.findings import make_event, make_findings, make_frame

from stream_ae.observers.alerts import command as command_module
from stream_ae.observers.alerts.command import EventCommand

WRITES_ALL = """
import json, os, sys
names = [name for name in os.environ if name.startswith("STREAM_AE_")]
given = {name: os.environ[name] for name in names}
with open(sys.argv[1], "a") as file:
    print(json.dumps({"stdin": json.load(sys.stdin), "environment": given}), file=file)
print("not to be seen")
"""


@pytest.fixture
def begin() -> Iterator[Callable[[str], EventCommand]]:
    begun: list[EventCommand] = []

    def make(text: str) -> EventCommand:
        begun.append(EventCommand(text, source="door", run="a"))
        return begun[-1]

    yield make
    for each in begun:
        each.close()
    assert [t.name for t in threading.enumerate() if t.name.startswith("runs ")] == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


Begin = Callable[[str], EventCommand]


def python(program: str, *arguments: str | Path) -> str:
    return shlex.join([sys.executable, "-I", "-S", "-c", program, *map(str, arguments)])


def tell(observer: EventCommand, *numbers: int) -> None:
    for number in numbers:
        findings = make_findings(number, events=(make_event(start=number),))
        observer.on_findings(findings, make_frame(number))


def test_it_gets_the_event_as_json_and_as_variables(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STREAM_AE_WEBHOOK_SECRET", "secret")
    monkeypatch.setenv("STREAM_AE_ZONE", "of another event")
    observer = begin(python(WRITES_ALL, tmp_path / "out $HOME; it's"))
    tell(observer, 1, 2)
    observer.close()
    observer.close()
    first, second = (tmp_path / "out $HOME; it's").read_text().splitlines()
    assert json.loads(second)["stdin"]["step"] == 2
    given = json.loads(first)
    event, environment = given["stdin"], given["environment"]
    assert (event["kind"], event["source"], event["zone"]) == ("appeared", "door", None)
    assert environment == {
        "STREAM_AE_ID": event["id"],
        "STREAM_AE_SOURCE": "door",
        "STREAM_AE_STEP": "1",
        "STREAM_AE_TIME": str(event["time"]),
        "STREAM_AE_KIND": "appeared",
        "STREAM_AE_TEXT": event["text"],
        "STREAM_AE_START": "1",
        "STREAM_AE_END": "1",
        "STREAM_AE_PEAK": "1",
        "STREAM_AE_START_TIME": "0.0",
        "STREAM_AE_END_TIME": "0.0",
        "STREAM_AE_PEAK_TIME": "0.0",
        "STREAM_AE_SCORE": "0.75",
        "STREAM_AE_BOX": "0.1,0.2,0.25,0.5",
        "STREAM_AE_TRACK": "1",
    }
    assert capfd.readouterr() == ("", "")


def test_the_stream_does_not_wait_and_one_runs_at_a_time(begin: Begin, tmp_path: Path) -> None:
    """Each waits for a file that is there once all were told; none may find another's."""
    alone, go = tmp_path / "alone", tmp_path / "go"
    script = (
        f"while [ ! -e {go} ]; do sleep 0.01; done; mkdir {alone} || exit 9;"
        f" echo $STREAM_AE_STEP >> {tmp_path}/order; rmdir {alone}"
    )
    observer = begin(shlex.join(["sh", "-c", script]))
    tell(observer, 3, 1, 2)
    go.touch()
    observer.close()
    assert (tmp_path / "order").read_text().split() == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo first >&2; echo 'no such room' >&2; echo >&2; exit 3", "ended with 3: no such room"),
        ("exit 1", "ended with 1"),
        ("kill -9 $$", "ended with -9"),
        ("printf 'a\\033[31mb' >&2; exit 2", "ended with 2: a[31mb"),
    ],
)
def test_a_failure_is_one_line(
    begin: Begin, caplog: pytest.LogCaptureFixture, script: str, complaint: str
) -> None:
    observer = begin(shlex.join(["sh", "-c", script]))
    tell(observer, 1)
    observer.close()
    assert caplog.messages == [f"'sh' {complaint}"]


def test_a_program_that_is_gone_is_one_line(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    observer = begin(str(script))
    script.unlink()
    tell(observer, 1)
    observer.close()
    (message,) = caplog.messages
    assert "cannot be run" in message


def test_one_that_takes_too_long_is_killed_with_all_that_it_started(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    script = f"[ $STREAM_AE_STEP = 2 ] && exit; sleep 60 & echo $! $$ > {pids}; wait"
    observer = begin(shlex.join(["sh", "-c", script]))
    tell(observer, 1)
    written = contents(pids)
    with monkeypatch.context() as patched:
        patched.setattr(command_module, "TIME_LIMIT", 0.0)
        deadline = time.monotonic() + 20
        while not caplog.messages:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    tell(observer, 2)
    observer.close()
    (message,) = caplog.messages
    assert message.startswith("'sh' was killed after ")
    assert not any(is_running(int(pid)) for pid in written.split())


def test_the_end_waits_for_none_for_long(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_module, "CLOSING_TIME", 0.1)
    observer = begin(shlex.join(["sh", "-c", f"echo > {tmp_path}/begun; sleep 60"]))
    tell(observer, 1, 2, 3)
    contents(tmp_path / "begun")
    observer.close()
    tell(observer, 4)
    assert caplog.messages[0].startswith("'sh' was killed after")
    assert caplog.messages[1:] == ["2 events were not handed to 'sh'"]


def test_of_too_many_the_newest_are_kept(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_module, "MOST_WAITING", 2)
    go, begun, order = tmp_path / "go", tmp_path / "begun", tmp_path / "order"
    script = (
        f"echo > {begun}; while [ ! -e {go} ]; do sleep 0.01; done; echo $STREAM_AE_STEP >> {order}"
    )
    observer = begin(shlex.join(["sh", "-c", script]))
    tell(observer, 1)
    contents(begun)
    tell(observer, 2, 3, 4)
    go.touch()
    observer.close()
    assert order.read_text().split() == ["1", "3", "4"]
    assert caplog.messages == ["'sh' is too slow: an event was not handed to it"]


def test_what_is_no_command_is_refused(begin: Begin) -> None:
    with pytest.raises(ValueError, match="must be a command, got 'no-such-program'"):
        begin("no-such-program")


def contents(path: Path) -> str:
    """A file that a command writes, once its first line is there."""
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie that its new parent has not yet reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
