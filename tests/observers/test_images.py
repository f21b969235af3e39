import io
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab
from tests.support.steps import SIZE, make_step

from stream_ae.errors import MissingExtraError
from stream_ae.observers.images import (
    GAP,
    _columns,
    error_heat_map,
    feature_grid,
    jpeg,
    mask_image,
    panel,
    tensor_image,
    webp,
)


def test_a_frame_comes_back_as_it_was() -> None:
    rgb = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3) * 4
    image = torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255
    assert np.array_equal(tensor_image(image), rgb)
    assert tensor_image(image).flags.c_contiguous


def test_what_is_outside_is_clipped() -> None:
    values = torch.tensor([-1.0, 2.0, torch.nan, torch.inf]).reshape(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert tensor_image(values)[..., 0].tolist() == [[0, 255], [0, 255]]


def test_a_mask_is_white_where_it_is_set() -> None:
    mask = torch.tensor([[True, False], [False, False]])
    shown = mask_image(mask)
    assert shown.shape == (2, 2, 3)
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown.sum() == 3 * 255


def error_of(value: float) -> NDArray[np.uint8]:
    target = torch.zeros(1, 3, 1, 1)
    rgb: NDArray[np.uint8] = error_heat_map(target + value, target)[0, 0]  # (3,)
    return rgb


def test_the_error_scale_is_fixed_and_ends_in_black_and_cream() -> None:
    assert error_of(0.0).tolist() == [0, 0, 0]
    assert error_of(1.0).tolist() == [255, 247, 204]
    assert error_of(0.25).tolist() == pytest.approx([221, 33, 87], abs=2)  # half of the scale
    assert error_of(float("nan")).tolist() == error_of(1.0).tolist()


def test_brighter_is_always_more_error() -> None:
    levels = torch.linspace(0, 1, 256).square().reshape(1, 1, 1, 256).expand(1, 3, 1, 256)
    heat = error_heat_map(levels, torch.zeros_like(levels))
    lightness = rgb2lab(heat)[0, :, 0]
    assert (np.diff(lightness) > 0).all()
    assert np.diff(lightness).max() < 1.0  # and no jump that would look like an edge


def test_the_error_is_the_mean_over_the_channels() -> None:
    target, image = torch.zeros(1, 3, 1, 1), torch.zeros(1, 3, 1, 1)
    image[0, 1] = 0.75
    assert error_heat_map(image, target)[0, 0].tolist() == error_of(0.25).tolist()


def test_a_panel_shows_four_images_side_by_side() -> None:
    step = make_step()
    shown = panel(step)
    assert shown.shape == (SIZE, 4 * SIZE + 3 * GAP, 3)
    parts = [shown[:, left : left + SIZE] for left in range(0, 4 * SIZE + 3 * GAP, SIZE + GAP)]
    expected = [
        tensor_image(step.target),
        tensor_image(step.image),
        mask_image(step.change.mask),
        error_heat_map(step.image, step.target),
    ]
    assert all(np.array_equal(one, other) for one, other in zip(parts, expected, strict=True))
    assert len(np.unique(shown[:, SIZE : SIZE + GAP])) == 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((8, 112, 112), (2 * 113 - 1, 4 * 113 - 1)),
        ((16, 56, 56), (4 * 57 - 1, 4 * 57 - 1)),
        ((16, 28, 28), (4 * 57 - 1, 4 * 57 - 1)),  # each pixel twice as large
        ((3, 224, 224), (224, 3 * 225 - 1)),
        ((7, 112, 112), (3 * 113 - 1, 3 * 113 - 1)),  # two cells stay empty
        ((1, 8, 8), (224, 224)),
    ],
)
def test_maps_lie_in_a_grid_that_is_nearly_square(
    shape: tuple[int, int, int], size: tuple[int, int]
) -> None:
    assert feature_grid(torch.rand(1, *shape)).shape == (*size, 3)


def test_each_map_has_its_own_range() -> None:
    maps = torch.rand(1, 4, 112, 112, generator=torch.Generator().manual_seed(0))
    maps = maps * torch.tensor([1e-4, 1.0, 1e4, 0.0]).reshape(1, 4, 1, 1) - 5.0
    grid = feature_grid(maps)[..., 0]
    cells = [grid[:112, :112], grid[:112, 113:], grid[113:, :112], grid[113:, 113:]]
    assert [(cell.min(), cell.max()) for cell in cells] == [(0, 255), (0, 255), (0, 255), (0, 0)]
    assert len({tuple(grid[:, 112]), tuple(grid[112, :])}) == 1  # the lines between them


@given(st.integers(1, 70))
def test_every_map_has_its_cell(count: int) -> None:
    maps = torch.zeros(1, count, 4, 4)
    maps[..., 0, 0] = 1.0
    grid = feature_grid(maps)
    columns = _columns(count)
    rows = -(-count // columns)
    assert count <= rows * columns < count + columns
    scale = ((grid.shape[0] + 1) // rows - 1) // 4
    assert grid.shape == (rows * (4 * scale + 1) - 1, columns * (4 * scale + 1) - 1, 3)
    assert (grid == 255).all(axis=2).sum() == count * scale**2


def test_maps_that_are_not_finite_can_be_shown() -> None:
    maps = torch.tensor([torch.nan, torch.inf, -torch.inf, 1.0]).reshape(1, 1, 2, 2)
    assert feature_grid(maps).dtype == np.uint8


def test_a_jpeg_looks_like_its_tensor_image() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    rgb = np.stack([np.tile(ramp, (48, 1))] * 3, axis=2)
    file = jpeg(rgb)
    with Image.open(io.BytesIO(file)) as read:
        assert (read.format, read.size) == ("JPEG", (64, 48))
        assert np.abs(np.asarray(read, np.int16) - rgb).mean() < 2
    assert len(jpeg(rgb, quality=20)) < len(file)


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"needs Pillow.*stream-ae\[images\]"):
        jpeg(np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize("shape", [(1, 12), (1, 3, 12), (12,), (), (2, 2, 3, 1, 12)])
def test_features_without_height_and_width_are_one_map(shape: tuple[int, ...]) -> None:
    features = torch.arange(float(np.prod(shape))).reshape(shape)
    columns = shape[-1] if shape else 1
    grid = feature_grid(features)
    as_map = feature_grid(features.reshape(1, 1, -1, columns))
    assert np.array_equal(grid, as_map)
    assert grid.shape[2] == 3


def test_a_webp_is_the_image_and_smaller_than_its_jpeg() -> None:
    rgb = np.zeros((64, 96, 3), np.uint8)
    rgb[16:48, 32:64] = 200, 100, 50
    data = webp(rgb)
    assert data[8:12] == b"WEBP"
    back = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.abs(back.astype(int) - rgb).mean() < 3
    assert len(data) < len(jpeg(rgb))
