import numpy as np

from stream_ae.observers.memory import peak_rss_mib


def test_the_peak_is_in_mib_and_grows_by_what_is_taken() -> None:
    before = peak_rss_mib()
    assert 20 < before < 100_000
    size = int(before) + 64  # MiB: more than all that there was
    taken = np.ones((size, 2**20), np.uint8)
    assert taken[-1, -1] == 1
    grown = peak_rss_mib() - before
    assert 32 < grown < size + 64
