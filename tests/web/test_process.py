import importlib.util
import io
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.live_page import RUN, Looker, ask, send_frame, wait_until

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError
from stream_ae.web.process import PageServer, PageSettings

HERE = PageSettings("127.0.0.1", 0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    with PageServer(tmp_path, HERE, run=RUN) as server:
        yield server


@pytest.mark.slow
def test_who_looks_sees_frames_and_nothing_is_asked_for_otherwise(server: PageServer) -> None:
    assert not server.wanted.looks
    with Looker(server) as looker:
        assert looker.hear("hello")["run"]["title"] == "street"
        looker.want("frame", "error")
        wait_until(lambda: server.wanted.panels == {"frame", "error"})
        send_frame(server, 90)
        shown = looker.hear("frame")
        assert shown["number"] == 90
        (name, length, width, height), (second, *_) = shown["panels"]
        assert (name, width, height, second) == ("frame", 32, 32, "error")
        picture = np.asarray(Image.open(io.BytesIO(shown["pictures"][:length])))
        assert np.abs(picture.astype(int) - 90).max() <= 1
    wait_until(lambda: not server.wanted.looks)


@pytest.mark.slow
def test_a_slow_viewer_gets_the_newest_frame_and_the_others_are_dropped(
    server: PageServer,
) -> None:
    with Looker(server) as slow, Looker(server) as quick:
        for looker in (slow, quick):
            looker.want("frame")
        wait_until(lambda: server.wanted.looks)
        for number in range(1, 6):
            send_frame(server, number)
            assert quick.hear("frame")["number"] == number
            quick.say(type="ack", number=number)
        assert slow.hear("frame")["number"] == 1
        slow.say(type="ack", number=1)
        assert slow.hear("frame")["number"] == 5


@pytest.mark.slow
def test_a_command_comes_with_its_answer_going_back(tmp_path: Path) -> None:
    run = {**RUN, "controls": True}
    with PageServer(tmp_path, HERE, run=run) as server, Looker(server) as looker:
        looker.say(type="command", id=5, name="threshold", value=0.995)
        command = server.commands.get(timeout=20)
        assert (command.name, command.value, command.event) == ("threshold", 0.995, None)
        changed = {"threshold": 0.995}
        answer = {"type": "answer", "id": command.id, "ok": True, "text": "done", "run": changed}
        server.send(answer)
        heard = looker.hear("answer")
        assert (heard["id"], heard["ok"], heard["text"]) == (5, True, "done")
        assert looker.hear("run")["run"]["threshold"] == 0.995


@pytest.mark.slow
def test_without_controls_nothing_reaches_the_learner(server: PageServer) -> None:
    with Looker(server) as looker:
        looker.say(type="command", id=1, name="forget")
        answer = looker.hear("answer")
        assert not answer["ok"]
        assert "--controls" in answer["text"]
        assert server.commands.empty()


@pytest.mark.slow
def test_the_run_folder_is_told_as_it_grows(server: PageServer, tmp_path: Path) -> None:
    with Looker(server) as looker:
        looker.hear("hello")
        line = {"step": 50, "time": 1000.0, "loss/mse": 0.125}
        (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
        window = looker.hear("window")
        assert (window["step"], window["values"]) == (50, {"loss/mse": 0.125})
        event = {"step": 60, "time": 1001.0, "kind": "source_lost", "text": "gone"}
        (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
        assert looker.hear("event")["event"]["text"] == "gone"
    with Looker(server) as late:
        hello = late.hear("hello")
        assert hello["history"]["loss/mse"] == [[50, 0.125, 0.125, 0.125]]
        assert [event["kind"] for event in hello["events"]] == ["source_lost"]


@pytest.mark.slow
def test_the_panels_of_a_moment_are_kept(server: PageServer) -> None:
    send_frame(server, 77, moment=True)
    wait_until(lambda: ask(server, "moments/77/frame.jpg").status == 200)
    answer = ask(server, "moments/77/reconstruction.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert np.asarray(Image.open(io.BytesIO(answer.body)))[5, 5].tolist() == [77, 77, 77]
    assert ask(server, "moments/78/frame.jpg").status == 404


@pytest.mark.slow
def test_a_page_that_dies_is_said_and_learning_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with PageServer(tmp_path, HERE, run=RUN) as server:
        assert server._process is not None
        os.kill(server._process.pid, signal.SIGKILL)
        wait_until(lambda: not server.is_running and bool(caplog.messages))
        for number in range(300):
            send_frame(server, 1, moment=number % 2 == 0)
    assert "the live page has ended" in caplog.text
    assert "learning goes on" in caplog.text


@pytest.mark.slow
def test_nothing_is_left_when_it_ends(tmp_path: Path) -> None:
    before = threading.active_count()
    with PageServer(tmp_path, HERE, run=RUN) as server, Looker(server) as looker:
        looker.hear("hello")
        process = server._process
    assert process is not None
    assert process.poll() == 0
    assert threading.active_count() <= before + 1  # the client's own reader


def test_a_port_that_is_taken_is_an_error_of_one_line(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigError, match="the live page needs a free port"),
            PageServer(tmp_path, PageSettings("127.0.0.1", port), run=RUN),
        ):
            pytest.fail("it was served")


@pytest.mark.slow
def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    settings = PageSettings("127.0.0.1", 0, certfile=wrong, keyfile=wrong)
    with (
        pytest.raises(StreamAEError, match=r"its server did not start: .*PEM"),
        PageServer(tmp_path, settings, run=RUN),
    ):
        pytest.fail("it was served")


def test_a_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("stream_ae.web.process.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[live\]"):
        PageServer(tmp_path, HERE, run=RUN)
