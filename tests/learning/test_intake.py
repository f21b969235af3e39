import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from stream_ae import Frame, open_source
from stream_ae.learning.intake import to_frame

Rgb = NDArray[np.uint8]


def _tensor(rgb: Rgb) -> torch.Tensor:
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)


FORMS: dict[str, Callable[[Rgb], object]] = {
    "array": lambda rgb: rgb,
    "array, upside down": lambda rgb: np.ascontiguousarray(rgb[::-1])[::-1],
    "array, batch of one": lambda rgb: rgb[None],
    "array, read-only": lambda rgb: np.frombuffer(rgb.tobytes(), np.uint8).reshape(rgb.shape),
    "uint16": lambda rgb: rgb.astype(np.uint16) * 257,
    "uint16, big-endian": lambda rgb: (rgb.astype(np.uint16) * 257).astype(">u2"),
    "float16": lambda rgb: (rgb / 255).astype(np.float16),
    "float32": lambda rgb: (rgb / 255).astype(np.float32),
    "float64": lambda rgb: rgb / 255,
    "RGBA": lambda rgb: np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]),
    "tensor": _tensor,
    "tensor, batch of one": lambda rgb: _tensor(rgb)[None],
    "tensor, contiguous": lambda rgb: _tensor(rgb).contiguous(),
    "tensor, float": lambda rgb: _tensor(rgb) / 255,
    "tensor, half": lambda rgb: (_tensor(rgb) / 255).half(),
    "tensor, double": lambda rgb: _tensor(rgb).double() / 255,
    "tensor, uint16": lambda rgb: torch.from_numpy(rgb.astype(np.uint16) * 257).permute(2, 0, 1),
    "tensor, with a gradient": lambda rgb: (_tensor(rgb) / 255).requires_grad_() * 1.0,
    "Pillow": Image.fromarray,
    "Pillow, RGBA": lambda rgb: Image.fromarray(rgb).convert("RGBA"),
    "lists": lambda rgb: rgb.tolist(),
    "tuples": lambda rgb: tuple(tuple(map(tuple, row)) for row in rgb.tolist()),
    "lists of floats": lambda rgb: (rgb / 255).tolist(),
    "rows": list,
    "memory": lambda rgb: np.ascontiguousarray(rgb).data,
}


# At least five rows and columns, so that no side could be channels.
@given(arrays(np.uint8, st.tuples(st.integers(5, 9), st.integers(5, 9), st.just(3))))
def test_the_same_picture_in_any_form_is_the_same_frame(rgb: Rgb) -> None:
    for name, form in FORMS.items():
        frame = to_frame(form(rgb), index=7)
        assert np.array_equal(frame.rgb, rgb), name
        assert (frame.index, frame.time, frame.is_first, frame.image) == (7, 7 / 25, False, None)


@given(arrays(np.uint8, st.tuples(st.integers(5, 9), st.integers(5, 9))))
def test_grey_is_three_equal_channels(grey: NDArray[np.uint8]) -> None:
    forms = {
        "array": grey,
        "one channel": grey[..., None],
        "opaque": np.dstack([grey, np.full_like(grey, 255)]),
        "channel first": grey[None],
        "uint16": grey.astype(np.uint16) * 257,
        "float": grey / 255,
        "tensor": torch.from_numpy(grey),
        "tensor, one channel": torch.from_numpy(grey)[None],
        "tensor, batch of one": torch.from_numpy(grey)[None, None],
        "Pillow": Image.fromarray(grey),
        "Pillow, 16 bits": Image.fromarray(grey.astype(np.uint16) * 257),
        "Pillow, float": Image.fromarray((grey / 255).astype(np.float32)),
        "lists": grey.tolist(),
    }
    for name, form in forms.items():
        rgb = to_frame(form, index=0).rgb
        assert np.array_equal(rgb, np.repeat(grey[..., None], 3, axis=2)), name


