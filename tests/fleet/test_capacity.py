import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import ConfigError
from stream_ae.fleet.capacity import admitted, check_room
from stream_ae.fleet.spec import CameraSpec


def cameras(*cpus: float) -> list[CameraSpec]:
    return [CameraSpec(f"c{i}", {}, cpus=share, runs="r") for i, share in enumerate(cpus)]


def test_the_number_that_is_missing_is_said() -> None:
    check_room(cameras(0.5, 0.5, 0.25), free=1.25)
    expected = r"2.25 cores are needed, got 1.5: 0.75 are missing; add a machine, .* with --queue"
    with pytest.raises(ConfigError, match=expected):
        check_room(cameras(0.5, 0.5, 1.25), free=1.5)
    with pytest.raises(ConfigError, match=r"0.5 cores are needed, got 0: 0.5 are missing"):
        check_room(cameras(0.5), free=-0.25)


def test_tenths_of_a_core_that_make_a_whole_one_have_room_in_it() -> None:
    check_room(cameras(*[0.1] * 10), free=1.0)
    assert len(admitted(cameras(*[0.1] * 10), free=1.0)) == 10


def test_a_small_camera_need_not_wait_behind_a_large_one() -> None:
    large, small, other = cameras(2.0, 0.5, 0.75)
    assert admitted([large, small, other], free=1.0) == [small]


@given(st.lists(st.sampled_from([0.1, 0.25, 0.5, 1.0, 3.0])), st.floats(0, 8))
def test_whoever_is_admitted_has_room_and_whoever_is_not_has_none(
    shares: list[float], free: float
) -> None:
    waiting = cameras(*shares)
    chosen = admitted(waiting, free=free)
    left = free - sum(spec.cpus for spec in chosen)
    assert left > -1e-4
    assert all(spec.cpus > left for spec in waiting if spec not in chosen)
