import math
import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from stream_ae.nn.preprocessing import to_picture, to_tensor
from stream_ae.settings.choices import Fit


def noise(height: int, width: int, *, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def shares(source: int, target: int) -> npt.NDArray[np.float64]:
    """The definition, straightforwardly: (target, source) weights in exact fractions."""
    matrix = np.zeros((target, source))
    for i in range(target):
        if target < source:
            begin, end = Fraction(i * source, target), Fraction((i + 1) * source, target)
            for k in range(math.floor(begin), math.ceil(end)):
                covered = min(end, Fraction(k + 1)) - max(begin, Fraction(k))
                matrix[i, k] = covered / (end - begin)
        else:
            centre = (i + Fraction(1, 2)) * source / target - Fraction(1, 2)
            below = math.floor(centre)
            matrix[i, max(below, 0)] += 1 - (centre - below)
            matrix[i, min(below + 1, source - 1)] += centre - below
    return matrix


def resized(rgb: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.float64]:
    rows, columns = shares(rgb.shape[0], size[0]), shares(rgb.shape[1], size[1])
    by_rows = np.tensordot(rows, rgb / 255, axes=1)  # (h, W, 3)
    whole: npt.NDArray[np.float64] = np.tensordot(by_rows, columns, axes=(1, 1))
    return whole.transpose(0, 2, 1)


def as_array(tensor: Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = tensor[0].permute(1, 2, 0).numpy()
    return array


@settings(max_examples=150)
@given(
    height=st.integers(1, 50),
    width=st.integers(1, 50),
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    seed=st.integers(0, 100),
)
def test_every_size_agrees_with_the_definition(
    height: int, width: int, size: tuple[int, int], seed: int
) -> None:
    rgb = noise(height, width, seed=seed)
    tensor = to_tensor(rgb, size=size)
    assert tensor.shape == (1, 3, *size)
    assert tensor.dtype == torch.float32
    np.testing.assert_allclose(as_array(tensor), resized(rgb, size), atol=1e-6, rtol=0)
    assert tensor.min() >= 0
    assert tensor.max() <= 1


@pytest.mark.parametrize("shape", [(576, 768), (210, 160), (240, 320), (227, 1023), (448, 300)])
def test_usual_sizes_agree_with_the_definition(shape: tuple[int, int]) -> None:
    rgb = noise(*shape)
    np.testing.assert_allclose(
        as_array(to_tensor(rgb)), resized(rgb, (224, 224)), atol=1e-6, rtol=0
    )


def test_a_picture_of_many_blocks_agrees_with_the_definition() -> None:
    rgb = noise(448, 1500)  # more than 1 MiB in float32
    rows = (rgb[::2] / 255 + rgb[1::2] / 255) / 2
    expected = np.tensordot(rows, shares(1500, 224), axes=(1, 1)).transpose(0, 2, 1)
    np.testing.assert_allclose(as_array(to_tensor(rgb)), expected, atol=1e-6, rtol=0)


def test_whole_factors_are_plain_means() -> None:
    rgb = noise(12, 20)
    expected = torch.nn.functional.avg_pool2d(
        torch.from_numpy(rgb).permute(2, 0, 1)[None].double() / 255, (3, 4)
    )
    torch.testing.assert_close(to_tensor(rgb, size=(4, 5)).double(), expected, atol=1e-6, rtol=0)


def test_enlarging_is_bilinear_with_pixel_centres_at_one_half() -> None:
    rgb = noise(7, 5)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(rgb).permute(2, 0, 1)[None].double() / 255, (16, 11), mode="bilinear"
    )
    torch.testing.assert_close(to_tensor(rgb, size=(16, 11)).double(), expected, atol=1e-6, rtol=0)


def test_the_same_size_is_exactly_the_levels_over_255() -> None:
    rgb = noise(224, 224)
    expected = torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255
    assert torch.equal(to_tensor(rgb), expected)


@pytest.mark.parametrize("shape", [(224, 224), (100, 300), (576, 768), (1079, 229), (1, 1)])
@pytest.mark.parametrize("level", [0, 77, 255])
def test_an_even_surface_stays_even_and_in_range(shape: tuple[int, int], level: int) -> None:
    tensor = to_tensor(np.full((*shape, 3), level, np.uint8))
    assert tensor.max() <= 1
    torch.testing.assert_close(tensor, torch.full_like(tensor, level / 255), atol=1e-6, rtol=0)


def test_colours_stay_in_their_channels() -> None:
    rgb = np.zeros((300, 100, 3), np.uint8)
    rgb[..., 0], rgb[..., 2] = 255, 51
    channels = to_tensor(rgb, size=(20, 30))[0].flatten(1).mean(dim=1)
    torch.testing.assert_close(channels, torch.tensor([1.0, 0.0, 0.2]))


@settings(max_examples=25)
@given(height=st.integers(1, 40), width=st.integers(1, 40), axis=st.sampled_from([0, 1]))
def test_a_mirrored_view_gives_the_mirrored_tensor(height: int, width: int, axis: int) -> None:
    rgb = noise(height, width)
    mirrored = to_tensor(np.flip(rgb, axis), size=(9, 9))  # a view with negative strides
    expected = to_tensor(rgb, size=(9, 9)).flip(2 + axis)
    torch.testing.assert_close(mirrored, expected, atol=1e-6, rtol=0)


def test_the_tensor_is_channels_last_in_memory_and_owns_it() -> None:
    rgb = noise(30, 40)
    tensor = to_tensor(rgb, size=(8, 12))
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    before = tensor.clone()
    rgb[:] = 0
    assert torch.equal(tensor, before)


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ((40, 100), (slice(0, 40), slice(30, 70))),  # too wide
        ((100, 40), (slice(30, 70), slice(0, 40))),  # too tall
        ((40, 40), (slice(0, 40), slice(0, 40))),
    ],
)
def test_crop_takes_the_centre_of_the_right_aspect(
    shape: tuple[int, int], part: tuple[slice, slice]
) -> None:
    rgb = noise(*shape)
    assert torch.equal(
        to_tensor(rgb, size=(16, 16), fit="crop"), to_tensor(rgb[part], size=(16, 16))
    )


