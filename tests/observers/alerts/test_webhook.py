import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.support.findings import make_event, make_findings, make_frame
from tests.support.full_disk import full_disk
from tests.support.hook_server import HookServer

from stream_ae.errors import ConfigError
from stream_ae.observers.alerts import courier
from stream_ae.observers.alerts.post import signature
from stream_ae.observers.alerts.webhook import SECRET, Webhook


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", SECRET):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(courier, "_FIRST_PAUSE", 0.01)


def tell(webhook: Webhook, *numbers: int) -> None:
    """Frames of these numbers, each with an event."""
    for number in numbers:
        findings = make_findings(number, events=(make_event(start=number),))
        webhook.on_findings(findings, make_frame(number))


def steps(hook: HookServer) -> list[int]:
    return [json.loads(came.body)["step"] for came in hook.received]


def test_each_event_arrives_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "a secret")
    with HookServer() as hook:
        webhook = Webhook(f"{hook.url}/hook", directory=tmp_path / "run", source="door")
        webhook.on_findings(make_findings(1), make_frame(1))
        assert not (tmp_path / "run").exists()
        tell(webhook, 2, 3)
        webhook.close()
        assert steps(hook) == [2, 3]
        came = hook.received[0]
    values = json.loads(came.body)
    assert (values["source"], values["kind"]) == ("door", "appeared")
    assert values["id"] == came.headers["webhook-id"]
    timestamp = came.headers["webhook-timestamp"]
    assert came.headers["webhook-signature"] == signature(
        came.body, id=values["id"], timestamp=timestamp, secret="a secret"
    )
    assert not list((tmp_path / "run").rglob("*.json"))


def test_the_secret_is_nowhere_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "very-secret")
    with HookServer([500] * 9) as hook:
        url = hook.url.replace("//", "//me:very-secret@") + "/very-secret"
        webhook = Webhook(url, directory=tmp_path, source="door")
        tell(webhook, 1)
        webhook.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert b"very-secret" not in files[0].read_bytes()


def test_what_is_left_is_sent_by_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with HookServer() as free:
        port = free.port
    webhook = Webhook(
        f"http://me:secret@127.0.0.1:{port}/secret", directory=tmp_path, source="door"
    )
    tell(webhook, 5, 6)
    webhook.close()
    assert "secret" not in caplog.text
    assert f"http://127.0.0.1:{port}" in caplog.text
    with HookServer(port=port) as hook:
        webhook = Webhook(hook.url, directory=tmp_path, source="door")
        webhook.on_findings(make_findings(7), make_frame(7))
        webhook.close()
        assert steps(hook) == [5, 6]


def test_an_event_that_is_told_again_has_the_same_number(tmp_path: Path) -> None:
    with HookServer() as hook:
        for _ in range(2):  # killed after its last checkpoint, and resumed
            webhook = Webhook(hook.url, directory=tmp_path, source="door")
            tell(webhook, 9)
            webhook.close()
        first, second = hook.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_full_disk_is_told_and_the_event_sent(tmp_path: Path) -> None:
    with HookServer() as hook:
        webhook = Webhook(hook.url, directory=tmp_path, source="door")
        events = (make_event("cut"), make_event("novel"))
        with full_disk(), pytest.raises(OSError, match="File too large"):
            webhook.on_findings(make_findings(1, events=events), make_frame(1))
        webhook.close()
        assert [json.loads(came.body)["kind"] for came in hook.received] == ["cut", "novel"]


def test_too_many_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with HookServer() as free:
        port = free.port
    webhook = Webhook(f"http://127.0.0.1:{port}", directory=tmp_path, source="door")
    webhook._outbox._most = 2
    tell(webhook, 1, 2, 3)
    webhook.close()
    assert "dropped 1 of the oldest events: too many wait for the webhook" in caplog.messages
    assert len(list(tmp_path.rglob("*.json"))) == 2


def test_what_is_wrong_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r"must be http\(s\)://HOST"):
        Webhook("hooks.example", directory=tmp_path, source="door")
    monkeypatch.setenv(SECRET, "")
    with pytest.raises(ConfigError, match="must hold a secret, got nothing; unset it"):
        Webhook("http://localhost", directory=tmp_path, source="door")
    monkeypatch.setenv(SECRET, "whsec_*")
    with pytest.raises(ConfigError, match="must be base64; mend it") as error:
        Webhook("http://localhost", directory=tmp_path, source="door")
    assert "*" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_receiver_of_the_documentation_checks_the_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[3] / "docs" / "watch.md"
    program = page.read_text(encoding="utf-8").partition(
        "A receiver that checks it:\n\n```python\n"
    )[2]
    names: dict[str, type[BaseHTTPRequestHandler]] = {}
    exec(program.partition("\nHTTPServer(")[0], names)
    monkeypatch.setattr(names["Hook"], "log_message", lambda *_: None)
    for secret in ("a secret", "another"):
        server = HTTPServer(("127.0.0.1", 0), names["Hook"])
        receiver = threading.Thread(target=server.handle_request)
        receiver.start()
        monkeypatch.setenv(SECRET, secret)
        webhook = Webhook(f"http://127.0.0.1:{server.server_port}", directory=tmp_path, source="a")
        monkeypatch.setenv(SECRET, "a secret")
        tell(webhook, 1)
        receiver.join()
        server.server_close()
        webhook.close()
    assert capsys.readouterr().out == "something appeared, at the left, at 0:00.0\n"


@pytest.mark.slow
def test_what_was_told_outlives_a_kill(tmp_path: Path) -> None:
    with HookServer() as free:
        port = free.port
    program = f"""
import os, signal
from pathlib import Path
from tests.support.findings import make_event, make_findings, make_frame
from stream_ae.observers.alerts.webhook import Webhook
webhook = Webhook("http://127.0.0.1:{port}", directory=Path({str(tmp_path)!r}), source="door")
webhook.on_findings(make_findings(4, events=(make_event(start=4),)), make_frame(4))
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with HookServer(port=port) as hook:
        webhook = Webhook(hook.url, directory=tmp_path, source="door")
        webhook.on_findings(make_findings(5), make_frame(5))
        webhook.close()
        assert steps(hook) == [4]
