import os
import signal
import threading

from stream_ae.runs.signals import handled


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
