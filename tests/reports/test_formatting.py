import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.reports.formatting import counted, duration, number, share, size


@given(st.floats(min_value=1e-9, max_value=1e9), st.integers(min_value=1, max_value=6))
def test_a_number_is_read_back_to_its_digits(value: float, digits: int) -> None:
    text = number(value, digits=digits)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (-0.0123, "-0.0123"), (1234.0, "1,234"), (None, "–")]
)
def test_a_number_has_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0.0 %"), (0.5, "50 %"), (None, "–")])
def test_a_share_is_in_per_cent(value: float | None, text: str) -> None:
    assert share(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (86_400.0, "1 d 00 h"),
    ],
)
def test_a_duration_never_shows_sixty_of_a_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (2**41, "2,048 GiB")]
)
def test_a_size_has_the_unit_that_suits_it(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 frames"), (1, "1 frame"), (1200, "1,200 frames")]
)
def test_one_thing_is_no_plural(count: int, text: str) -> None:
    assert counted(count, "frame") == text
