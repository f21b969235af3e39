import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.settings.zones import Zone, parse_zone

SHARES = st.floats(0, 1).map(lambda share: round(share, 6))


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=9), st.booleans())
def test_what_is_written_is_read(corners: list[tuple[float, float]], is_ignored: bool) -> None:
    numbers = ",".join(f"{x},{y}" for x, y in corners)
    zone = parse_zone(f"{'ignore:' if is_ignored else ''}back door={numbers}")
    assert zone == Zone("back door", tuple(corners), is_ignored=is_ignored)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "door",
        "door=",
        "=0,0,1,0,1,1",
        "ignore:=0,0,1,0,1,1",
        "door=0,0,1,0,1",
        "door=0,0,1,0,1,one",
        "door=0,0,1,0,1,nan",
        "door=0,0,1,0,1,inf",
        "0,0,1,0,1,1",
    ],
)
def test_another_form_is_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"a zone must be NAME=x,y.*ignore:NAME.*got '.*write"):
        parse_zone(text)


def test_two_corners_are_no_zone() -> None:
    with pytest.raises(ValueError, match=r"'door' must have at least three corners, got 2; write"):
        parse_zone("door=0,0,1,1")


def test_pixels_are_no_shares() -> None:
    with pytest.raises(ValueError, match=r"from 0 to 1, got 320; give shares"):
        parse_zone("door=0,0,320,0,320,240")
