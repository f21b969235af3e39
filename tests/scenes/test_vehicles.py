import pytest
from tests.support.figures_drawn import check_figure

from stream_ae.scenes.vehicles import bus, car, van


@pytest.mark.parametrize(
    ("draw", "height", "width"), [(car, 1.45, 4.3), (van, 2.4, 5.4), (bus, 3.0, 9.0)]
)
def test_it_has_its_size_in_metres_and_its_wheels_turn(draw, height: float, width: float) -> None:
    check_figure(draw("#b3262e", scale=10.0), height=10 * height, width=10 * width, poses=4)


def test_it_has_the_colour_it_was_given() -> None:
    red, blue = (car(colour, scale=10.0)[0].rgba for colour in ("#d02020", "#2020d0"))
    assert red[..., 0].sum() > 1.3 * red[..., 2].sum()
    assert blue[..., 2].sum() > 1.3 * blue[..., 0].sum()


def test_headlights_shine_beyond_the_car_and_hide_nothing() -> None:
    dark, lit = car("#808080", scale=10.0)[0].rgba, car("#808080", scale=10.0, lit=True)[0].rgba
    assert lit.shape[1] > dark.shape[1] + 30
    beam = lit[:, -20:]
    assert beam[..., 0].max() > 10
    assert not beam[..., 3].any()
