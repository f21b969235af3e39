import numpy as np
import pytest

from stream_ae.scenes.actors import Figure
from stream_ae.scenes.drawing import Drawing
from stream_ae.scenes.scenery import cactus, fir, hills, house, lamp, light_up, sky, tree
from stream_ae.scenes.sprite import SUBPIXELS


def test_a_sky_is_brighter_towards_the_horizon() -> None:
    sheet = Drawing(100, 120)
    sky(sheet, np.random.default_rng(0), horizon=80, width=120)
    grey = sheet.rgba[..., :3].mean((1, 2))
    assert grey[75] > grey[2] + 20
    assert not sheet.rgba[82:].any()


def test_hills_rise_and_fall_about_their_base_and_leave_the_sky_alone() -> None:
    sheet = Drawing(100, 200, scale=2)
    sheet.box((0, 0, 200, 100), "#0000ff")
    hills(
        sheet, np.random.default_rng(1), base=50, height=20, cell=40, colour=("#00ff00", "#00a000")
    )
    tops = np.argmax(sheet.rgba[..., 1] > 100, axis=0) / 2
    assert 29 <= tops.min() < 45
    assert 55 < tops.max() <= 71
    assert (sheet.rgba[:56, :, 2][sheet.rgba[:56, :, 1] == 0] == 255).all()


def test_a_house_tells_its_windows_and_they_can_be_lit() -> None:
    sheet = Drawing(120, 80, scale=2)
    panes = house(sheet, np.random.default_rng(2), edges=(5, 10, 75, 118))
    dark = sheet.picture(2)
    light_up(sheet, panes)
    lit = sheet.picture(2)
    assert len(panes) >= 4
    changed = np.abs(lit - dark).max(2) > 30
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in panes)
    assert changed.sum() == pytest.approx(area, rel=0.25)
    left, top, _, bottom = panes[0]
    assert lit[int((top + bottom) / 2), int(left + 1.5), 0] > 220
    assert not changed[: int(top) - 1].any()


@pytest.mark.parametrize(
    ("figure", "height"),
    [
        (lamp(100), 100),
        (tree(np.random.default_rng(0), height=80, crown=25), 80),
        (fir(np.random.default_rng(0), height=50), 50),
        (cactus(height=60), 60),
    ],
)
def test_what_stands_in_front_has_its_height_and_stands_on_its_foot(
    figure: Figure, height: float
) -> None:
    sprite = figure[0]
    top, foot = (
        -sprite.anchor[1] / SUBPIXELS,
        ((sprite.rgba.shape[0] - sprite.anchor[1]) / SUBPIXELS),
    )
    assert foot == pytest.approx(0, abs=1)
    assert 0.8 * height < foot - top <= height + 1
