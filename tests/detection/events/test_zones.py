import numpy as np

from stream_ae.detection.events.zones import ZoneMap, cover
from stream_ae.detection.findings import Box
from stream_ae.settings.zones import Zone

LEFT = Zone("left", ((0, 0), (0.5, 0), (0.5, 1), (0, 1)))


def test_a_zone_covers_the_pixels_whose_middles_it_holds() -> None:
    assert cover(LEFT, height=2, width=4).tolist() == [[True, True, False, False]] * 2
    triangle = cover(Zone("half", ((0, 0), (1, 0), (0, 1))), height=4, width=4)
    assert triangle.sum() == 6
    assert triangle[0, 0]
    assert not triangle[3, 3]


def test_a_bent_zone_has_its_bay_outside() -> None:
    corners = ((0, 0), (1, 0), (1, 1), (0.75, 1), (0.75, 0.25), (0.25, 0.25), (0.25, 1), (0, 1))
    assert cover(Zone("arch", corners), height=4, width=4).tolist() == [
        [True, True, True, True],
        *[[True, False, False, True]] * 3,
    ]


def test_without_a_zone_to_watch_all_is_watched_but_what_is_ignored() -> None:
    ignored = Zone("tree", LEFT.corners, is_ignored=True)
    assert ZoneMap([], height=2, width=4).open.all()
    assert ZoneMap([ignored], height=2, width=4).open.tolist() == [[False, False, True, True]] * 2


def test_with_zones_to_watch_only_these_are_without_what_is_ignored() -> None:
    corner = Zone("corner", ((0, 0), (0.25, 0), (0.25, 0.5), (0, 0.5)), is_ignored=True)
    found = ZoneMap([corner, LEFT], height=2, width=4).open
    assert found.tolist() == [[False, True, False, False], [True, True, False, False]]


def test_a_box_is_in_the_zone_that_most_of_it_lies_in() -> None:
    right = Zone("right", tuple((x + 0.5, y) for x, y in LEFT.corners))
    found = ZoneMap([LEFT, right], height=10, width=10)
    assert found.name_at(Box(0.1, 0, 0.5, 1)) == "left"
    assert found.name_at(Box(0.4, 0, 0.5, 1)) == "right"
    assert ZoneMap([LEFT], height=10, width=10).name_at(Box(0.6, 0, 0.2, 0.2)) is None
    assert np.count_nonzero(found.open) == 100
