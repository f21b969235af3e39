"""Every test has one thread, and what it changes in the process is put back after it."""

import os

# Read when the pools of threads start. Several runners side by side would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import signal
from collections.abc import Generator, Iterator

import hypothesis
import pytest
import torch

# A busy machine is no error.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

# A shell starts what runs in its background with Ctrl-C ignored, and that is handed down.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let only tests marked ``cuda`` see such a device: bit for bit is what the CPU gives."""
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("cuda") is None:
            patch.setattr(torch.cuda, "is_available", lambda: False)
            patch.setenv("CUDA_VISIBLE_DEVICES", "")  # of the processes that a test starts
        return (yield)


@pytest.fixture(autouse=True)
def process_as_it_was() -> Iterator[None]:
    """A run sets the number of threads and lets tiny numbers be zero, for the whole process."""
    torch.set_num_threads(1)
    yield
    torch.set_flush_denormal(False)
