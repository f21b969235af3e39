import copy
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.regressions import learn, read_again, weights
from torch import Tensor, nn
from torch.nn import functional as F

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Sample


def stream(seed: int = 0) -> tuple[nn.Module, Tensor, Tensor]:
    """A small net and unrelated samples for it."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(200, 4, generator=generator)
    y = torch.sin(0.5 * x @ torch.randn(4, 1, generator=generator))
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1)), x, y


def test_unrelated_samples_are_learned_one_by_one() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    losses = torch.tensor([learn(net, optimizer, x[i], y[i]) for i in range(200)])
    assert losses[-60:].median() < 0.25 * y.var()


@pytest.mark.slow
@settings(max_examples=4)
@given(st.integers(0, 10_000), st.floats(-3.0, 3.0))
def test_heavy_tailed_samples_never_make_it_much_worse_than_at_first(
    seed: int, magnitude: float
) -> None:
    net, x, _ = stream(seed % 7)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(200, 1, generator=generator) / torch.randn(200, 1, generator=generator)
    y = 10.0**magnitude * noise  # Cauchy: neither mean nor variance
    first = copy.deepcopy(net)
    optimizer = BoundedGD(net.parameters())
    losses = [learn(net, optimizer, x[i], y[i]) for i in range(200)]
    stayed = F.mse_loss(first(x), y)
    assert torch.isfinite(weights(net)).all()
    assert sum(losses) / 200 < 2.0 * stayed.item() + 1e-3


def test_a_saved_race_goes_on_bit_for_bit() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters(), l2_init=0.01)
    for i in range(30):
        learn(net, optimizer, x[i], y[i])
    other, state = read_again(net, optimizer)
    resumed = BoundedGD(other.parameters())
    resumed.load_state_dict(state)
    twin, its_optimizer = copy.deepcopy((net, optimizer))
    for i in range(30, 70):  # over the ends of two blocks
        expected = learn(net, optimizer, x[i], y[i])
        assert learn(other, resumed, x[i], y[i]) == expected
        assert learn(twin, its_optimizer, x[i], y[i]) == expected
    assert torch.equal(weights(net), weights(other))


def test_the_state_is_about_three_times_that_of_one_copy() -> None:
    net, x, y = stream()
    sizes = []
    for samples in ("alike", "unrelated"):
        optimizer = BoundedGD(net.parameters(), samples=samples)
        learn(net, optimizer, x[0], y[0])
        sizes.append(sum(t.numel() for t in tensors(optimizer.state_dict()["state"])))
    n = weights(net).numel()
    assert (
        sizes[1] == 3 * sizes[0] + n
    )  # its weights, and those of the block; one copy keeps its move


def tensors(value: object) -> list[Tensor]:
    """All tensors in nested dictionaries and lists."""
    if isinstance(value, Tensor):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [tensor for one in inner for tensor in tensors(one)]


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_sample_that_is_not_finite_is_no_step(poison: float) -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    for i in range(5):
        learn(net, optimizer, x[i], y[i])
    before = weights(net)
    learn(net, optimizer, x[0], torch.full((1,), poison))
    assert torch.equal(weights(net), before)
    losses = [learn(net, optimizer, x[i], y[i]) for i in range(50)]
    assert all(map(math.isfinite, losses))


def test_the_gradients_at_hand_stay_and_a_frozen_weight_too() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    frozen = net.get_parameter("0.weight").requires_grad_(False)
    before = frozen.clone()
    for i in range(20):
        learn(net, optimizer, x[i], y[i])
    assert torch.equal(frozen, before)
    assert frozen.grad is None
    bias = net.get_parameter("2.bias")
    learned = bias.grad
    assert learned is not None
    kept = learned.clone()
    optimizer.step(lambda: F.mse_loss(net(x), y), loss=1.0)
    assert bias.grad is learned
    assert torch.equal(learned, kept)


def test_weights_that_were_changed_from_outside_are_where_all_copies_begin() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    for i in range(20):
        learn(net, optimizer, x[i], y[i])
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.5)
    changed = weights(net)
    learn(net, optimizer, x[20], y[20])
    assert (weights(net) - changed).norm() < 0.1 * changed.norm()
    state = optimizer.state[next(net.parameters())]
    for copied in state["weights"]:
        assert (copied - copied.mean()).norm() > 0.0
        assert (copied.sort().values - changed.sort().values).norm() < 0.1 * changed.norm()


def test_a_step_that_fails_leaves_the_weights_and_what_was_learned() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    for i in range(3):
        learn(net, optimizer, x[i], y[i])
    before = weights(net)

    def broken() -> Tensor:
        raise RuntimeError("out of memory")

    F.mse_loss(net(x[3]), y[3]).backward()
    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(broken, loss=1.0)
    assert torch.equal(weights(net), before)
    assert math.isfinite(learn(net, optimizer, x[3], y[3]))


@pytest.mark.parametrize("form", [torch.Tensor.item, torch.Tensor.detach])
def test_a_loss_without_its_graph_is_refused(form: Callable[[Tensor], Tensor | float]) -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    before = weights(net)
    F.mse_loss(net(x), y).backward()
    with pytest.raises(ValueError, match=r"must give the loss as a tensor with its graph, .*, got"):
        optimizer.step(lambda: form(F.mse_loss(net(x), y)), loss=1.0)
    assert torch.equal(weights(net), before)


def test_a_repeated_sample_is_learned_but_is_no_test() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters())
    learn(net, optimizer, x[0], y[0])
    state = optimizer.state[next(net.parameters())]["race"]
    left, before = state["left"], weights(net)
    loss = F.mse_loss(net(x[0]), y[0])
    optimizer.step(lambda: F.mse_loss(net(x[0]), y[0]), loss=loss.detach(), repeated=True)
    assert state["left"] == left
    assert not torch.equal(weights(net), before)


def test_samples_of_a_stream_learner_are_alike() -> None:
    net, x, y = stream()
    optimizer, alike = BoundedGD(net.parameters()), copy.deepcopy(net)
    other = BoundedGD(alike.parameters(), samples="alike")

    def objective() -> Tensor:
        return F.mse_loss(net(x), y)

    for _ in range(10):
        optimizer.zero_grad()
        optimizer.step_on(Sample(objective(), objective))
        learn(alike, other, x, y)
    assert torch.equal(weights(net), weights(alike))


def test_with_all_switched_off_it_is_gradient_descent_with_momentum_bit_for_bit() -> None:
    net, x, y = stream()
    twin = copy.deepcopy(net)
    plain = BoundedGD(net.parameters(), lr=0.001, bound=False, trust=math.inf, precondition=False)
    sgd = torch.optim.SGD(twin.parameters(), lr=0.001, momentum=0.9)
    for i in range(50):
        learn(net, plain, x[i], y[i])
        sgd.zero_grad()
        F.mse_loss(twin(x[i]), y[i]).backward()
        sgd.step()
    assert torch.equal(weights(net), weights(twin))


@pytest.mark.parametrize("value", ["related", None, True])
def test_what_is_said_of_the_samples_is_one_of_two(value: object) -> None:
    with pytest.raises(ValueError, match=r"samples must be one of alike, unrelated, got .*; leave"):
        BoundedGD([nn.Parameter(torch.zeros(2))], samples=value)  # type: ignore[arg-type]


def test_a_state_from_before_is_of_samples_that_are_alike() -> None:
    net, x, y = stream()
    optimizer = BoundedGD(net.parameters(), samples="alike")
    learn(net, optimizer, x[0], y[0])
    state = optimizer.state_dict()
    del state["param_groups"][0]["samples"]
    resumed = BoundedGD(net.parameters())
    resumed.load_state_dict(state)
    assert resumed.param_groups[0]["samples"] == "alike"
