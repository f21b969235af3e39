"""What a test changes in the process is put back after it."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def process_as_it_was() -> Iterator[None]:
    """A run sets the number of threads and lets tiny numbers be zero, for the whole process."""
    threads = torch.get_num_threads()
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(threads)