@given(arrays(np.uint8, st.tuples(st.integers(5, 9), st.integers(5, 9), st.just(4))))
def test_what_is_transparent_lies_over_black_in_any_form(rgba: NDArray[np.uint8]) -> None:
    expected = np.rint(rgba[..., :3] * (rgba[..., 3:] / 255.0))
    forms = [rgba, rgba / 255, torch.from_numpy(rgba).permute(2, 0, 1), Image.fromarray(rgba)]
    for form in forms:
        difference = to_frame(form, index=0).rgb - expected
        assert np.abs(difference).max() <= 1


def test_bfloat16_is_read_as_it_is() -> None:
    levels = torch.tensor([[0.0, 0.5, 1.0, 0.25]] * 5, dtype=torch.bfloat16)
    rgb = to_frame(levels[None].expand(3, -1, -1), index=0).rgb
    assert rgb[0, :, 0].tolist() == [0, 128, 255, 64]


@given(st.integers(1, 9))
def test_where_both_ends_could_be_channels_the_library_decides(width: int) -> None:
    array = np.arange(9 * width, dtype=np.uint8).reshape(3, width, 3)
    assert np.array_equal(to_frame(array, index=0).rgb, array)
    assert np.array_equal(to_frame(array.tolist(), index=0).rgb, array)
    first = to_frame(torch.from_numpy(array), index=0).rgb
    assert np.array_equal(first, array.transpose(1, 2, 0))


def test_a_tensor_whose_channels_can_only_be_last_is_read_so() -> None:
    rgb = np.arange(105, dtype=np.uint8).reshape(5, 7, 3)
    assert np.array_equal(to_frame(torch.from_numpy(rgb), index=0).rgb, rgb)
    assert np.array_equal(to_frame(rgb.transpose(2, 0, 1), index=0).rgb, rgb)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "RGBX", "PA", "LA"])
def test_any_mode_of_pillow_is_read(mode: str) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8))
    converted = image.convert("P" if mode == "PA" else mode)
    converted = converted.convert(mode)
    expected = np.asarray(converted.convert("RGB"))
    assert np.array_equal(to_frame(converted, index=0).rgb, expected)


def test_a_pillow_image_is_read_as_its_file_is() -> None:
    levels = np.array([[0, 257, 65535]], np.int32)
    assert to_frame(Image.fromarray(levels), index=0).rgb[0, :, 0].tolist() == [0, 1, 255]
    white = Image.frombytes("LAB", (1, 1), b"\xff\0\0")
    assert to_frame(white, index=0).rgb.tolist() == [[[255, 255, 255]]]
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8))
    photo.info["exif"] = b"Exif\0\0damaged"
    assert np.array_equal(to_frame(photo, index=0).rgb, np.asarray(photo))


def test_a_frame_stays_what_it_is() -> None:
    frame = Frame(np.zeros((4, 5, 3), np.uint8), index=3, time=9.0, source="here")
    assert to_frame(frame, index=0) is frame


def test_the_first_picture_is_the_first_frame() -> None:
    assert to_frame(np.zeros((5, 6), np.uint8), index=0).is_first


class Numbers(NamedTuple):
    """What another library gives: it only knows how to become an array."""

    array: NDArray[np.uint8]

    def __array__(self, dtype: object = None, copy: object = None) -> NDArray[np.uint8]:
        return self.array


def test_what_can_become_an_array_is_read() -> None:
    rgb = np.arange(90, dtype=np.uint8).reshape(5, 6, 3)
    assert np.array_equal(to_frame(Numbers(rgb), index=0).rgb, rgb)


