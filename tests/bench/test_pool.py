import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from functools import partial

import pytest
import torch

from stream_ae.bench.pool import Workers
from stream_ae.errors import MissingExtraError, SourceError, StreamAEError
from stream_ae.sources.address import open_source


def late(value: int) -> int:
    """The earlier a task is given, the later it is done."""
    time.sleep(0.1 / (1 + value))
    return value


def lack() -> None:
    raise MissingExtraError("Pillow", purpose="a picture", extra="images")


def test_one_job_works_here_and_only_when_asked() -> None:
    with Workers(1) as workers:
        tasks: list[Callable[[], object]] = [os.getpid, partial(pow, 2, 5)]
        assert list(workers.each(tasks)) == [os.getpid(), 32]
        tasks = [partial(pow, 2, 3), partial(os.kill, os.getpid(), signal.SIGKILL)]
        results = workers.each(tasks)
        assert next(results) == 8
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_several_jobs_work_elsewhere_and_answer_in_order() -> None:
    with Workers(2) as workers:
        assert list(workers.each([partial(late, value) for value in range(5)])) == [*range(5)]
        assert list(workers.each([torch.get_num_threads] * 2)) == [1, 1]
        pids = set(workers.each([os.getpid] * 4))
        assert len(pids) <= 2, "processes are used again"
        assert os.getpid() not in pids
        deaf = workers.each([partial(signal.getsignal, signal.SIGINT)] * 2)
        assert list(deaf) == [signal.SIG_IGN] * 2
        with pytest.raises(SourceError, match=r"nowhere\.mp4"):
            list(workers.each([partial(open_source, "nowhere.mp4")]))
        with pytest.raises(MissingExtraError, match=r"a picture needs Pillow.*stream-ae\[images\]"):
            list(workers.each([lack]))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_process_that_dies_is_an_error_and_the_others_are_ended() -> None:
    tasks: list[Callable[[], object]] = [partial(time.sleep, 3600), partial(os._exit, 9)]
    with pytest.raises(StreamAEError, match="exit code 9"), Workers(2) as workers:
        list(workers.each(tasks))
    assert not multiprocessing.active_children()


def test_no_jobs_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        Workers(0)


@pytest.mark.slow
def test_work_that_is_broken_off_is_not_waited_for() -> None:
    def broken_off() -> None:
        with Workers(2) as workers:
            workers.each([partial(time.sleep, 3600)] * 3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert not multiprocessing.active_children()
