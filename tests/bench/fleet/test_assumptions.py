import pytest

from stream_ae.bench.fleet.assumptions import Assumptions
from stream_ae.errors import ConfigError


def test_machines_are_those_that_are_needed_and_the_spare_ones() -> None:
    assert Assumptions(cameras=10_000, per_machine=100, spare=0.05).machines == 105
    assert Assumptions(cameras=1, per_machine=100).machines == 1


def test_checkpoints_take_their_share_of_the_storage() -> None:
    about = Assumptions(cameras=100, checkpoint=1e6, checkpoint_every=10.0, storage=1e8)
    assert about.storage_load == pytest.approx(0.1)


def test_too_many_checkpoints_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"got 200% of 0\.05 GB/s; write them less often"):
        Assumptions(cameras=100, checkpoint=1e7, checkpoint_every=10.0, storage=5e7)
