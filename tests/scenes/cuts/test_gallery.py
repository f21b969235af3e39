import numpy as np
from tests.support.scenes import built, check_place

from stream_ae.scenes.cuts.gallery import gallery


def test_it_is_a_place() -> None:
    check_place(gallery, busy=0.7)


def test_another_seed_hangs_other_pictures() -> None:
    walls = [built(gallery, seed).picture(0)[40:140] for seed in range(3)]
    assert np.abs(walls[0] - walls[1]).mean() > 15
    assert np.abs(walls[1] - walls[2]).mean() > 15
