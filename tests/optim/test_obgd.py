import copy
import io
import math
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from torch import Tensor, nn

from stream_ae.nn.init import initialise
from stream_ae.optim.effect import Sample
from stream_ae.optim.obgd import AdaptiveObGD, ObGD

Kind = type[ObGD]
Numbers = NDArray[np.float64]

WALK = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "td_lambda.py"))
"""The example: a random walk of five states, whose values are known."""

BOTH = pytest.mark.parametrize("kind", [ObGD, AdaptiveObGD])


def parameter(*values: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float64))


def give_gradient(tensor: Tensor, *values: float) -> None:
    """Of a prediction, as ``(-prediction).backward()`` leaves it."""
    tensor.grad = -torch.tensor(values, dtype=torch.float64)


def test_two_steps_calculated_by_hand() -> None:
    w = parameter(0.0)
    optimizer = ObGD([w])

    give_gradient(w, 1.0)
    optimizer.step(0.5)  # z = 1, M = 1 · 2 · 1 · 1 = 2, w = 0 + 1/2 · 0.5 · 1
    assert w.item() == pytest.approx(0.25)
    assert optimizer.effective_lr.item() == pytest.approx(0.5)

    give_gradient(w, 2.0)
    optimizer.step(-3.0)  # z = 0.99 · 0.8 · 1 + 2 = 2.792, M = 2 · 3 · 2.792 = 16.752
    assert optimizer.effective_lr.item() == pytest.approx(1 / 16.752)
    assert w.item() == pytest.approx(0.25 - 3 * 2.792 / 16.752)


def test_two_adaptive_steps_calculated_by_hand() -> None:
    w = parameter(0.0)
    optimizer = AdaptiveObGD([w], lr=0.1, gamma=0.5, lamda=0.5, beta2=0.5, eps=0.25)

    give_gradient(w, 2.0)
    optimizer.step(0.5)  # z = 2, s = 0.5 · 1, ŝ = 1: z / √1.25, M = 0.1 · 2 · 1.79 < 1
    first = 0.1 * 0.5 * 2 / math.sqrt(1.25)
    assert w.item() == pytest.approx(first)
    assert optimizer.bound_active.item() == 0

    give_gradient(w, 1.5)
    optimizer.step(3.0)  # z = 0.5 + 1.5 = 2, s = 0.25 + 0.5 · 36 = 18.25, ŝ = 18.25 / 0.75
    scaled = 2 / math.sqrt(18.25 / 0.75 + 0.25)
    assert optimizer.bound_active.item() == 0
    assert w.item() == pytest.approx(first + 0.1 * 3 * scaled)


class ByHand:
    """Both algorithms with plain numbers, one weight after the other."""

    def __init__(self, weights: list[float], *, adaptive: bool) -> None:
        self.weights, self.adaptive = list(weights), adaptive
        self.traces = [0.0] * len(weights)
        self.squares = [0.0] * len(weights)
        self.time = 0

    def step(self, gradient: list[float], delta: float, reset: bool) -> float:
        lr, decay, kappa, beta2, eps = 0.7, 0.99 * 0.8, 2.0, 0.999, 1e-8
        self.time += 1
        self.traces = [decay * z + g for z, g in zip(self.traces, gradient, strict=True)]
        direction = list(self.traces)
        if self.adaptive:
            self.squares = [
                beta2 * v + (1 - beta2) * (delta * z) ** 2
                for v, z in zip(self.squares, self.traces, strict=True)
            ]
            direction = [
                z / math.sqrt(v / (1 - beta2**self.time) + eps)
                for z, v in zip(self.traces, self.squares, strict=True)
            ]
        bound = lr * kappa * max(abs(delta), 1) * sum(abs(z) for z in direction)
        rate = min(lr, lr / bound)
        self.weights = [w + rate * delta * z for w, z in zip(self.weights, direction, strict=True)]
        if reset:
            self.traces = [0.0] * len(self.traces)
        return rate


