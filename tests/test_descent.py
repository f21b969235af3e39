import pytest
import torch

from stream_ae.descent import backward, effect_of_step, update
from stream_ae.obgd import ObGD


def one_step(optimizer: torch.optim.Optimizer, weight: torch.Tensor) -> dict[str, float]:
    before = [weight.detach().clone()]
    value = backward(optimizer, weight.square().sum())
    update(optimizer, value, anew=False)
    effect = effect_of_step(optimizer, value, before=before, after=[weight])
    return {name: figure.item() for name, figure in effect.items()}


def test_the_effect_is_the_first_order_share_of_the_objective() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    effect = one_step(torch.optim.SGD([weight], lr=0.01), weight)
    assert weight.tolist() == pytest.approx([3 * 0.98, 4 * 0.98])
    assert effect["effective_step"] == pytest.approx(0.01 * (6**2 + 8**2) / 25)
    assert effect["update_ratio"] == pytest.approx(0.02)


def test_obgd_is_given_the_root_of_the_objective_and_its_error() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight], lr=0.1, gamma=0.0, kappa=0.5)
    effect = one_step(optimizer, weight)  # f = 5, delta = -5, gradient of f = (0.6, 0.8)
    assert weight.grad.tolist() == pytest.approx([0.6, 0.8])
    bound = 1 / (0.5 * 5 * 1.4)
    assert bound > 0.1
    assert weight.tolist() == pytest.approx([3 - 0.1 * 5 * 0.6, 4 - 0.1 * 5 * 0.8])

    assert effect["effective_step"] == pytest.approx((6 * 0.3 + 8 * 0.4) / 25)


def test_the_bound_of_obgd_is_reported() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight], lr=1.0, gamma=0.0, kappa=2.0)
    value = backward(optimizer, weight.square().sum())
    assert update(optimizer, value, anew=False) == 1.0
    sgd = torch.optim.SGD([weight], lr=0.1)
    assert update(sgd, backward(sgd, weight.square().sum()), anew=False) == 0.0


def test_a_stream_that_begins_anew_ends_the_traces() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight])
    update(optimizer, backward(optimizer, weight.square().sum()), anew=True)
    traces = [t for s in optimizer.state.values() for t in s.values() if t.shape == weight.shape]
    assert traces
    assert all(not trace.any() for trace in traces)


@pytest.mark.parametrize("kind", [torch.optim.SGD, ObGD])
def test_a_perfect_prediction_stays_finite(kind: type[torch.optim.Optimizer]) -> None:
    weight = torch.zeros(2, requires_grad=True)
    effect = one_step(kind([weight], lr=0.1), weight)
    assert effect == {"effective_step": 0.0, "update_ratio": 0.0}
    assert not weight.any()
