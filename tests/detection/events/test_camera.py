from stream_ae.detection.events.camera import CameraMoves
from stream_ae.detection.events.clock import Moment


def told(camera: CameraMoves, shifts: list[tuple[float, float]]) -> list[tuple[int, int]]:
    """(frame that it was told with, frame at which it began), at 10 frames a second."""
    moments = [Moment(number, number / 10) for number in range(1, len(shifts) + 1)]
    found = [
        (now.number, camera.update(shift, now=now, elapsed=0.1))
        for now, shift in zip(moments, shifts, strict=True)
    ]
    return [(number, start.number) for number, start in found if start is not None]


REST = [(0.0, 0.0)] * 30


def test_a_camera_that_stays_away_has_moved_once() -> None:
    shifts = [*REST, (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), *REST]
    assert told(CameraMoves(), shifts) == [(43, 31)]


def test_one_that_comes_back_has_not() -> None:
    assert told(CameraMoves(), [*REST, *[(3.0, 0.0), (-3.0, 0.0)] * 40, *REST]) == []


def test_two_pixels_are_not_enough() -> None:
    assert told(CameraMoves(), [*REST, (1.9, 0.0), *REST]) == []


def test_a_long_sweep_is_one_movement_and_after_a_rest_there_is_another() -> None:
    sweep = [(0.5, 0.1)] * 80
    found = told(CameraMoves(), [*REST, *sweep, *REST, *sweep, *REST])
    assert [start for _, start in found] == [31, 141]


def test_a_movement_that_is_known_is_not_told_again_before_a_rest() -> None:
    camera = CameraMoves()
    camera.settle(is_told=True)
    assert told(camera, [(-1.0, 0.0)] * 30) == []
    assert told(camera, [*REST, *[(-1.0, 0.0)] * 30]) == [(43, 31)]


def test_noise_of_the_registration_is_no_movement() -> None:
    assert told(CameraMoves(), [(0.2, -0.2), (-0.2, 0.2)] * 200) == []


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = CameraMoves(), CameraMoves()
    told(one, [*REST, (3.0, 0.0), (0.0, 0.0)])
    other.load_state_dict(one.state_dict())
    assert told(other, REST) == told(one, REST) != []
