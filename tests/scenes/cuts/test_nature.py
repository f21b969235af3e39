from collections.abc import Callable

import pytest
from tests.support.scenes import check_place

from stream_ae.scenes.cuts.nature import desert, park, slope
from stream_ae.scenes.scene import Scene


@pytest.mark.parametrize("build", [park, slope, desert])
def test_it_is_a_place(build: Callable[[int], Scene]) -> None:
    check_place(build)
