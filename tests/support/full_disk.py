"""A disk that is full, for as long as a block runs."""

import resource
from contextlib import contextmanager


@contextmanager
def full_disk(*, at=0):
    """Let no file grow beyond ``at`` bytes: what fits is written, then the system says no."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