BLACK = np.zeros((5, 6, 3), np.uint8)
WRONG_TYPES: dict[str, object] = {
    "None; was it the end of the stream": None,
    "'street.mp4'; open a stream with stream_ae.open_source": "street.mp4",
    "a PosixPath; open a stream with": Path("street.mp4"),
    "a bytes; open a stream": b"\xff\xd8",
    "3; give one picture": 3,
    "a dict; give": {"image": BLACK},
    "a set; give": {1, 2},
    "a generator; give": (row for row in BLACK),
    "a type; give": np.ndarray,
    r"an array \(2, 3\) of <U1": np.array([["a", "b", "c"]] * 2),
    "a list; give": [["a", "b"], ["c", "d"]],
    "complex128": BLACK.astype(complex),
    "complex64": torch.zeros(3, 5, 6, dtype=torch.complex64),
    "torch.sparse_coo": torch.zeros(3, 5, 6).to_sparse(),
    "a list that NumPy cannot read: Can't call numpy.. on Tensor that requires grad": [
        torch.zeros(5, 6, requires_grad=True)
    ]
    * 3,
    "on meta": torch.zeros(3, 5, 6, device="meta"),
}
WRONG_VALUES: dict[str, object] = {
    r"got \(8, 3, 5, 6\), a batch of 8; learn them one": torch.zeros(8, 3, 5, 6),
    r"got \(2, 5, 6, 3\), a batch of 2": np.zeros((2, 5, 6, 3), np.uint8),
    r"got \(4, 5, 6, 3\), a batch of 4": [BLACK] * 4,
    r"got \(0, 3, 5, 6\)": torch.zeros(0, 3, 5, 6),
    r"got \(1, 1, 3, 5, 6\)": torch.zeros(1, 1, 3, 5, 6),
    r"got \(5, 6, 5\)": np.zeros((5, 6, 5), np.uint8),
    r"got \(7, 5, 6\)": torch.zeros(7, 5, 6),
    r"got \(2, 5, 6\)": torch.zeros(2, 5, 6),
    r"got \(9,\)": [0] * 9,
    r"got \(0,\)": [],
    r"got \(0, 5, 3\)": np.zeros((0, 5, 3), np.uint8),
    r"got \(5, 0\)": np.zeros((5, 0)),
    "got a list of unequal parts": [[1, 2], [3]],
    "got a tuple of unequal parts": (True, BLACK),  # of cv2.VideoCapture.read
    "nan": np.full((5, 6, 3), math.nan),
    "from 0 to 255": BLACK.astype(np.float32) + np.linspace(0, 255, 6)[None, :, None],
    "from -1 to 1": torch.linspace(-1, 1, 90).reshape(3, 5, 6),
    "from 0 to 300": [[0, 300]] * 3,
    "got an array with 30 values masked; say": np.ma.masked_less(np.ones((5, 6)), 2),
}


@pytest.mark.parametrize("message", WRONG_TYPES)
def test_what_is_no_picture_is_refused_in_one_line(message: str) -> None:
    with pytest.raises(TypeError, match=message) as refused:
        to_frame(WRONG_TYPES[message], index=0)
    assert str(refused.value).startswith("a picture must be")
    assert "\n" not in str(refused.value)


def test_what_fails_to_become_an_array_is_refused_in_one_line() -> None:
    class Broken:
        def __array__(self, dtype: object = None, copy: object = None) -> NDArray[np.uint8]:
            raise KeyError("the\ndriver is gone")

    with pytest.raises(
        TypeError, match=r"got a Broken that NumPy cannot read: .*driver"
    ) as refused:
        to_frame(Broken(), index=0)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("message", WRONG_VALUES)
def test_what_is_not_one_picture_is_refused_in_one_line(message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        to_frame(WRONG_VALUES[message], index=0)
    assert str(refused.value).startswith(("a picture must be", "a picture of"))
    assert "\n" not in str(refused.value)


def test_a_damaged_pillow_image_is_refused_in_one_line(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with (
        Image.open(tmp_path / "a.png") as image,
        pytest.raises(ValueError, match="a picture must be a sound Pillow image, got one of mode"),
    ):
        to_frame(image, index=0)


def test_a_stream_is_no_picture() -> None:
    with (
        open_source("scene:quiet") as source,
        pytest.raises(TypeError, match="and learn its frames"),
    ):
        to_frame(source, index=0)


@given(arrays(np.float64, array_shapes(min_dims=0, max_dims=5, max_side=4)))
def test_any_array_is_a_frame_or_a_line(array: NDArray[np.float64]) -> None:
    try:
        frame = to_frame(array, index=0)
    except (TypeError, ValueError) as error:
        message = str(error)
    else:
        assert frame.rgb.ndim == 3
        assert 0 <= array.min() <= array.max() <= 1
        return
    assert message.startswith("a picture")
    assert "\n" not in message
