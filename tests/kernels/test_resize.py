import numpy as np

from stream_ae.kernels.resize import Taps, resize


def taps(*rows: list[tuple[int, float]]) -> Taps:
    positions = np.array([[position for position, _ in row] for row in rows])
    return Taps(positions, np.array([[weight for _, weight in row] for row in rows], np.float32))


def test_a_pixel_is_the_weighted_sum_of_its_source_pixels() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    rows = taps([(0, 0.25), (1, 0.75)], [(2, 1.0), (2, 0.0)])
    columns = taps([(0, 0.5), (3, 0.5)], [(1, 1.0), (9, 0.0)])  # a weight of 0 is not looked up
    found = resize(levels.reshape(3, 12), rows=rows, columns=columns).reshape(2, 2, 3)
    high = 0.25 * levels[0] + 0.75 * levels[1]
    expected = [[0.5 * (line[0] + line[3]), line[1]] for line in (high, levels[2] * 1.0)]
    np.testing.assert_allclose(found, np.array(expected) / 255, rtol=1e-6)


def test_a_picture_of_that_size_is_divided_exactly() -> None:
    levels = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    same = taps(*([(row, 1.0)] for row in range(256)))
    found = resize(levels, rows=same, columns=taps([(0, 1.0)]))
    assert np.array_equal(found, levels / np.float32(255))


def test_white_stays_within_one() -> None:
    third = [(0, 1 / 3), (1, 1 / 3), (2, 1 / 3)]
    white = np.full((3, 9), 255, np.uint8)
    assert resize(white, rows=taps(third), columns=taps(third)).max() <= 1.0
