import numpy as np
import pytest

from stream_ae.detection.novelty.rows import HIGHEST, RowStatistics
from stream_ae.kernels.jit import Rows


def statistics() -> RowStatistics:
    return RowStatistics(lowest=0.1, highest=100.0, floor=0.5)


def speeds(rng: np.random.Generator, *, scale: tuple[float, ...] = (1.0, 1.0, 10.0, 10.0)) -> Rows:
    values: Rows = (rng.random((4, 28)) * np.array(scale)[:, None]).astype(np.float32)
    return values


def test_the_highest_that_is_usual_in_a_row_scores_about_one() -> None:
    rng, rows = np.random.default_rng(0), statistics()
    for _ in range(150):
        rows.score(speeds(rng))
    asked = np.array([[1.0], [1.0], [10.0], [10.0]], np.float32)
    scores = rows.score(np.repeat(asked, 28, axis=1))[:, 0]
    assert scores[0] == pytest.approx(1 / 1.5, rel=0.1)
    assert scores[3] == pytest.approx(10 / 10.5, rel=0.1)
    assert rows.score(np.full((4, 28), 5.0, np.float32))[0, 0] == HIGHEST


def test_where_nothing_has_ever_been_little_is_novel() -> None:
    rows = statistics()
    for _ in range(50):
        assert not rows.score(np.zeros((4, 28), np.float32)).any()
    scores = rows.score(np.full((4, 28), 0.75, np.float32))
    np.testing.assert_allclose(scores, 1.5)


def test_what_is_novel_is_hardly_learned() -> None:
    rng, rows = np.random.default_rng(0), statistics()
    for _ in range(400):
        rows.score(speeds(rng))
    visitor = speeds(rng)
    for _ in range(60):
        visitor[0, 4] = 3.0
        score = rows.score(visitor)[0, 4]
    assert score > 1.5


def test_the_state_goes_on_bit_for_bit() -> None:
    rng, rows, twin = np.random.default_rng(0), statistics(), statistics()
    for _ in range(210):
        rows.score(speeds(rng))
    twin.load_state_dict(rows.state_dict())
    for _ in range(10):
        values = speeds(rng, scale=(1, 2, 20, 10))
        assert np.array_equal(rows.score(values), twin.score(values))