@pytest.mark.parametrize(
    ("shape", "inside"),
    [
        ((40, 80), (slice(4, 12), slice(0, 16))),
        ((80, 40), (slice(0, 16), slice(4, 12))),
        ((5, 5), (slice(0, 16), slice(0, 16))),
    ],
)
def test_pad_keeps_the_whole_picture_between_black_bars(
    shape: tuple[int, int], inside: tuple[slice, slice]
) -> None:
    rgb = np.maximum(noise(*shape), 1)
    tensor = to_tensor(rgb, size=(16, 16), fit="pad")
    rows, columns = (s.stop - s.start for s in inside)
    picture = tensor[:, :, inside[0], inside[1]]
    torch.testing.assert_close(picture, to_tensor(rgb, size=(rows, columns)), atol=0, rtol=0)
    assert (tensor != 0).sum() == 3 * rows * columns
    assert tensor.is_contiguous(memory_format=torch.channels_last)


def test_pad_gives_pixels_that_are_not_square_their_shape() -> None:
    rgb = np.maximum(noise(576, 720), 1)  # PAL in 16:9, whose pixels are 64 wide and 45 high
    tensor = to_tensor(rgb, fit="pad", pixel_aspect=64 / 45)
    lit = (tensor[0] != 0).all(dim=0)
    assert lit.any(dim=0).sum() == 224
    assert lit.any(dim=1).sum() == 126  # 224 · 9 / 16
    torch.testing.assert_close(
        tensor[:, :, 49:175], to_tensor(rgb, size=(126, 224)), atol=0, rtol=0
    )


