from typing import Literal

import pytest
import torch
from torch import Tensor

from stream_ae.bench.baselines import offline as offline_bound
from stream_ae.bench.baselines.offline import offline
from stream_ae.errors import ConfigError, DivergedError
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import seeded
from stream_ae.nn.ssim import ssim


def flats(*values: float) -> list[Tensor]:
    return [torch.full((1, 3, 224, 224), value) for value in values]


def striped(value: float) -> Tensor:
    """Stripes too fine for what the network knows from its first weights."""
    stripes = 0.2 * (torch.arange(224) // 2 % 2).float() - 0.1
    return (value + stripes).expand(1, 3, 224, 224).clone()


FOUR = [striped(value) for value in (0.5, 0.55, 0.6, 0.65)]


@torch.no_grad()
def first_images(seed: int) -> list[tuple[Tensor, Tensor]]:
    """What the network makes of the four with its first weights, and the four."""
    model = seeded(seed)
    return [(model(frame).image, frame) for frame in FOUR]


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["full", "mse"])
def test_a_few_epochs_beat_the_frozen_network(objective: Literal["full", "mse"]) -> None:
    frozen = [losses.mse(image, frame).item() for image, frame in first_images(0)]
    figures = offline(FOUR, seed=0, epochs=20, objective=objective)
    assert figures["mse"] < 0.5 * sum(frozen) / 4


def test_without_an_epoch_the_scores_are_those_of_the_frozen_network() -> None:
    pairs = first_images(5)
    mse = [losses.mse(image, frame).item() for image, frame in pairs]
    index = [ssim(image, frame).item() for image, frame in pairs]
    assert offline(FOUR, seed=5, epochs=0, last=3) == pytest.approx(
        {"mse": sum(mse) / 4, "last_3_mse": sum(mse[1:]) / 3, "last_3_ssim": sum(index[1:]) / 3},
        rel=1e-5,
    )


def test_the_same_seed_gives_the_same_figures_and_the_default_is_the_last_50() -> None:
    one, same, other = (offline(FOUR[:2], seed=seed, epochs=1) for seed in (1, 1, 2))
    assert one == same != other
    assert one.keys() == {"mse", "last_50_mse", "last_50_ssim"}
    assert one["last_50_mse"] == one["mse"]  # there are no more than two


def test_each_epoch_sees_each_frame_once_in_an_order_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = flats(*(number / 8 for number in range(8)))
    seen: list[float] = []

    def learn(_: object, target: Tensor, *, mask: Tensor, objective: str) -> None:
        assert (tuple(mask.shape), objective) == ((224, 224), "full")
        seen.append(8 * target.mean().item())

    monkeypatch.setattr(offline_bound, "_learn", learn)
    offline(frames, seed=0, epochs=2)
    offline(frames, seed=1, epochs=1)
    first, second, otherwise_seeded = seen[:8], seen[8:16], seen[16:]
    assert sorted(first) == sorted(second) == sorted(otherwise_seeded) == list(range(8))
    assert first != second
    assert first != otherwise_seeded
    assert first != sorted(first)


def test_a_mask_belongs_to_the_frame_before_in_the_stream_whatever_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    still, moved = flats(0.2, 0.2)
    moved[..., :100, :100] = 0.9
    ratios: dict[float, float] = {}

    def learn(_: object, target: Tensor, *, mask: Tensor, objective: str) -> None:
        assert objective == "full"
        ratios[target.mean().item()] = mask.float().mean().item()

    monkeypatch.setattr(offline_bound, "_learn", learn)
    offline([still, moved], seed=0, epochs=1)
    assert ratios[still.mean().item()] == 0.0
    assert ratios[moved.mean().item()] == pytest.approx((100 / 224) ** 2, rel=0.05)


@pytest.mark.slow
def test_another_optimizer_and_its_rate_may_be_named() -> None:
    slow, fast = (
        offline(FOUR[:1], seed=0, epochs=30, optimizer="adam", lr=lr, objective="mse")["mse"]
        for lr in (1e-9, 1e-3)
    )
    assert fast < 0.9 * slow
    with pytest.raises(ConfigError, match="unknown optimizer 'adm'"):
        offline(FOUR[:1], seed=0, epochs=1, optimizer="adm")


def test_divergence_is_an_error_of_its_own() -> None:
    with pytest.raises(DivergedError, match=r"must stay finite, got nan after 3 epochs with sgd"):
        offline(FOUR[:1], seed=0, epochs=3, optimizer="sgd", lr=1e30, objective="mse")


def test_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame, got none"):
        offline([], seed=0)
