import json
import queue
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.support.full_disk import full_disk
from tests.support.steps import make_step

from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.observers.controls import Command, Controls
from stream_ae.observers.journal import Journal
from stream_ae.observers.pace import Pacer
from stream_ae.observers.summary import Metrics

EVENT = {
    "id": "9-appeared-1",
    "kind": "appeared",
    "text": "something appeared",
    "score": 0.8,
    "box": [0.1, 0.1, 0.2, 0.2],
}


_JOURNALS: list[Journal] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _JOURNALS:
        _JOURNALS.pop().close()


class Desk:
    """Takes down what is answered."""

    def __init__(self) -> None:
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.sent: list[Mapping[str, object]] = []

    def send(self, header: Mapping[str, object]) -> None:
        self.sent.append(header)


class Run:
    """A run with controls.

    Args:
        directory: the run folder.
        frozen: whether it only watches.
        camera: whether it has no pace of its own.
        watched: whether it is watched.
    """

    def __init__(
        self, directory: Path, *, frozen: bool = False, camera: bool = False, watched: bool = True
    ) -> None:
        self.desk, self.directory = Desk(), directory
        self.learner = StreamLearner(frozen=frozen, size="small")
        self.watcher = Watcher() if watched else None
        self.pacer = None if camera else Pacer(is_on=False, stopped=lambda: False)
        self.journal = Journal(directory, config={})
        _JOURNALS.append(self.journal)
        self.stopped = False
        self.controls = Controls(
            self.desk,
            learner=self.learner,
            watcher=self.watcher,
            checkpointer=Checkpointer(directory, self.learner, metrics=Metrics({}), settings={}),
            journal=self.journal,
            pacer=self.pacer,
            stopped=lambda: self.stopped,
        )

    def ask(self, name: str, **about: object) -> Mapping[str, object]:
        """Ask for something; the answer."""
        self.desk.commands.put(Command("1", name, **about))  # type: ignore[arg-type]
        step = make_step(9)
        self.journal.on_step(step)
        self.controls.on_step(step)
        return next(sent for sent in reversed(self.desk.sent) if sent["type"] == "answer")

    def events(self) -> list[dict[str, object]]:
        """What was written down."""
        lines = (self.directory / "events.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def test_learning_is_paused_and_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.ask("pause")["ok"]
    assert run.learner.frozen
    step = run.learner.learn_one(np.zeros((48, 64, 3), np.uint8))
    assert not step.update.learned
    assert run.ask("resume")["ok"]
    assert run.learner.learn_one(np.zeros((48, 64, 3), np.uint8)).update.learned
    assert [row["kind"] for row in run.events()] == ["started", "paused", "unpaused"]


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_a_run_that_only_watches_stays_so(name: str, tmp_path: Path) -> None:
    run = Run(tmp_path, frozen=True)
    answer = run.ask(name)
    assert not answer["ok"]
    assert "only watches" in str(answer["text"])
    assert run.learner.frozen


def test_a_checkpoint_is_written_at_once(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.learner.learn_one(np.zeros((48, 64, 3), np.uint8))
    assert run.ask("checkpoint")["text"] == "saved after frame 9"
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-000000001.pt"]


def test_a_checkpoint_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.ask("resume")
    run.learner.learn_one(np.zeros((48, 64, 3), np.uint8))
    with full_disk(at=20_000):
        answer = run.ask("checkpoint")
    assert not answer["ok"]
    assert "cannot write" in str(answer["text"])


def test_the_scene_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, forgotten = Run(tmp_path), []
    assert run.watcher is not None
    monkeypatch.setattr(run.watcher, "forget", lambda: forgotten.append(1))
    assert run.ask("forget")["ok"]
    assert forgotten == [1]
    assert run.events()[-1]["kind"] == "forgotten"


@pytest.mark.parametrize(("value", "is_taken"), [(0.999, True), (0.4, False), ("high", False)])
def test_what_is_novel_may_be_made_rarer(value: object, is_taken: bool, tmp_path: Path) -> None:
    run = Run(tmp_path)
    answer = run.ask("threshold", value=value)
    assert answer["ok"] is is_taken
    assert run.watcher is not None
    assert run.watcher.rare == (0.999 if is_taken else 0.99)
    assert answer.get("run") == ({"threshold": 0.999} if is_taken else None)


def test_a_false_event_is_written_down_and_taken_note_of(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.ask("false_alarm", event=EVENT)["ok"]
    assert run.watcher is not None
    least = run.watcher.state_dict()["events"]["tolerance"]["least"]["appeared"]
    assert float(least.max()) == pytest.approx(0.9)
    row = run.events()[-1]
    assert (row["kind"], row["event"], row["step"]) == ("false_alarm", "9-appeared-1", 9)


@pytest.mark.parametrize("event", [None, {**EVENT, "box": None}, {**EVENT, "kind": "started"}])
def test_only_what_has_a_place_can_be_false(
    event: Mapping[str, object] | None, tmp_path: Path
) -> None:
    answer = Run(tmp_path).ask("false_alarm", event=event)
    assert not answer["ok"]
    assert "has a place" in str(answer["text"])


def test_the_pace_is_changed(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.pacer is not None
    assert run.ask("pace", value="source")["run"] == {"pace": "source"}
    assert run.pacer.is_on
    run.ask("pace", value="free")
    assert not run.pacer.is_on
    assert not run.ask("pace", value="fast")["ok"]


def test_a_held_stream_goes_one_frame_at_a_time_until_it_is_let_go(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for name in ("hold", "next"):  # the second is asked for while it is held
        run.desk.commands.put(Command("1", name))
    run.controls.on_step(make_step(1))
    run.desk.commands.put(Command("2", "next"))
    run.controls.on_step(make_step(2))
    run.desk.commands.put(Command("3", "go"))
    run.controls.on_step(make_step(3))
    run.controls.on_step(make_step(4))
    held = [sent["held"] for sent in run.desk.sent if sent["type"] == "held"]
    assert held == [True, False]


def test_a_held_stream_can_be_stopped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.stopped = True
    run.desk.commands.put(Command("1", "hold"))
    run.controls.on_step(make_step(1))
    assert run.desk.sent[-1]["ok"]


@pytest.mark.parametrize("name", ["hold", "next", "pace"])
def test_a_camera_does_not_wait(name: str, tmp_path: Path) -> None:
    answer = Run(tmp_path, camera=True).ask(name, value="source")
    assert not answer["ok"]
    assert "a camera does not wait" in str(answer["text"])


@pytest.mark.parametrize("name", ["forget", "threshold"])
def test_a_run_that_is_not_watched_says_so(name: str, tmp_path: Path) -> None:
    answer = Run(tmp_path, watched=False).ask(name, value=0.99)
    assert not answer["ok"]
    assert "not watched" in str(answer["text"])


def test_a_command_that_there_is_not_is_refused(tmp_path: Path) -> None:
    answer = Run(tmp_path).ask("explode")
    assert (answer["ok"], answer["text"]) == (False, "there is no command 'explode'")