@pytest.mark.parametrize(("kind", "adaptive"), [(ObGD, False), (AdaptiveObGD, True)])
def test_many_steps_with_traces_and_resets_agree_with_plain_numbers(
    kind: Kind, adaptive: bool
) -> None:
    generator = torch.Generator().manual_seed(3)
    first, second = parameter(0.1, -0.2), parameter(0.3, 0.0, 0.5)
    optimizer = kind([first, second], lr=0.7)
    by_hand = ByHand([0.1, -0.2, 0.3, 0.0, 0.5], adaptive=adaptive)
    rates = []
    for number in range(40):
        gradient = torch.randn(5, generator=generator, dtype=torch.float64) * (0.05 + number % 3)
        delta = 2 * torch.randn((), generator=generator, dtype=torch.float64).item()
        first.grad, second.grad = -gradient[:2], -gradient[2:]
        reset = number % 7 == 6
        optimizer.step(delta, reset=reset)
        rates.append(by_hand.step(gradient.tolist(), delta, reset))
        assert torch.cat([first, second]).tolist() == pytest.approx(by_hand.weights, rel=1e-10)
        assert optimizer.effective_lr.item() == pytest.approx(rates[-1], rel=1e-10)
        assert optimizer.bound_active.item() == (rates[-1] < 0.7)
    assert {rate < 0.7 for rate in rates} == {False, True}  # bounded steps and free ones


def test_without_a_bound_and_a_trace_it_is_plain_gradient_descent_on_the_negative_prediction() -> (
    None
):
    w = parameter(1.0, 2.0)
    optimizer = ObGD([w], lr=0.01, gamma=0.0)
    for _ in range(2):
        give_gradient(w, 3.0, -1.0)
        optimizer.step(0.5)
    assert w.tolist() == pytest.approx([1 + 2 * 0.01 * 0.5 * 3, 2 - 2 * 0.01 * 0.5])
    assert optimizer.bound_active.item() == 0
    assert optimizer.effective_lr.item() == pytest.approx(0.01)


@BOTH
@settings(max_examples=60)
@given(
    kappa=st.floats(1, 5),
    lr=st.floats(1e-3, 1e3),
    x=arrays(np.float64, 6, elements=st.floats(-1, 1)),
    w=arrays(np.float64, 6, elements=st.floats(-10, 10)),
    target=st.floats(-100, 100),
)
def test_the_error_on_the_same_sample_neither_grows_nor_changes_its_sign(
    kind: Kind, kappa: float, lr: float, x: Numbers, w: Numbers, target: float
) -> None:
    inputs, weight = torch.from_numpy(kappa * x), nn.Parameter(torch.from_numpy(w.copy()))
    optimizer = kind([weight], lr=lr, gamma=0.0, kappa=kappa)
    prediction = weight @ inputs
    (-prediction).backward()
    before = target - prediction.item()
    optimizer.step(before)
    after = target - (weight @ inputs).item()
    tolerance = 1e-9 * (1 + abs(target) + abs(before))
    assert abs(after) <= abs(before) + tolerance
    assert after * math.copysign(1, before) >= -tolerance


@BOTH
@settings(max_examples=30)
@given(
    kappa=st.floats(0.1, 5),
    lr=st.floats(1e-3, 1e3),
    gradients=arrays(np.float64, (6, 4), elements=st.floats(-100, 100)),
    deltas=arrays(np.float64, 6, elements=st.floats(-50, 50)),
)
def test_whatever_the_trace_a_step_is_no_longer_than_promised(
    kind: Kind, kappa: float, lr: float, gradients: Numbers, deltas: Numbers
) -> None:
    first, second = parameter(1.0, 2.0), parameter(-3.0, 4.0)
    optimizer = kind([first, second], lr=lr, kappa=kappa)
    for gradient, delta in zip(gradients, deltas, strict=True):
        before = torch.cat([first, second]).detach()
        first.grad = torch.from_numpy(gradient[:2].copy())
        second.grad = torch.from_numpy(gradient[2:].copy())
        optimizer.step(delta)
        moved = (torch.cat([first, second]) - before).abs().sum().item()
        assert moved <= min(abs(delta), 1) / kappa + 1e-9


@BOTH
def test_a_linear_prediction_is_learned(kind: Kind) -> None:
    generator = torch.Generator().manual_seed(0)
    w, truth = parameter(0.0, 0.0, 0.0), torch.tensor([0.5, -0.3, 0.2], dtype=torch.float64)
    optimizer = kind([w], gamma=0.0)
    errors = []
    for _ in range(600):
        x = torch.rand(3, generator=generator, dtype=torch.float64) * 2 - 1
        optimizer.zero_grad()
        prediction = w @ x
        (-prediction).backward()
        delta = (truth @ x - prediction).detach()
        optimizer.step(delta)
        errors.append(abs(delta.item()))
    assert np.mean(errors[-50:]) < 0.1 * np.mean(errors[:50])


