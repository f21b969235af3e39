import pytest
import torch

from stream_ae.bench.small.blob import STEPS, moving_blob


def test_the_error_of_a_dark_picture_is_the_blob_itself() -> None:
    problem = moving_blob(0)
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    # ∫ exp(−(r / 0.12)²) over the picture = π 0.12²
    assert problem.objective(0)().item() == pytest.approx(3.1416 * 0.12**2, rel=0.02)
    assert 0.0 < problem.constant < 3.1416 * 0.12**2


def test_the_blob_moves() -> None:
    problem = moving_blob(0)
    first, last = (problem.objective(step)().item() for step in (0, STEPS - 1))
    assert first != last
