from collections.abc import Collection, Mapping

import pytest

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.jumps import SceneJumps
from stream_ae.detection.findings import SceneChange


def told(
    jumps: SceneJumps,
    changes: Mapping[int, SceneChange],
    *,
    begins: Collection[int] = (),
    lost: range = range(0),
    frames: range = range(1, 61),
    fps: int = 20,
) -> list[tuple[str, int, int]]:
    """(kind, frame that shows it, frame that it was told with)."""
    return [
        (jump.kind, jump.at.number, n)
        for n in frames
        for jump in jumps.update(
            changes.get(n),
            begins=n in begins,
            now=Moment(n, n / fps),
            elapsed=1 / fps,
            is_lost=n in lost,
        )
    ]


def test_a_jump_is_told_half_a_second_later_with_its_own_frame() -> None:
    assert told(SceneJumps(), {10: "cut"}, begins=[10]) == [("cut", 10, 22)]


def test_what_it_was_may_be_known_later() -> None:
    assert told(SceneJumps(), {14: "light_switched"}, begins=[10]) == [("light_switched", 10, 26)]


@pytest.mark.parametrize("fps", [5, 20])
def test_the_same_jump_over_a_few_frames_is_one(fps: int) -> None:
    changes: dict[int, SceneChange] = {10: "cut", 12: "light_switched", 15: "cut", 21: "cut"}
    jumps = told(SceneJumps(), changes, begins=[10], fps=fps)
    assert [(kind, at) for kind, at, _ in jumps] == [("cut", 10)]


def test_what_is_a_cut_is_no_light() -> None:
    changes: dict[int, SceneChange] = {10: "light_switched", 12: "light_switched", 13: "cut"}
    assert told(SceneJumps(), changes, begins=[10]) == [("cut", 10, 22)]


def test_two_scenes_are_two_cuts() -> None:
    changes: dict[int, SceneChange] = {10: "cut", 25: "cut"}
    found = told(SceneJumps(), changes, begins=[10, 25], frames=range(1, 90), fps=60)
    assert found == [("cut", 10, 46), ("cut", 25, 61)]


def test_without_another_scene_only_the_camera_has_moved() -> None:
    assert told(SceneJumps(), {5: "cut", 30: "camera_moved"}) == [("camera_moved", 30, 42)]


def test_a_scene_that_begins_and_is_the_one_before_is_no_jump() -> None:
    assert told(SceneJumps(), {40: "cut"}, begins=[10]) == []


def test_a_hand_before_the_lens_is_no_cut() -> None:
    changes: dict[int, SceneChange] = {10: "cut", 15: "cut", 30: "cut", 33: "cut", 50: "cut"}
    found = told(
        SceneJumps(), changes, begins=[10, 30, 50], lost=range(15, 30), frames=range(1, 80)
    )
    assert found == [("cut", 50, 62)]


def test_the_end_of_the_stream_tells_what_waits() -> None:
    jumps = SceneJumps()
    told(jumps, {58: "camera_moved", 59: "cut"}, begins=[59])
    assert [(jump.kind, jump.at.number) for jump in jumps.finish()] == [
        ("camera_moved", 58),
        ("cut", 59),
    ]
    assert jumps.finish() == []


@pytest.mark.parametrize("begins", [59, 60])
def test_a_restored_one_goes_on_as_the_first(begins: int) -> None:
    one, other = SceneJumps(), SceneJumps()
    told(one, {59: "cut"}, begins=[begins], lost=range(20, 30))
    other.load_state_dict(one.state_dict())
    later: dict[int, SceneChange] = {62: "cut"}
    frames = range(61, 90)
    assert told(other, later, frames=frames) == told(one, later, frames=frames) != []
