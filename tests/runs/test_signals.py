import os
import signal
import threading

import pytest

from stream_ae.runs.signals import ends_cleanly, handled, wait_for_end


def test_a_signal_does_something_else_for_a_while() -> None:
    heard: list[int] = []
    before = signal.getsignal(signal.SIGTERM)
    with handled(signal.SIGTERM, lambda number, _: heard.append(number)):
        os.kill(os.getpid(), signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is before


def test_in_another_thread_nothing_changes() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def other() -> None:
        with handled(signal.SIGTERM, signal.SIG_IGN):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    asked = []

    def goes_on() -> bool:
        asked.append(number)
        os.kill(os.getpid(), number)
        return True

    wait_for_end(goes_on)
    assert asked == [number]
    assert signal.getsignal(number) is before


def test_it_ends_where_there_is_nothing_to_wait_for() -> None:
    wait_for_end(lambda: False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_does_something_and_the_second_ends_the_process(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(number)
    done: list[object] = []
    monkeypatch.setattr(os, "_exit", done.append)
    with ends_cleanly(lambda: done.append("first")):
        os.kill(os.getpid(), number)
        assert done == ["first"]
        os.kill(os.getpid(), number)
    assert done == ["first", 128 + number]
    assert signal.getsignal(number) is before
