import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.frame import Event, Frame


@given(height=st.integers(1, 50), width=st.integers(1, 50))
def test_any_picture_of_bytes_is_a_frame(height: int, width: int) -> None:
    frame = Frame(np.zeros((height, width, 3), np.uint8))
    assert frame.size == (height, width)
    assert (frame.index, frame.time, frame.source, frame.dropped) == (0, 0.0, "", 0)
    assert not frame.is_first
    assert frame.events == ()
    assert frame.image is None


@pytest.mark.parametrize(
    "shape", [(4, 5), (4, 5, 4), (4, 5, 1), (3, 4, 5), (1, 4, 5, 3), (0, 5, 3), (4, 0, 3), ()]
)
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=r"must be \(H, W, 3\) uint8, got .*stream_ae\.nn\.to_rgb"
    ) as error:
        Frame(np.zeros(shape, np.uint8))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.int8, bool])
def test_another_type_is_refused(dtype: type) -> None:
    with pytest.raises(TypeError, match=r"must be \(H, W, 3\) uint8, got") as error:
        Frame(np.zeros((4, 5, 3), dtype))
    assert np.dtype(dtype).name in str(error.value)


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(TypeError, match=r"NumPy array .* got list"):
        Frame([[[0, 0, 0]]])  # type: ignore[arg-type]


@pytest.mark.parametrize("aspect", [0.0, -1.0, float("nan"), float("inf")])
def test_the_shape_of_a_pixel_is_positive(aspect: float) -> None:
    rgb = np.zeros((4, 5, 3), np.uint8)
    assert Frame(rgb).pixel_aspect == 1
    assert Frame(rgb, pixel_aspect=64 / 45).size == (4, 5)
    with pytest.raises(ValueError, match=f"pixel_aspect must be positive and finite, got {aspect}"):
        Frame(rgb, pixel_aspect=aspect)


def test_frames_and_events_only_carry() -> None:
    frame = Frame(np.zeros((1, 1, 3), np.uint8), events=(Event("loop", "starts again"),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.index = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.events[0].text = "other"  # type: ignore[misc]
    assert frame.events == (Event("loop", "starts again"),)
