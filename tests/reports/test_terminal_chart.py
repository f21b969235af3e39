import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.reports.terminal_chart import curve

POINTS = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(-1e9, 1e9)),
    min_size=1,
    max_size=60,
    unique_by=lambda point: point[0],
)


def dots(rows: list[str]) -> list[list[bool]]:
    """Every dot of a drawing in Braille, by row and column of dots."""
    bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
    width = max(map(len, rows))
    return [
        [
            bool((ord(char) - 0x2800 if char != " " else 0) & bit)
            for char in row.ljust(width)
            for bit in pair
        ]
        for row in rows
        for pair in bits
    ]


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    drawn = dots(curve([(0, 0.0), (7, 7.0)], columns=4, rows=2))
    assert [[row.index(True), sum(row)] for row in drawn] == [[7 - n, 1] for n in range(8)]


def test_a_jump_is_joined() -> None:
    drawn = dots(curve([(0, 0.0), (3, 0.0), (4, 1.0), (7, 1.0)], columns=4, rows=1))
    assert [row[4] for row in drawn] == [True, True, True, False]


def test_neighbours_that_share_a_column_become_their_mean() -> None:
    many = [(x, float(x % 2 + 10 * (x >= 500))) for x in range(1000)]
    assert curve(many, columns=1, rows=1) == curve([(0, 0.0), (1, 1.0)], columns=1, rows=1)


@pytest.mark.parametrize("points", [[(5, 2.0)], [(0, 3.0), (9, 3.0)]])
def test_a_value_that_never_changes_is_a_line_at_the_bottom(
    points: list[tuple[float, float]],
) -> None:
    assert curve(points, columns=3, rows=2) == ["", "⣀⣀⣀"]


def test_ascii_has_a_mark_wherever_braille_has_one() -> None:
    points = [(x, float(x * x)) for x in range(40)]
    braille, plain = (curve(points, columns=20, rows=3, plain=p) for p in (False, True))
    assert [[c != " " for c in row] for row in braille] == [
        [c != " " for c in row] for row in plain
    ]
    assert "".join(plain).isascii()


@given(POINTS)
def test_every_column_has_a_dot_and_the_ends_are_reached(
    points: list[tuple[float, float]],
) -> None:
    points = sorted(points)
    rows = curve(points, columns=10, rows=3)
    assert len(rows) == 3
    drawn = dots(rows)
    assert all(map(any, zip(*drawn, strict=True)))
    assert len(drawn[0]) == 20
    assert any(drawn[-1])
    if len({y for _, y in points}) > 1 and len(points) == 2:
        assert any(drawn[0])
