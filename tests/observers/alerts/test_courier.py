import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from stream_ae.observers.alerts import courier as courier_module
from stream_ae.observers.alerts.alert import Alert
from stream_ae.observers.alerts.courier import Courier
from stream_ae.observers.alerts.outbox import Outbox
from stream_ae.observers.alerts.post import PostFailedError, PostRefusedError

AWAY = PostFailedError("connection refused")
FAULT = PostFailedError("the server answered 500", answered=True)
REFUSED = PostRefusedError("the server answered 400")
LATER = PostFailedError("the server answered 429", answered=True, wait=3600.0)


class Receiver:
    """Takes alerts, and raises what it is told to, in that order."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.sent: list[str] = []
        self.timeouts: list[float] = []
        self.came = threading.Condition()

    def __call__(self, alert: Alert, /, *, timeout: float) -> None:
        with self.came:
            self.sent.append(alert.id)
            self.timeouts.append(timeout)
            failure = self.failures.pop(0) if self.failures else None
            self.came.notify_all()
        if failure is not None:
            raise failure

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.sent) >= count, timeout=20)


@pytest.fixture
def courier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Courier]]:
    monkeypatch.setattr(courier_module, "_FIRST_PAUSE", 0.01)
    begun: list[Courier] = []

    def begin(receiver: Receiver, *names: str) -> Courier:
        outbox = Outbox(tmp_path)
        for name in names:
            outbox.put(Alert(name, b"{}"))
        begun.append(Courier(outbox, receiver, to="the receiver"))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()
    assert [t.name for t in threading.enumerate() if t.name.startswith("courier")] == []


Begin = Callable[..., Courier]


def test_what_waits_is_sent_in_order(courier: Begin, tmp_path: Path) -> None:
    receiver = Receiver()
    begun = courier(receiver, "a", "b")
    begun.wake()
    receiver.wait_for(2)
    begun.close()
    begun.close()
    assert receiver.sent == ["a", "b"]
    assert receiver.timeouts[0] == courier_module.TIMEOUT
    assert list(tmp_path.iterdir()) == []


def test_no_thread_is_begun_for_nothing(courier: Begin) -> None:
    begun = courier(Receiver())
    before = threading.active_count()
    begun.close()
    begun.wake()
    assert threading.active_count() == before


def test_it_waits_for_more(courier: Begin) -> None:
    receiver = Receiver()
    begun = courier(receiver, "a")
    begun.wake()
    receiver.wait_for(1)
    begun._outbox.put(Alert("b", b"{}"))
    begun.wake()
    receiver.wait_for(2)
    assert receiver.sent == ["a", "b"]


def test_a_receiver_that_is_away_gets_all_in_order(
    courier: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(AWAY, AWAY)
    begun = courier(receiver, "a", "b")
    begun.wake()
    receiver.wait_for(4)
    begun.close()
    assert receiver.sent == ["a", "a", "a", "b"]
    assert [record.message for record in caplog.records] == [
        "the receiver did not take an event: connection refused; it is tried again",
        "the receiver takes events again",
    ]


def test_one_that_causes_a_fault_does_not_hold_up_the_others(courier: Begin) -> None:
    receiver = Receiver(FAULT)
    begun = courier(receiver, "a", "b", "c")
    begun.wake()
    receiver.wait_for(4)
    assert receiver.sent == ["a", "b", "c", "a"]


def test_what_is_refused_is_dropped(
    courier: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(REFUSED)
    begun = courier(receiver, "a", "b")
    begun.wake()
    receiver.wait_for(2)
    begun.close()
    assert receiver.sent == ["a", "b"]
    assert list(tmp_path.iterdir()) == []
    assert caplog.messages == [
        "the receiver refused an event, which is dropped: the server answered 400"
    ]


def test_what_is_left_at_the_end_is_tried_once_and_kept(
    courier: Begin,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courier_module, "_FIRST_PAUSE", 3600.0)
    receiver = Receiver(*[AWAY] * 9)
    begun = courier(receiver, "a", "b")
    begun.wake()
    receiver.wait_for(1)
    began = time.monotonic()
    begun.close()
    assert time.monotonic() - began < courier_module.CLOSING_TIME
    assert receiver.sent == ["a", "a"]
    assert len(list(tmp_path.iterdir())) == 2
    assert caplog.messages[-1] == f"2 events wait in {tmp_path} for the next start of this run"


def test_a_wait_that_was_asked_for_is_kept_at_the_end_too(courier: Begin, tmp_path: Path) -> None:
    receiver = Receiver(LATER)
    begun = courier(receiver, "a")
    begun.wake()
    receiver.wait_for(1)
    begun.close()
    assert receiver.sent == ["a"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_receiver_that_hangs_does_not_hold_up_the_end(
    courier: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "CLOSING_TIME", 0.05)
    held = threading.Event()

    class Hanging(Receiver):
        def __call__(self, alert: Alert, /, *, timeout: float) -> None:
            super().__call__(alert, timeout=timeout)
            held.wait(20)

    receiver = Hanging()
    begun = courier(receiver, "a", "b")
    begun.wake()
    receiver.wait_for(1)
    begun.close()
    assert receiver.sent == ["a"]
    held.set()
    assert begun._thread is not None
    begun._thread.join(20)
    assert receiver.sent == ["a"], "its time was over"


def test_pauses_grow_to_a_limit_and_differ(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pauses = list(islice(courier_module._pauses(), 15))
    for number, pause in enumerate(pauses):
        longest = min(2.0**number, 300.0)
        assert longest / 2 <= pause <= longest
    assert pauses != list(islice(courier_module._pauses(), 15))
