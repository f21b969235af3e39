from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.scenes.actors import FPS, Figure, Fixture, Traffic, Visit
from stream_ae.scenes.sprite import Sprite


def figure(*, count: int = 1, stride: float = 1.0) -> Figure:
    return Figure(lambda _: Sprite(np.full((8, 8, 4), 255, np.uint8)), count=count, stride=stride)


ROAD = Traffic(
    key=(0, 1),
    figures=(figure(), figure()),
    way=((-10.0, 50.0), (110.0, 80.0)),
    speed=20.0,
    every=3.0,
)


def test_each_pose_is_drawn_once_and_shown_in_its_turn() -> None:
    drawn = []

    def draw(number: int) -> Sprite:
        drawn.append(number)
        return Sprite(np.full((4, 4, 4), 50 * number + 1, np.uint8))

    walker = Figure(draw, count=4, stride=20.0)
    shown = [walker.pose(travelled).rgba[0, 0, 0] for travelled in (0, 4.9, 5, 12, 19.9, 20, 47)]
    assert shown == [1, 1, 51, 101, 151, 1, 51]
    assert drawn == [0, 1, 2, 3]


def test_a_figure_is_flipped_and_put_into_the_sun() -> None:
    drawing = np.full((40, 8, 4), 255, np.uint8)
    drawing[:, :4, 0] = 0
    plain = Figure(lambda _: Sprite(drawing), count=3, stride=7.0)
    flipped = plain.flipped().in_sun()
    assert (flipped.count, flipped.stride) == (3, 7.0)
    assert np.array_equal(flipped[2].rgba, drawing[:, ::-1])
    assert flipped[2].shadow is not None
    assert plain[2].shadow is None


def test_a_fixture_keeps_its_place_while_its_poses_go_by() -> None:
    clock = Fixture(figure(count=60, stride=60.0), (40.0, 30.0), role="mover")
    ((now,), (later,)) = (list(clock.at(time)) for time in (5.0, 65.5))
    assert (now.x, now.y, now.depth, now.role) == (40.0, 30.0, 30.0, "mover")
    assert now == later
    assert next(clock.at(6.0)).sprite is not now.sprite


@given(st.floats(-100, 1e6), st.floats(0.001, 0.5))
def test_traffic_goes_its_way_at_its_speed(time: float, moment: float) -> None:
    road = replace(ROAD, figures=(figure(),), vary=0.2)
    for now, later in zip(road.at(time), road.at(time), strict=True):
        assert now == later, "nothing is remembered"
    soon = list(road.at(time + moment))
    for now in road.at(time):
        assert -10 <= now.x <= 110
        assert now.y == pytest.approx(50 + 30 * (now.x + 10) / 120, abs=1e-6)
        speeds = [(thing.x - now.x) / moment for thing in soon]
        left = now.x + 1.21 * 20 * moment > 110
        step = 20 * 120 / np.hypot(120, 30)
        assert left or any(0.79 * step < speed < 1.21 * step for speed in speeds)


def test_traffic_is_on_the_way_from_the_first_frame_on() -> None:
    assert len(list(ROAD.at(0.0))) == 2
    assert len(list(replace(ROAD, speed=5.0).at(0.0))) > 4


def test_arrivals_are_irregular_and_as_frequent_as_asked() -> None:
    road = replace(ROAD, jitter=1.0, share=0.5, vary=0.0, speed=120.0)
    seen = [len(list(road.at(time))) for time in np.arange(0, 3000, 0.5)]
    crossing = np.hypot(120, 30) / 120.0
    assert np.mean(seen) == pytest.approx(0.5 * crossing / 3.0, rel=0.15)
    entries = np.flatnonzero(np.diff(seen) > 0)
    assert len(set(np.diff(entries))) > 8


def test_clockwork_has_no_jitter() -> None:
    road = replace(ROAD, jitter=0.0, vary=0.0, speed=40.0)
    now, later = list(road.at(100.0)), list(road.at(103.0))
    assert [thing.x for thing in now] == pytest.approx([thing.x for thing in later])
    assert np.diff([thing.x for thing in now]) == pytest.approx(
        -3.0 * 40 * 120 / np.hypot(120, 30), rel=1e-6
    )


def test_keys_tell_ways_apart_and_no_stretch_repeats() -> None:
    def positions(road: Traffic, begin: float) -> list[float]:
        return [thing.x for time in range(60) for thing in road.at(begin + time)]

    assert positions(ROAD, 0) != positions(replace(ROAD, key=(0, 2)), 0)
    assert positions(ROAD, 0) != positions(replace(ROAD, key=(1, 1)), 0)
    assert positions(ROAD, 0) != positions(ROAD, 3000.0)


def test_spread_and_sway_keep_to_their_bounds() -> None:
    level = ((-10.0, 50.0), (110.0, 50.0))
    wide = replace(ROAD, way=level, spread=6.0, sway=2.0)
    things = [thing for time in np.arange(0, 900, 0.7) for thing in wide.at(time)]
    heights, depths = [thing.y for thing in things], {thing.depth for thing in things}
    assert 42 <= min(heights) < 43.9
    assert 56.1 < max(heights) <= 58
    assert all(depth == round(depth) and 44 <= depth <= 56 for depth in depths)
    assert len(depths) > 8
    assert {thing.depth for thing in replace(ROAD, depth=7.0).at(50.0)} == {7.0}


def test_a_visitor_comes_once() -> None:
    visit = Visit(figure=figure(), frame=100, way=((0.0, 0.0), (80.0, 40.0)), seconds=4.0)
    there = [index for index in range(3000) if list(visit.at(index / FPS))]
    assert there == list(range(100, 200))
    (halfway,) = visit.at(150 / FPS)
    assert (halfway.x, halfway.y, halfway.role) == (40.0, 20.0, "novel")