@BOTH
def test_going_on_from_a_saved_state_is_bit_exact(kind: Kind) -> None:
    def run(optimizer: ObGD, weights: list[nn.Parameter], numbers: Iterable[int]) -> None:
        for number in numbers:
            generator = torch.Generator().manual_seed(number)
            for w in weights:
                w.grad = torch.randn(w.shape, generator=generator)
            optimizer.step(torch.randn((), generator=generator), reset=number == 3)

    def fresh() -> list[nn.Parameter]:
        return [nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2, 2))]

    whole = fresh()
    run(kind(whole), whole, range(9))

    half = fresh()
    optimizer = kind(half)
    run(optimizer, half, range(5))
    file = io.BytesIO()
    torch.save({"weights": half, "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    with torch.serialization.safe_globals([nn.Parameter]):
        saved = torch.load(file, weights_only=True)
    resumed = saved["weights"]
    optimizer = kind(resumed, lr=0.123)  # the saved rate is what counts
    optimizer.load_state_dict(saved["optimizer"])
    run(optimizer, resumed, range(5, 9))
    assert all(torch.equal(a, b) for a, b in zip(whole, resumed, strict=True))


@BOTH
def test_a_copy_goes_on_like_the_original(kind: Kind) -> None:
    w = parameter(1.0, 2.0)
    optimizer = kind([w])
    give_gradient(w, 0.5, -0.5)
    optimizer.step(0.3)
    twin, twin_w = copy.deepcopy((optimizer, w))
    assert twin.bound_active.item() == 0
    for each, weights in ((optimizer, w), (twin, twin_w)):
        give_gradient(weights, 1.0, 2.0)
        each.step(0.7)
    assert torch.equal(w, twin_w)
    assert twin.bound_active.item() == 1


@BOTH
def test_a_parameter_without_gradient_stays_as_it_is_and_does_not_count_in_the_bound(
    kind: Kind,
) -> None:
    one, alone, idle = parameter(1.0), parameter(1.0), parameter(5.0)
    together, single = kind([one, idle]), kind([alone])
    for _ in range(3):
        give_gradient(one, 2.0)
        give_gradient(alone, 2.0)
        together.step(0.4)
        single.step(0.4)
    assert idle.item() == 5.0
    assert one.item() == alone.item()
    give_gradient(idle, 1.0)  # its own time begins now
    together.step(0.4)
    assert idle.item() > 5.0


@BOTH
def test_nothing_happens_where_no_parameter_has_a_gradient(kind: Kind) -> None:
    w = parameter(1.0)
    optimizer = kind([w])
    optimizer.step(1.0, reset=True)
    assert (w.item(), optimizer.bound_active.item(), optimizer.effective_lr.item()) == (1.0, 0, 0)


@BOTH
def test_zero_gradients_change_nothing_and_are_not_bounded(kind: Kind) -> None:
    w = parameter(1.0, -1.0)
    optimizer = kind([w], lr=0.5)
    give_gradient(w, 0.0, 0.0)
    optimizer.step(2.0)
    assert w.tolist() == [1.0, -1.0]
    assert (optimizer.bound_active.item(), optimizer.effective_lr.item()) == (0.0, 0.5)


def test_reset_clears_every_trace_after_the_step_also_where_there_is_no_gradient() -> None:
    one, other = parameter(0.0), parameter(0.0)
    optimizer = ObGD([one, other], lr=1e-3)
    give_gradient(one, 1.0)
    give_gradient(other, 1.0)
    optimizer.step(1.0)
    other.grad = None
    optimizer.step(1.0, reset=True)
    assert one.item() == pytest.approx(1e-3 * (1 + 1.792))  # the trace still counted in this step
    give_gradient(one, 0.0)
    give_gradient(other, 0.0)
    before = (one.item(), other.item())
    optimizer.step(1.0)
    assert (one.item(), other.item()) == before


@pytest.mark.slow
@BOTH
def test_an_error_may_be_a_number_of_any_precision_in_any_form(kind: Kind) -> None:
    results = []
    kinds = (torch.float32, torch.float64, torch.bfloat16)
    tensors = [torch.tensor(0.25, dtype=dtype) for dtype in kinds]
    deltas: list[Any] = [0.25, *tensors, torch.tensor([0.25]), np.float32(0.25), np.array(0.25)]
    for delta in deltas:
        w = parameter(1.0, 2.0)
        give_gradient(w, 3.0, 4.0)
        kind([w]).step(delta)
        results.append(w.tolist())
    assert all(result == results[0] for result in results)


@BOTH
def test_no_step_reads_a_number_back_from_the_device(kind: Kind) -> None:
    w = nn.Parameter(torch.empty(3, device="meta"))  # holds no number that could be read
    optimizer = kind([w])
    w.grad = torch.empty(3, device="meta")
    optimizer.step(torch.empty((), device="meta"), reset=True)
    assert optimizer.bound_active.device.type == "meta"
    with pytest.raises(RuntimeError):
        optimizer.bound_active.item()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"lr": math.nan}, "lr must be positive and finite, got nan"),
        ({"kappa": -1.0}, "kappa must be positive and finite, got -1.0"),
        ({"gamma": 1.1}, r"gamma must be in \[0, 1\], got 1.1"),
        ({"lamda": -0.1}, r"lamda must be in \[0, 1\], got -0.1"),
        ({"beta2": 1.0}, r"beta2 must be in \[0, 1\), got 1.0"),
        ({"eps": 0.0}, "eps must be positive and finite, got 0.0"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdaptiveObGD([parameter(1.0)], **settings)
    with pytest.raises(ValueError, match=message):
        AdaptiveObGD([{"params": [parameter(1.0)], **settings}])


def test_a_second_group_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one group"):
        ObGD([{"params": [parameter(1.0)]}, {"params": [parameter(2.0)]}])


@pytest.mark.parametrize("delta", [math.nan, math.inf, torch.ones(2), torch.ones(2, 2)])
def test_an_error_that_is_not_one_finite_number_is_refused_and_changes_nothing(
    delta: float,
) -> None:
    w = parameter(1.0)
    optimizer = ObGD([w])
    give_gradient(w, 1.0)
    with pytest.raises(ValueError, match="delta must be"):
        optimizer.step(delta)
    assert w.item() == 1.0


def test_a_sparse_gradient_is_refused() -> None:
    table = torch.nn.Embedding(5, 2, sparse=True)
    optimizer = ObGD(table.parameters())
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(ValueError, match=r"must be dense, got torch\.sparse_coo"):
        optimizer.step(1.0)


@BOTH
def test_a_step_on_a_sample_goes_down_its_objective(kind: Kind) -> None:
    w = parameter(3.0)
    optimizer = kind([w], gamma=0.0)

    def objective() -> Tensor:
        return w.square().sum()

    effect = optimizer.step_on(Sample(objective(), lambda: objective().detach(), probe=True))
    assert 0.0 <= w.item() < 3.0
    assert effect["overshoot"] == 0.0
    # The share of L = f² is twice that of f = 3, which the step takes down by 3 − w.
    assert effect["effective_step"] == pytest.approx(2.0 * (3.0 - w.item()) / 3.0)


def table() -> nn.Module:
    model: nn.Module = WALK["table"]()
    return model


def network() -> nn.Module:
    model = nn.Sequential(nn.Linear(5, 16), nn.LayerNorm(16), nn.LeakyReLU(), nn.Linear(16, 1))
    initialise(model)
    return model


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("build", [table, network])
def test_the_values_of_a_random_walk_are_learned(
    kind: Kind, build: Callable[[], nn.Module]
) -> None:
    errors = []
    for seed in range(3):
        torch.manual_seed(seed)
        model = build()
        optimizer = kind(model.parameters(), gamma=1.0)
        errors.append(WALK["learn"](model, optimizer, episodes=80, seed=seed))
    assert np.mean(errors) < 0.2  # 0.55 for values of zero, 0.24 for the same value everywhere
    assert max(errors) < 0.3


def test_without_a_bound_a_table_learns_as_td_lambda_does() -> None:
    model, rate, decay = table(), 0.01, 1.0 * 0.8
    WALK["learn"](model, ObGD(model.parameters(), lr=rate, gamma=1.0), episodes=6, seed=0)
    values, chance = [0.0] * 5, WALK["random"].Random(0)
    for _ in range(6):  # Sutton and Barto 2018, section 12.2, with accumulating traces
        traces = [0.0] * 5
        for state, after, reward in WALK["walk"](chance):
            error = reward + (0.0 if after is None else values[after]) - values[state]
            traces = [decay * z + (number == state) for number, z in enumerate(traces)]
            values = [v + rate * error * z for v, z in zip(values, traces, strict=True)]
    learned = model.get_parameter("weight").flatten().tolist()
    assert learned == pytest.approx(values, rel=1e-5)
    assert max(values) > 0.01
