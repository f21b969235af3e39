from tests.support.happenings import BLACK, COVERED, CUT, FPS, FROZEN, LIGHT, PUSH, Happenings

from stream_ae.detection.events.clock import Clock, Moment
from stream_ae.detection.events.scene import SceneWatch

STREAM = Happenings()


def watch(scene: SceneWatch, frames: range) -> list[tuple[str, int]]:
    """(kind, start) of what is told."""
    clock = Clock()
    told: list[tuple[str, int]] = []
    for n in frames:
        elapsed = clock.advance(Moment(n, n / FPS))
        events = scene.update(
            STREAM.frame(n),
            foreground=STREAM.foreground(n),
            clock=clock,
            elapsed=elapsed,
            is_first=False,
        )
        assert all((event.box, event.track, event.zone) == (None, None, None) for event in events)
        told += [(event.kind, event.start) for event in events]
    return told


def around(frame: int, *, before: int = 50, after: int = 60) -> range:
    return range(frame - before, frame + after)


def test_jumps_are_told_with_their_own_frame() -> None:
    assert watch(SceneWatch(), around(LIGHT)) == [("light_switched", LIGHT)]
    assert watch(SceneWatch(), around(PUSH)) == [("camera_moved", PUSH)]
    assert watch(SceneWatch(), around(CUT)) == [("cut", CUT)]


def test_a_lost_picture_is_no_jump() -> None:
    assert watch(SceneWatch(), around(COVERED.start, after=120)) == [("covered", COVERED.start)]
    assert watch(SceneWatch(), around(BLACK.start, after=120)) == [("black", BLACK.start)]


def test_a_frozen_picture_is_told() -> None:
    assert watch(SceneWatch(), around(FROZEN.start, after=100)) == [("frozen", FROZEN.start)]


def test_nothing_is_to_be_made_of_a_lost_or_frozen_picture() -> None:
    for frames in (COVERED, BLACK, FROZEN):
        scene = SceneWatch()
        watch(scene, range(frames.start - 60, frames.start + 10))
        assert scene.is_blind
        watch(scene, range(frames.stop, frames.stop + 30))
        assert not scene.is_blind


def test_the_end_of_the_stream_tells_what_waits() -> None:
    scene = SceneWatch()
    assert watch(scene, range(CUT - 9, CUT + 2)) == []
    assert [(event.kind, event.start) for event in scene.finish()] == [("cut", CUT)]


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = SceneWatch(), SceneWatch()
    watch(one, range(FROZEN.start - 60, FROZEN.start + 10))
    other.load_state_dict(one.state_dict())
    rest = range(FROZEN.start + 10, FROZEN.stop)
    assert watch(other, rest) == watch(one, rest) != []
