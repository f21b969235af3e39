from collections.abc import Callable

import pytest
from tests.support.scenes import check_place

from stream_ae.scenes.cuts.nature import desert, park, ski_slope
from stream_ae.scenes.scene import Scene


@pytest.mark.parametrize("build", [park, ski_slope, desert])
def test_it_is_a_place(build: Callable[[int], Scene]) -> None:
    check_place(build)
