import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.web.history import Curve, Curves

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200)


def test_a_curve_that_fits_is_kept_point_by_point() -> None:
    curve = Curve(buckets=4)
    for step, value in ((50, 3.0), (100, 1.0), (150, 2.0)):
        curve.add(step, value)
    assert curve.rows() == [[50, 3.0, 3.0, 3.0], [100, 1.0, 1.0, 1.0], [150, 2.0, 2.0, 2.0]]


@given(values=VALUES)
def test_thinning_loses_neither_the_least_nor_the_most_nor_the_mean(values: list[float]) -> None:
    curve = Curve(buckets=6)
    for step, value in enumerate(values, start=1):
        curve.add(step, value)
    rows = curve.rows()
    assert 1 <= len(rows) <= 6
    assert min(row[1] for row in rows) == min(values)
    assert max(row[2] for row in rows) == max(values)
    assert rows[-1][0] == len(values)
    steps = [0, *(int(row[0]) for row in rows)]
    for (begin, end), row in zip(pairwise(steps), rows, strict=True):
        part = values[begin:end]
        assert row[1] == min(part)
        assert row[2] == max(part)
        assert row[3] == pytest.approx(math.fsum(part) / len(part), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("buckets", [0, 1, 3])
def test_buckets_are_joined_in_pairs(buckets: int) -> None:
    with pytest.raises(ValueError, match="even number, 2 or more"):
        Curve(buckets=buckets)


def test_only_finite_numbers_of_known_tags_are_kept() -> None:
    curves = Curves(["loss/mse", "speed/fps"])
    curves.add(1, {"loss/mse": 0.5, "other": 1.0, "speed/fps": "fast"})
    curves.add(2, {"loss/mse": math.nan})
    curves.add(3, {"loss/mse": 0.25})
    assert curves.rows() == {"loss/mse": [[1, 0.5, 0.5, 0.5], [3, 0.25, 0.25, 0.25]]}