def test_crop_gives_pixels_that_are_not_square_their_shape() -> None:
    rgb = noise(576, 720)
    wide = to_tensor(rgb, fit="crop", pixel_aspect=64 / 45)
    assert torch.equal(wide, to_tensor(rgb[:, 157:562]))  # 576 · 45 / 64 = 405 columns
    tall = to_tensor(rgb, fit="crop", pixel_aspect=0.5)
    assert torch.equal(tall, to_tensor(rgb[108:468]))  # 720 / 2 lines


@settings(max_examples=25)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    wide=st.sampled_from([1, 2, 4]),
    high=st.sampled_from([1, 2, 4]),
)
def test_the_shape_of_a_pixel_is_as_if_each_were_several(
    height: int, width: int, wide: int, high: int
) -> None:
    rgb = np.full((height, width, 3), 255, np.uint8)
    square = rgb.repeat(high, axis=0).repeat(wide, axis=1)
    lit = to_tensor(rgb, size=(32, 32), fit="pad", pixel_aspect=wide / high)
    expected = to_tensor(square, size=(32, 32), fit="pad")
    torch.testing.assert_close(lit, expected, atol=1e-6, rtol=0)


@settings(max_examples=10)
@given(aspect=st.floats(1e-3, 1e3))
def test_stretch_knows_no_shape_of_pixels(aspect: float) -> None:
    rgb = noise(20, 30)
    assert torch.equal(to_tensor(rgb, pixel_aspect=aspect), to_tensor(rgb))
    for fit in ("crop", "pad"):
        assert to_tensor(rgb, size=(8, 8), fit=fit, pixel_aspect=aspect).isfinite().all()


@pytest.mark.parametrize("aspect", [0.0, -1.0, float("nan"), float("inf")])
def test_the_shape_of_a_pixel_is_positive(aspect: float) -> None:
    with pytest.raises(ValueError, match=f"pixel_aspect must be positive and finite, got {aspect}"):
        to_tensor(noise(4, 4), pixel_aspect=aspect)


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("shape", [(1, 2000), (2000, 1), (1, 1)])
def test_extreme_shapes_fit_somehow(fit: Fit, shape: tuple[int, int]) -> None:
    assert to_tensor(noise(*shape), size=(8, 8), fit=fit).isfinite().all()


@pytest.mark.parametrize(
    ("rgb", "error", "message"),
    [
        (np.zeros((4, 4, 3)), TypeError, "uint8, got float64; convert it with stream_ae.nn.to_rgb"),
        ([[1, 2, 3]], TypeError, "uint8, got list"),
        (np.zeros((4, 4), np.uint8), ValueError, "(H, W, 3), got (4, 4)"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, "(H, W, 3), got (0, 4, 3)"),
    ],
)
def test_what_is_no_frame_is_refused(rgb: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        to_tensor(rgb)  # type: ignore[arg-type]


def test_an_empty_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least \(1, 1\), got \(0, 5\)"):
        to_tensor(noise(4, 4), size=(0, 5))


@pytest.mark.parametrize("fit", ["squeeze", "letterbox", ""])
def test_an_unknown_fit_is_refused(fit: str) -> None:
    with pytest.raises(ValueError, match=f"'stretch', 'crop' or 'pad', got '{fit}'"):
        to_tensor(noise(4, 4), fit=fit)  # type: ignore[arg-type]


def test_the_way_back_gives_the_same_levels() -> None:
    rgb = noise(16, 24)
    back = to_picture(to_tensor(rgb, size=(16, 24)))
    assert back.dtype == np.uint8
    assert back.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(back, rgb)


def test_the_way_back_clips_rounds_and_needs_no_detaching() -> None:
    image = torch.tensor([-0.5, 0.5 / 255 + 1e-4, 2.0])[None, :, None, None].requires_grad_()
    assert to_picture(image).tolist() == [[[0, 1, 255]]]


@pytest.mark.parametrize("shape", [(3, 4, 4), (2, 3, 4, 4), (1, 1, 4, 4)])
def test_the_way_back_takes_one_image(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"(1, 3, h, w), got {shape}")):
        to_picture(torch.zeros(shape))
