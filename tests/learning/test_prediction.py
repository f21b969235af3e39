from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stream_ae.frame import Frame
from stream_ae.learning.history import History
from stream_ae.learning.prediction import Predictor, is_own, only_asked
from stream_ae.learning.timing import Clock
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import seeded
from stream_ae.nn.preprocessing import to_tensor

CPU = torch.device("cpu")
FRAME = Frame(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8))


class Wavering(nn.Module):
    """A network that draws random numbers and keeps statistics of what it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.dropout = nn.Dropout(0.5)

    def forward(self, frame: Tensor) -> Tensor:
        return torch.sigmoid(self.dropout(self.norm(self.layer(frame))))


def predictor(model: nn.Module) -> Predictor:
    return Predictor(model, clock=Clock(), fit="stretch", device=CPU)


def history() -> History:
    return History((1, 3, 224, 224), device=CPU)


def test_a_prepared_frame_is_taken_as_it_is() -> None:
    predict = predictor(nn.Conv2d(3, 3, 1))
    prepared = predict.prepare(FRAME)
    assert prepared.image is not None
    assert predict.target(prepared) is prepared.image
    assert torch.equal(predict.target(FRAME), prepared.image)
    assert torch.equal(prepared.image, to_tensor(FRAME.rgb))


def test_a_frame_prepared_for_inference_only_can_be_learned() -> None:
    with torch.inference_mode():
        prepared = predictor(nn.Conv2d(3, 3, 1)).prepare(FRAME)
        assert prepared.image is not None
    assert not predictor(nn.Conv2d(3, 3, 1)).target(prepared).is_inference()


@pytest.mark.parametrize(
    "image",
    [
        torch.zeros(1, 3, 64, 64),
        torch.zeros(3, 224, 224),
        torch.zeros(1, 3, 224, 224, dtype=torch.half),
    ],
)
def test_a_frame_prepared_in_another_way_is_refused(image: Tensor) -> None:
    with pytest.raises(ValueError, match=r"Frame\.image must be \(1, 3, 224, 224\) .*, got \("):
        predictor(nn.Conv2d(3, 3, 1)).target(replace(FRAME, image=image))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_frame_is_predicted_and_scored_in_the_networks_precision(dtype: torch.dtype) -> None:
    predict, before = predictor(seeded(0).to(dtype)), history()
    seen = predict.see(FRAME, before)
    assert seen.target.dtype == torch.float32
    made = predict.reconstruct(seen.target)
    assert made.image.dtype == made.latent.dtype == dtype
    scores, total = predict.score(made, seen, history=before, objective="full", with_ssim=True)
    assert total is not None
    assert total.dtype == dtype
    expected = losses.mse(made.image.detach(), seen.target.to(dtype)).item()
    assert scores.losses.mse == pytest.approx(expected, rel=1e-6)
    assert predict.objective(seen, kind="full").item() == pytest.approx(total.item())


def test_precisions_agree() -> None:
    low, high = (
        predictor(seeded(0).to(dtype)).reconstruct(to_tensor(FRAME.rgb))
        for dtype in (torch.float32, torch.float64)
    )
    torch.testing.assert_close(low.image.double(), high.image, rtol=1e-4, atol=1e-5)


def test_asking_leaves_no_trace() -> None:
    model = Wavering()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random = torch.get_rng_state()
    with only_asked(model, device=CPU):
        image = model(torch.rand(1, 3, 16, 16))
        assert not torch.equal(model.state_dict()["norm.running_mean"], before["norm.running_mean"])
    assert not image.requires_grad
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def _ask_twice(model: nn.Module) -> None:
    with only_asked(model, device=CPU):
        model(torch.rand(1, 3, 16, 16))
        model(torch.rand(1, 4, 16, 16))


def test_asking_leaves_no_trace_where_it_fails_either() -> None:
    model = Wavering()
    with pytest.raises(RuntimeError, match="channels"):
        _ask_twice(model)
    assert model.norm.num_batches_tracked == 0


def test_ours_is_not_ones_own() -> None:
    assert is_own(Wavering())
    assert not is_own(seeded(0))


def test_a_buffer_that_was_made_for_inference_only_is_left_alone() -> None:
    with torch.inference_mode():
        fixed = torch.ones(3)
    model = Wavering()
    model.register_buffer("fixed", fixed)
    with only_asked(model, device=CPU):
        model(torch.rand(1, 3, 16, 16))
    assert model.get_buffer("fixed") is fixed
    assert model.norm.num_batches_tracked == 0
