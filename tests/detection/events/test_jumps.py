from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.jumps import SceneJumps
from stream_ae.detection.findings import SceneChange


def told(
    jumps: SceneJumps,
    changes: dict[int, SceneChange],
    *,
    lost: range = range(0),
    frames: range = range(1, 61),
) -> list[tuple[str, int, int]]:
    """(kind, frame that shows it, frame that it was told with), at 20 frames a second."""
    return [
        (jump.kind, jump.at.number, n)
        for n in frames
        for jump in jumps.update(
            changes.get(n), now=Moment(n, n / 20), elapsed=0.05, is_lost=n in lost
        )
    ]


def test_a_jump_is_told_half_a_second_later_with_its_own_frame() -> None:
    assert told(SceneJumps(), {10: "cut"}) == [("cut", 10, 22)]


def test_the_same_jump_over_a_few_frames_is_one() -> None:
    changes: dict[int, SceneChange] = {10: "light_switched", 12: "light_switched", 13: "cut"}
    assert told(SceneJumps(), changes) == [("light_switched", 10, 22), ("cut", 13, 25)]


def test_a_hand_before_the_lens_is_no_cut() -> None:
    changes: dict[int, SceneChange] = {10: "cut", 15: "cut", 30: "cut", 33: "cut", 50: "cut"}
    assert told(SceneJumps(), changes, lost=range(15, 30), frames=range(1, 80)) == [("cut", 50, 62)]


def test_the_end_of_the_stream_tells_what_waits() -> None:
    jumps = SceneJumps()
    told(jumps, {58: "camera_moved"})
    assert [(jump.kind, jump.at.number) for jump in jumps.finish()] == [("camera_moved", 58)]
    assert jumps.finish() == []


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = SceneJumps(), SceneJumps()
    told(one, {58: "cut"}, lost=range(20, 30))
    other.load_state_dict(one.state_dict())
    assert told(other, {}) == told(one, {}) != []
