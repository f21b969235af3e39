import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.support.clips import Codec, write_clip
from torch import Tensor

from stream_ae.detection.change import NOISE_PAIRS, NOISE_RANGE, ChangeDetector
from stream_ae.learning.history import History
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.sources.address import open_source


def scene(seed: int = 0) -> Tensor:
    """A textured background (1, 3, 96, 96) in [0.2, 0.8]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 12, 12, generator=generator)
    return coarse.repeat_interleave(8, 2).repeat_interleave(8, 3) * 0.6 + 0.2


def noisy(image: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    return (image + sigma * torch.randn(image.shape, generator=generator)).clamp(0, 1)


def watch_noise(
    detector: ChangeDetector,
    image: Tensor,
    sigma: float,
    *,
    frames: int,
    generator: torch.Generator,
) -> list[float]:
    """Share of changed pixels in each pair of a still, noisy scene."""
    shares, previous = [], noisy(image, sigma, generator)
    for _ in range(frames):
        current = noisy(image, sigma, generator)
        mask, _ = detector.update(previous, current)
        shares.append(mask.float().mean().item())
        previous = current
    return shares


@pytest.mark.parametrize("sigma", [0.0, 0.002, 0.01, 0.03, 0.06])
def test_still_noise_is_no_change_once_it_is_known(sigma: float) -> None:
    generator = torch.Generator().manual_seed(0)
    detector = ChangeDetector()
    shares = watch_noise(detector, scene(), sigma, frames=60, generator=generator)
    assert np.mean(shares[NOISE_PAIRS:]) < 1e-3


def test_the_noise_is_measured_on_average_to_scale() -> None:
    generator = torch.Generator().manual_seed(0)
    detector = ChangeDetector()
    grey = torch.full((1, 1, 96, 96), 0.5).expand(1, 3, -1, -1)
    previous = grey
    for _ in range(2 * NOISE_PAIRS):
        current = grey + 0.03 * torch.randn((1, 1, 96, 96), generator=generator)
        detector.update(previous, current)
        previous = current
    assert detector.noise.item() == pytest.approx(0.03 * 2**0.5 / 3, rel=0.1)


def test_a_moving_object_is_covered_and_the_still_background_is_not() -> None:
    generator = torch.Generator().manual_seed(1)
    detector, background = ChangeDetector(), scene()

    def frame(left: int) -> Tensor:
        image = background.clone()
        image[:, :, 30:60, left : left + 12] = torch.tensor([0.9, 0.1, 0.9])[:, None, None]
        return noisy(image, 0.02, generator)

    for left in range(4, 60, 4):
        mask, intensity = detector.update(frame(left), frame(left + 4))
    touched = torch.zeros(96, 96, dtype=torch.bool)
    touched[30:60, left : left + 16] = True
    left_behind_or_reached = mask[30:60, left : left + 4], mask[30:60, left + 12 : left + 16]
    assert all(part.float().mean() > 0.97 for part in left_behind_or_reached)
    assert (mask & ~touched).sum() < 0.2 * touched.sum()  # the edge, not the background
    far = torch.ones(96, 96, dtype=torch.bool)
    far[24:66, left - 6 : left + 22] = False
    assert not (mask & far).any()
    assert intensity[40, left + 14] > 0.2


def test_gaps_and_the_inside_of_a_moving_thing_are_filled() -> None:
    before, after = torch.zeros(2, 1, 3, 40, 40).unbind()
    after[:, :, 10:30, 10:14] = 1
    after[:, :, 10:30, 20:24] = 1  # smoothed by one pixel on each side, four pixels lie between
    mask, _ = ChangeDetector().update(before, after)
    assert mask[12:28, 10:24].all()


def test_the_mask_is_the_threshold_then_the_majority_then_a_closing_by_two_pixels() -> None:
    generator = torch.Generator().manual_seed(0)
    pool, pad = torch.nn.functional.max_pool2d, torch.nn.functional.pad
    for _ in range(5):
        before = torch.rand(1, 3, 60, 50, generator=generator) * 0.12
        after = torch.rand(1, 3, 60, 50, generator=generator) * 0.12
        after[..., 22:] = before[..., 22:]  # more than half of a picture would be noise
        mask, intensity = ChangeDetector().update(before, after)
        above = (intensity > 4 / 255).float()[None, None]
        votes = torch.nn.functional.avg_pool2d(pad(above, (1, 1, 1, 1), mode="replicate"), 3, 1)
        grown = pool((votes > 0.5).float(), 5, stride=1, padding=2)
        closed = -pool(-grown, 5, stride=1, padding=2)
        assert 0.05 < closed.mean() < 0.4
        assert torch.equal(mask, closed[0, 0] > 0)


def test_specks_are_removed() -> None:
    before, after = torch.zeros(2, 1, 3, 40, 40).unbind()
    after[0, :, 20, 20] = 0.1  # a ninth of it is left after the mean over 3 × 3
    mask, intensity = ChangeDetector().update(before, after)
    assert intensity.max() == pytest.approx(0.1 / 9)
    assert not mask.any()


def test_a_cut_changes_nearly_all_pixels_and_does_not_spoil_the_noise() -> None:
    generator = torch.Generator().manual_seed(2)
    detector = ChangeDetector()
    watch_noise(detector, scene(1), 0.01, frames=2 * NOISE_PAIRS, generator=generator)
    before = detector.noise.item()
    for seed in (2, 3, 4):
        mask, _ = detector.update(scene(seed), 1 - scene(seed + 10))
        assert mask.float().mean() > 0.9
    assert detector.noise.item() < 1.2 * before
    assert np.mean(watch_noise(detector, scene(9), 0.01, frames=5, generator=generator)) < 1e-3


def test_a_stream_of_cuts_never_takes_its_cuts_for_noise() -> None:
    detector = ChangeDetector()
    for seed in range(3 * NOISE_PAIRS):
        mask, _ = detector.update(scene(seed), scene(seed + 1))
    assert detector.noise.item() == pytest.approx(NOISE_RANGE[1])
    assert mask.float().mean() > 0.5


def test_a_slow_drift_of_the_light_is_no_change_but_a_switch_is() -> None:
    generator = torch.Generator().manual_seed(3)
    detector, shares = ChangeDetector(), []
    for number in range(60):
        pair = [
            noisy(scene() * (1 - 0.004 * when), 0.005, generator) for when in (number, number + 1)
        ]
        shares.append(detector.update(*pair)[0].float().mean().item())
    assert max(shares) < 1e-3
    dark = scene() * 0.5
    mask, _ = detector.update(dark, scene())
    assert mask.float().mean() > 0.95


def test_hard_edged_pictures_without_noise_show_exactly_what_moved() -> None:
    detector = ChangeDetector()
    field = torch.zeros(1, 3, 96, 96)
    for step in range(30):
        before, after = field.clone(), field.clone()
        before[:, 1, 10 + 2 * step, 40:43] = 1
        after[:, 1, 12 + 2 * step, 40:43] = 1
        mask, _ = detector.update(before, after)
        rows, columns = mask.nonzero().unbind(1)
        assert mask[10 + 2 * step, 40:43].all()
        assert mask[12 + 2 * step, 40:43].all()
        assert rows.min() >= 8 + 2 * step
        assert rows.max() <= 14 + 2 * step
        assert columns.min() >= 38
        assert columns.max() <= 44
    assert detector.noise.item() == pytest.approx(NOISE_RANGE[0])


@pytest.mark.parametrize(("channel", "weight"), [(0, 0.299), (1, 0.587), (2, 0.114)])
def test_intensity_weighs_the_colours_as_the_eye_does(channel: int, weight: float) -> None:
    before, after = torch.zeros(2, 1, 3, 8, 8).unbind()
    after[:, channel] = 0.5
    _, intensity = ChangeDetector().update(before, after)
    torch.testing.assert_close(intensity, torch.full((8, 8), 0.5 * weight))


def test_opposite_changes_of_two_colours_do_not_cancel() -> None:
    before, after = torch.zeros(2, 1, 3, 8, 8).unbind()
    before[:, 0], after[:, 1] = 0.587, 0.299  # the same grey
    mask, _ = ChangeDetector().update(before, after)
    assert mask.all()


def test_intensity_is_the_mean_over_3_by_3_with_its_edges_repeated() -> None:
    generator = torch.Generator().manual_seed(0)
    before, after = torch.rand(2, 1, 3, 9, 7, generator=generator).unbind()
    padded = torch.nn.functional.pad(after - before, (1, 1, 1, 1), mode="replicate")
    mean = torch.nn.functional.avg_pool2d(padded, 3, stride=1)[0].abs()
    expected = torch.einsum("c,chw->hw", torch.tensor([0.299, 0.587, 0.114]), mean)
    _, intensity = ChangeDetector().update(before, after)
    torch.testing.assert_close(intensity, expected)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_intensity_lies_in_0_to_1_and_no_order_or_layout_matters(
    height: int, width: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    before, after = torch.rand(2, 1, 3, height, width, generator=generator).round().unbind()
    mask, intensity = ChangeDetector().update(before, after)
    assert mask.shape == intensity.shape == (height, width)
    assert intensity.min() >= 0
    assert intensity.max() <= 1
    channels_last = [x.to(memory_format=torch.channels_last) for x in (after, before)]
    swapped, same = ChangeDetector().update(*channels_last)
    torch.testing.assert_close(same, intensity)
    assert torch.equal(swapped, mask)


def shares_of(frames: Iterable[Tensor], detector: ChangeDetector) -> list[float]:
    """Share of changed pixels in each pair of frames that follow each other."""
    return [
        detector.update(previous, current)[0].float().mean().item()
        for previous, current in pairwise(frames)
    ]


@settings(max_examples=12)
@given(cadence=st.sampled_from(["10", "100", "10010", "10110", "110"]), sigma=st.floats(0.01, 0.05))
def test_repeated_pictures_say_nothing_of_the_noise(cadence: str, sigma: float) -> None:
    generator = torch.Generator().manual_seed(0)
    shown, frames = torch.empty(0), []
    for number in range(30 * len(cadence)):
        if cadence[number % len(cadence)] == "1":
            shown = noisy(scene(), sigma, generator)
        frames.append(shown)
    detector, alone = ChangeDetector(), ChangeDetector()
    shares = shares_of(frames, detector)
    watch_noise(alone, scene(), sigma, frames=60, generator=generator)
    assert detector.noise.item() == pytest.approx(alone.noise.item(), rel=0.1)
    assert np.mean(shares[len(shares) // 2 :]) < 1e-3


def pulsing(sigma: float, *, every: int, frames: int) -> Iterator[Tensor]:
    """A still scene whose noise is drawn again at each key frame, and stays until the next."""
    generator = torch.Generator().manual_seed(0)
    for number in range(frames):
        if number % every == 0:
            kept = noisy(scene(), sigma, generator)
        yield noisy(kept, 0.001, generator)


@settings(max_examples=12)
@given(every=st.integers(2, 25), sigma=st.floats(0.012, 0.05))
def test_noise_that_comes_in_pulses_is_no_change(every: int, sigma: float) -> None:
    shares = shares_of(pulsing(sigma, every=every, frames=4 * every + 40), ChangeDetector())
    assert max(shares) < 0.01


def test_after_a_pulse_half_of_it_is_noise_and_fades() -> None:
    detector, before = ChangeDetector(), torch.zeros(1, 3, 20, 20)
    detector.update(before, torch.full_like(before, 4 / 255))
    assert detector.pulse.item() == pytest.approx(1.4826 * 4 / 255)
    part = before.clone()
    part[..., :6] = 11.5 / 255  # 4 × half of the pulse is 11.9 levels
    seen = [bool(detector.update(before, part)[0].any()) for _ in range(6)]
    assert seen == [False] * 4 + [True] * 2, "from 0.99⁴ on"
    detector.update(before, torch.full_like(before, 3 / 255))
    assert detector.pulse.item() == pytest.approx(1.4826 * 4 / 255 * 0.99**7), "the larger stays"


def test_a_picture_that_changes_by_more_than_noise_may_is_a_change() -> None:
    detector, before = ChangeDetector(), torch.zeros(1, 3, 20, 20)
    mask, _ = detector.update(before, torch.full_like(before, 6 / 255))  # 1.48 × 6 is above 8
    assert mask.all()
    assert detector.pulse.item() == 0


def encoder(kind: str) -> tuple[Codec, Callable[[VideoStream], None]]:
    """An encoder that is short of bits: its codec, key frames every so many pictures, its rate."""
    name, every, rate = kind.split()

    def setup(stream: VideoStream) -> None:
        stream.gop_size = int(every)
        if name == "libx264":
            stream.options = {"crf": rate, "preset": "veryfast"}
        else:
            stream.bit_rate = int(rate)

    return Codec(name, "yuv420p"), setup


@pytest.mark.slow
@pytest.mark.parametrize("cadence", ["1", "10", "100", "1101001110100010"])
@pytest.mark.parametrize(
    "kind",
    ["libx264 12 35", "libx264 50 23", "mpeg4 12 50000", "mpeg4 50 50000", "mpeg2video 12 80000"],
)
def test_a_still_scene_from_a_starved_encoder_does_not_change(
    kind: str, cadence: str, tmp_path: Path
) -> None:
    random, still = np.random.default_rng(0), 255 * scene()[0].permute(1, 2, 0).numpy()
    shown, given = still, []
    for number in range(150):
        if cadence[number % len(cadence)] == "1":
            shown = np.clip(still + random.normal(0, 4, still.shape) + 0.5, 0, 255)
        given.append(shown.astype(np.uint8))
    codec, setup = encoder(kind)
    clip = write_clip(tmp_path / "still.mkv", given, codec=codec, fps=25, setup=setup)
    with open_source(clip) as source:
        shares = shares_of([to_tensor(frame.rgb) for frame in source], ChangeDetector())
    assert len(shares) == 149
    assert np.mean(shares[50:]) < 1e-3


def test_a_thing_that_moves_is_seen_in_a_pulse() -> None:
    detector = ChangeDetector()
    frames = list(pulsing(0.03, every=10, frames=61))
    for number, frame in enumerate(frames):
        left = number % 70
        frame[:, :, 30:60, left : left + 12] = torch.tensor([0.9, 0.1, 0.9])[:, None, None]
    shares_of(frames[:-1], detector)
    mask, _ = detector.update(torch.roll(frames[-2], 20, dims=3), frames[-1])
    assert mask[34:56, 62:70].float().mean() > 0.9


@pytest.mark.parametrize("older", [{}, {"pulses": torch.ones(3)}])
def test_a_state_from_before_pulses_were_one_number_goes_on(older: dict[str, Tensor]) -> None:
    history = History((1, 3, 16, 16), device=torch.device("cpu"))
    state = history.state_dict()
    state["detector"] = {"recent": torch.full((NOISE_PAIRS,), 0.01), **older}
    history.load_state_dict(state)
    detector = history.state_dict()["detector"]
    assert detector["pulse"] == 0
    assert detector["recent"][0] == pytest.approx(0.01)


def test_the_state_is_saved_and_goes_on_bit_for_bit() -> None:
    generator = torch.Generator().manual_seed(0)
    detector = ChangeDetector()
    watch_noise(detector, scene(), 0.05, frames=11, generator=generator)
    twin = ChangeDetector()
    twin.load_state_dict(detector.state_dict())
    assert twin.noise == detector.noise > NOISE_RANGE[0]
    for _ in range(8):
        pair = [noisy(scene(), 0.05, generator) for _ in range(2)]
        for ours, theirs in zip(detector.update(*pair), twin.update(*pair), strict=True):
            assert torch.equal(ours, theirs)
    assert torch.equal(detector.recent, twin.recent)
    assert torch.equal(detector.pulse, twin.pulse)


def test_the_unchecked_way_reads_nothing_back_from_the_device() -> None:
    detector = ChangeDetector().to("meta")  # holds no number that could be read
    before, after = torch.empty(2, 1, 3, 16, 24, device="meta").unbind()
    mask, intensity = detector.update(before, after)
    assert (mask.shape, mask.dtype) == ((16, 24), torch.bool)
    assert (intensity.shape, intensity.device.type) == ((16, 24), "meta")


def frames(seed: int = 0) -> NDArray[np.uint8]:
    rgb = np.random.default_rng(seed).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    rgb[1, :, 15:] = rgb[0, :, 15:]  # the right half does not change
    return rgb


def as_floats(array: NDArray[np.uint8]) -> NDArray[np.float32]:
    return (array / np.float32(255)).astype(np.float32)


@pytest.mark.parametrize(
    "convert",
    [
        lambda f: f,
        as_floats,
        lambda f: f.astype(np.float64) / 255,
        lambda f: f.transpose(2, 0, 1),
        lambda f: as_floats(f).transpose(2, 0, 1),
        lambda f: f[::-1][::-1],
        lambda f: torch.from_numpy(f),
        lambda f: torch.from_numpy(as_floats(f)).double(),
        lambda f: torch.from_numpy(f).permute(2, 0, 1),
        lambda f: torch.from_numpy(as_floats(f)).permute(2, 0, 1)[None].requires_grad_(),
        lambda f: torch.from_numpy(f)[None],
    ],
)
def test_every_way_to_give_a_frame_gives_the_same_answer(
    convert: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
) -> None:
    before, after = frames()
    expected = ChangeDetector().update(
        *(torch.from_numpy(as_floats(f)).permute(2, 0, 1)[None] for f in (before, after))
    )
    given_frames = convert(before), convert(after)
    mask, intensity = ChangeDetector().detect_changes(*given_frames)
    library = np.ndarray if isinstance(given_frames[0], np.ndarray) else torch.Tensor
    assert isinstance(mask, library)
    assert isinstance(intensity, library)
    assert mask.shape == intensity.shape == (20, 30)
    assert np.array_equal(np.asarray(mask), expected[0].numpy())
    np.testing.assert_allclose(np.asarray(intensity), expected[1].numpy(), atol=1e-6)
    assert str(mask.dtype).endswith("bool")
    assert str(intensity.dtype).endswith("float32")
    assert mask[:, :12].all()
    assert not mask[:, 20:].any()


@pytest.mark.parametrize("grey", [lambda f: f, lambda f: f[..., None], lambda f: f[None]])
def test_grey_frames_are_frames(
    grey: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> None:
    before, after = np.zeros((2, 8, 9), np.uint8)
    after[:, 5:] = 51
    mask, intensity = ChangeDetector().detect_changes(grey(before), grey(after))
    assert mask[:, 6:].all()
    assert not mask[:, :3].any()
    np.testing.assert_allclose(intensity[:, 7], 0.2, atol=1e-6)


def test_a_read_only_frame_is_not_written_to() -> None:
    before, after = frames()
    before.flags.writeable = after.flags.writeable = False
    mask, _ = ChangeDetector().detect_changes(before, after)
    assert mask.any()


def zeros(*shape: int, dtype: npt.DTypeLike = np.uint8) -> NDArray[Any]:
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("before", "after", "error", "message"),
    [
        (zeros(3, 8, 3), zeros(3, 8, 3), ValueError, "(3, 8, 3), which may be either"),
        (zeros(1, 8, 3), zeros(1, 8, 3), ValueError, "(1, 8, 3), which may be either"),
        (zeros(8, 8, 3), zeros(3, 8, 8), ValueError, "got (8, 8, 3) and (3, 8, 8)"),
        (zeros(8, 8, 3), zeros(8, 9, 3), ValueError, "got (8, 8, 3) and (8, 9, 3)"),
        (zeros(8, 8, 4), zeros(8, 8, 4), ValueError, "1 or 3 channels, got (8, 8, 4)"),
        (zeros(8), zeros(8), ValueError, "got (8,)"),
        (zeros(2, 8, 8, 3), zeros(2, 8, 8, 3), ValueError, "got (2, 8, 8, 3)"),
        (zeros(0, 8, 3), zeros(0, 8, 3), ValueError, "got (0, 8, 3)"),
        (zeros(8, 8, 3), as_floats(zeros(8, 8, 3)), TypeError, "got uint8 and float32"),
        (zeros(8, 8, 3, dtype=np.int16), zeros(8, 8, 3, dtype=np.int16), TypeError, "got int16"),
        (zeros(8, 8, dtype=bool), zeros(8, 8, dtype=bool), TypeError, "got bool"),
        (zeros(8, 8, 3), torch.zeros(8, 8, 3), TypeError, "got ndarray and Tensor"),
        ([[0]], [[0]], TypeError, "got list and list"),
        (np.full((8, 8), 0.5), np.full((8, 8), 1.5), ValueError, "from 1.5 to 1.5"),
        (np.full((8, 8), -0.5), np.full((8, 8), 0.5), ValueError, "from -0.5 to -0.5"),
        (np.full((8, 8), 0.5), np.full((8, 8), np.nan), ValueError, "from nan to nan"),
    ],
)
def test_what_is_no_pair_of_frames_is_refused_and_leaves_no_trace(
    before: object, after: object, error: type[Exception], message: str
) -> None:
    detector = ChangeDetector()
    with pytest.raises(error, match=re.escape(message)):
        detector.detect_changes(before, after)  # type: ignore[call-overload]
    assert torch.equal(detector.recent, ChangeDetector().recent)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_gives_what_the_cpu_gives() -> None:
    before, after = (torch.from_numpy(as_floats(f)) for f in frames())
    expected = ChangeDetector().detect_changes(before, after)
    found = ChangeDetector().cuda().detect_changes(before.cuda(), after.cuda())
    assert all(x.is_cuda for x in found)
    assert torch.equal(found[0].cpu(), expected[0])
    torch.testing.assert_close(found[1].cpu(), expected[1])


def test_noise_counts_from_one_grey_level_to_eight() -> None:
    assert NOISE_RANGE == (1 / 255, 8 / 255)
    detector = ChangeDetector()
    assert detector.noise.item() == pytest.approx(1 / 255)
    detector.recent.fill_(1.0)
    assert detector.noise.item() == pytest.approx(8 / 255)


def test_the_noise_is_the_median_of_the_last_sixteen_pairs() -> None:
    detector, before = ChangeDetector(), torch.zeros(1, 3, 20, 20)
    for number in range(1, 21):
        detector.update(before, torch.full_like(before, number / 1000))
    expected = 1.4826 * torch.arange(5, 21) / 1000
    torch.testing.assert_close(detector.recent, expected)
    assert detector.noise.item() == pytest.approx(1.4826 * 0.012)


def test_the_noise_is_measured_on_each_fourth_pixel_of_each_fourth_row() -> None:
    detector, before = ChangeDetector(), torch.zeros(1, 3, 33, 33)
    after = torch.ones_like(before)
    for row in range(0, 33, 4):
        for column in range(0, 33, 4):  # the intensity here is the mean over 3 × 3 pixels
            after[:, :, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = 0.02
    detector.update(before, after)
    assert detector.recent[-1].item() == pytest.approx(1.4826 * 0.02)


def test_the_threshold_is_that_of_the_pairs_before() -> None:
    detector, before = ChangeDetector(), torch.zeros(1, 3, 20, 20)
    loud = before.clone()
    loud[..., :6] = 4.5 / 255
    assert detector.update(before, loud)[0][:, :5].all()  # above four times one grey level
    detector.recent.fill_(2 / 255)
    assert not detector.update(before, loud)[0].any()


def test_frames_are_read_in_the_order_of_time() -> None:
    detector = ChangeDetector()
    dark, light = zeros(8, 8, 3), np.full((8, 8, 3), 255, np.uint8)
    _, one = detector.detect_changes(dark, light)
    _, other = detector.detect_changes(light, dark)
    np.testing.assert_allclose(one, other, atol=1e-6)
    mask, intensity = ChangeDetector().detect_changes(light, light)
    assert not mask.any()
    assert not intensity.any()


def test_two_frames_are_compared_as_neighbours_are_and_nothing_is_noted() -> None:
    generator = torch.Generator().manual_seed(3)
    detector, image = ChangeDetector(), scene()
    watch_noise(detector, image, 0.02, frames=NOISE_PAIRS + 1, generator=generator)
    before = {name: value.clone() for name, value in detector.state_dict().items()}
    first, second = noisy(image, 0.02, generator), noisy(image, 0.02, generator)
    second[..., 20:40, 20:40] += 0.2
    mask = detector.compare(first, second)
    assert all(torch.equal(value, before[name]) for name, value in detector.state_dict().items())
    assert torch.equal(mask, detector.update(first, second)[0])
    assert mask[24:36, 24:36].all()
