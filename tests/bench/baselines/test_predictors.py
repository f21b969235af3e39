from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from stream_ae.bench.baselines.predictors import NAMES, measure
from stream_ae.nn import losses

PREQUENTIAL = NAMES[:-1]


def flat(value: float, *, size: int = 24) -> Tensor:
    return torch.full((1, 3, size, size), value)


def noise(count: int, *, size: int = 24) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(1, 3, size, size, generator=generator) for _ in range(count)]


def predictions(name: str, frames: list[Tensor]) -> list[Tensor]:
    return list(measure(name, frames))


def test_copy_predicts_the_frame_before() -> None:
    first, second, third = noise(3)
    grey, *rest = predictions("copy", [first, second, third])
    assert torch.equal(grey, flat(0.5))
    assert torch.equal(rest[0], first)
    assert torch.equal(rest[1], second)


def test_the_running_mean_is_that_of_all_frames_before() -> None:
    frames = noise(4)
    grey, *rest = predictions("running-mean", frames)
    assert torch.equal(grey, flat(0.5))
    for count, prediction in enumerate(rest, start=1):
        torch.testing.assert_close(prediction, sum(frames[:count]) / count)


def test_bicubic_leaves_a_flat_frame_as_it_is() -> None:
    (prediction,) = predictions("bicubic", [flat(0.3, size=224)])
    torch.testing.assert_close(prediction, flat(0.3, size=224))


def test_bicubic_loses_what_64_pixels_cannot_show() -> None:
    stripes = flat(0.0, size=224)
    stripes[..., ::2] = 1.0
    slope = torch.linspace(0, 1, 224).expand(1, 3, 224, 224)
    fine, coarse = predictions("bicubic", [stripes, slope])
    assert fine[..., 8:-8].sub(0.5).abs().max() < 0.05  # the stripes are gone
    torch.testing.assert_close(coarse[..., 8:-8], slope[..., 8:-8], atol=1e-3, rtol=0)


def test_bicubic_stays_within_what_a_picture_can_show_where_an_edge_overshoots() -> None:
    edge = flat(0.0, size=224)
    edge[..., 112:] = 1.0
    (prediction,) = predictions("bicubic", [edge])
    assert (prediction.min().item(), prediction.max().item()) == (0.0, 1.0)
    assert losses.mse(prediction, edge) > 1e-3


def test_online_pca_learns_what_repeats_and_only_after_it_came() -> None:
    frame, other = noise(2, size=16)
    *early, late = predictions("online-pca", [frame, frame, other])
    assert torch.equal(early[0], flat(0.5, size=16))
    torch.testing.assert_close(early[1], frame, atol=1e-5, rtol=0)  # four patches fit 16 numbers
    assert losses.mse(late, other) > 0.05


@pytest.mark.parametrize("name", PREQUENTIAL)
def test_a_prediction_is_a_picture_and_comes_before_the_next_frame_is_asked_for(name: str) -> None:
    asked = []

    def stream() -> Iterator[Tensor]:
        for number, frame in enumerate(noise(3, size=224)):
            asked.append(number)
            yield frame

    for number, prediction in enumerate(measure(name, stream())):
        assert asked[-1] == number
        assert prediction.shape == (1, 3, 224, 224)
        assert not prediction.requires_grad
        assert 0.0 <= prediction.min() <= prediction.max() <= 1.0
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("name", ["copy", "running-mean", "online-pca"])
def test_a_prediction_that_was_given_does_not_change_later(name: str) -> None:
    stream = measure(name, noise(4))
    given = [next(stream), next(stream)]
    copies = [image.clone() for image in given]
    assert len(list(stream)) == 2
    assert all(torch.equal(*pair) for pair in zip(given, copies, strict=True))


def test_an_unknown_baseline_is_answered_at_once_with_all_names() -> None:
    with pytest.raises(ValueError, match="unknown baseline 'mean'; choose one of copy, running-"):
        measure("mean", [])


def test_the_offline_bound_is_not_prequential() -> None:
    with pytest.raises(ValueError, match=r"'offline' sees all frames at once; call offline\(\)"):
        measure("offline", [])
