import copy
import io
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.checks import (
    add_group,
    check_not_empty,
    check_parameters,
    current_lr,
    dense_grad,
    one_number,
)
from stream_ae.optim.effect import Sample
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD
from stream_ae.optim.update import optimizer_step

Kind = Callable[..., torch.optim.Optimizer]

ALL: tuple[Kind, ...] = (BoundedGD, ObGD, AdaptiveObGD, Muon)
BOUNDED: tuple[Kind, ...] = (BoundedGD, ObGD, AdaptiveObGD)
ANY = pytest.mark.parametrize("kind", ALL)

NUMBERS = st.floats() | st.integers(-5, 5)
SETTINGS: list[tuple[Kind, str, Callable[[float], bool]]] = [
    *((kind, "lr", lambda value: 0 < value < math.inf) for kind in ALL),
    (BoundedGD, "trust", lambda value: value > 0),
    (BoundedGD, "l2_init", lambda value: 0 <= value < math.inf),
    *((kind, "kappa", lambda value: 0 < value < math.inf) for kind in (ObGD, AdaptiveObGD)),
    *((kind, "gamma", lambda value: 0 <= value <= 1) for kind in (ObGD, AdaptiveObGD)),
    *((kind, "lamda", lambda value: 0 <= value <= 1) for kind in (ObGD, AdaptiveObGD)),
    (AdaptiveObGD, "beta2", lambda value: 0 <= value < 1),
    (AdaptiveObGD, "eps", lambda value: 0 < value < math.inf),
    (Muon, "momentum", lambda value: 0 <= value < 1),
]


def learn(net: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> float:
    """Steps on a small regression, in the weights' own dtype; the loss after them."""
    generator = torch.Generator().manual_seed(0)
    dtype = next(net.parameters()).dtype
    x = torch.randn(32, 8, generator=generator).to(dtype)
    y = torch.sin(x @ torch.randn(8, 3, generator=generator).to(dtype))

    def loss() -> Tensor:
        return F.mse_loss(net(x), y)

    for _ in range(steps):
        optimizer_step(optimizer, Sample(loss(), lambda: loss().detach()))
    return loss().item()


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))


def flat(net: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


@pytest.mark.parametrize(("kind", "name", "is_valid"), SETTINGS)
@settings(max_examples=40)
@given(value=NUMBERS)
def test_a_setting_is_taken_or_named_with_its_range(
    kind: Kind, name: str, is_valid: Callable[[float], bool], value: float
) -> None:
    weight = nn.Parameter(torch.ones(2))
    if is_valid(value):
        assert kind([weight], **{name: value}).param_groups[0][name] == value
        return
    message = rf"^{name} must be .*, got {value}; leave it out for the default$".replace("+", r"\+")
    with pytest.raises(ValueError, match=message):
        kind([weight], **{name: value})
    with pytest.raises(ValueError, match=message):
        kind([{"params": [weight], name: value}])


@ANY
@pytest.mark.parametrize("value", ["0.1", None, 1j, torch.tensor(0.1)])
def test_a_setting_that_is_no_number_is_named(kind: Kind, value: object) -> None:
    with pytest.raises(ValueError, match=r"lr must be positive and finite, got .*; leave it out"):
        kind([nn.Parameter(torch.ones(2))], lr=value)


@ANY
def test_numbers_of_numpy_become_plain_ones_that_can_be_saved(kind: Kind) -> None:
    optimizer = kind([nn.Parameter(torch.ones(2))], lr=np.logspace(-2, -1, 2)[0])
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    assert torch.load(file, weights_only=True)["param_groups"][0]["lr"] == pytest.approx(0.01)


@ANY
@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.complex64, torch.complex128, torch.int64]
)
def test_what_cannot_be_learned_is_refused_by_name(kind: Kind, dtype: torch.dtype) -> None:
    fine = nn.Parameter(torch.ones(3))
    odd = nn.Parameter(torch.ones(3, 2).to(dtype), requires_grad=False)
    wanted = f"must be dense, of float32 or float64, got {dtype}; convert the module"
    with pytest.raises(ValueError, match=f"^parameter 1 of group 0 {wanted}"):
        kind([fine, odd])
    with pytest.raises(ValueError, match=rf"^parameter 'head\.weight' of group 0 {wanted}"):
        kind([("bias", fine), ("head.weight", odd)])
    if kind in (BoundedGD, Muon):
        with pytest.raises(ValueError, match=f"^parameter 0 of group 1 {wanted}"):
            kind([{"params": [fine]}, {"params": [odd]}])


@ANY
def test_a_sparse_parameter_is_refused(kind: Kind) -> None:
    sparse = nn.Parameter(torch.eye(3).to_sparse())
    with pytest.raises(ValueError, match=r"parameter 0 of group 0 .*, got torch\.sparse_coo; "):
        kind([sparse])


@pytest.mark.parametrize("kind", BOUNDED)
@pytest.mark.parametrize(
    ("odd", "got"),
    [
        (torch.ones(2, dtype=torch.float64), "torch.float64 on cpu"),
        (torch.ones(2, device="meta"), "torch.float32 on meta"),
    ],
)
def test_a_bound_over_all_parameters_takes_one_dtype_and_one_device(
    kind: Kind, odd: Tensor, got: str
) -> None:
    message = (
        r"parameter 1 of group 0 must be like the first one, torch\.float32 on cpu, .* got"
        f" {got}; convert or move the whole module"
    )
    with pytest.raises(ValueError, match=message):
        kind([nn.Parameter(torch.ones(2)), nn.Parameter(odd)])


def test_without_a_common_bound_dtypes_may_differ() -> None:
    weights = [nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2, 2, dtype=torch.float64))]
    optimizer = Muon(weights)
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    optimizer.step()
    torch.testing.assert_close(weights[0].double(), weights[1], rtol=1e-5, atol=1e-5)
    assert weights[1].max() < 1.0


@ANY
def test_no_parameters_at_all_are_refused(kind: Kind) -> None:
    nothing: list[object] = [[], iter(()), [{"params": []}], [nn.Parameter(torch.empty(0))]]
    for empty in nothing:
        with pytest.raises(ValueError, match=r"empty parameter list|needs parameters to learn"):
            kind(empty)


@ANY
def test_parameters_without_entries_do_no_harm(kind: Kind) -> None:
    weight, empty = nn.Parameter(torch.ones(3, 2)), nn.Parameter(torch.empty(0, 5))
    optimizer = kind([weight, empty])

    def loss() -> Tensor:
        return (weight - 2.0).square().sum() + empty.sum()

    before = loss().item()
    for _ in range(20):
        optimizer_step(optimizer, Sample(loss(), lambda: loss().detach()))
    assert loss().item() < before


@ANY
@pytest.mark.parametrize("argument", ["foreach", "maximize", "fused", "weight_decay"])
def test_arguments_of_other_optimizers_get_the_usual_error(kind: Kind, argument: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{argument}'"):
        kind([nn.Parameter(torch.ones(2))], **{argument: True})


@ANY
def test_parameters_of_double_precision_are_learned_alike(kind: Kind) -> None:
    single, double = network(), network().double()
    one, other = kind(single.parameters()), kind(double.parameters())
    for _ in range(5):
        assert learn(single, one, 1) == pytest.approx(learn(double, other, 1), rel=1e-3)
    assert flat(double).dtype == torch.float64
    before = learn(double, other, 0)
    assert learn(double, other, 60) < before


@ANY
def test_an_optimizer_goes_on_in_a_copy_a_pickle_and_a_file(kind: Kind) -> None:
    net = network()
    optimizer = kind(net.parameters())
    learn(net, optimizer, 12)
    file = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    loaded = network(seed=1)
    loaded.load_state_dict(saved["net"])
    resumed = kind(loaded.parameters())
    resumed.load_state_dict(saved["optimizer"])
    twins = [
        copy.deepcopy((net, optimizer)),
        pickle.loads(pickle.dumps((net, optimizer))),
        (loaded, resumed),
    ]
    expected = learn(net, optimizer, 40)
    for twin, its_optimizer in twins:
        assert learn(twin, its_optimizer, 40) == expected
        assert torch.equal(flat(twin), flat(net))


@ANY
def test_a_copy_that_was_never_stepped_learns_like_the_original(kind: Kind) -> None:
    net = network()
    optimizer = kind(net.parameters())
    twin, its_optimizer = copy.deepcopy((net, optimizer))
    assert learn(twin, its_optimizer, 8) == learn(net, optimizer, 8)


@ANY
def test_a_schedule_rules_the_rate(kind: Kind) -> None:
    net, rested = network(), network()
    optimizer, resting = kind(net.parameters()), kind(rested.parameters())
    schedule = LambdaLR(optimizer, lambda step: 1e-6 if step >= 3 else 1.0)
    first = flat(net)
    for _ in range(3):
        learn(net, optimizer, 1)
        schedule.step()
    far, middle = (flat(net) - first).norm(), flat(net)
    for _ in range(3):
        learn(net, optimizer, 1)
        schedule.step()
    assert 0.0 < (flat(net) - middle).norm() < far
    LambdaLR(resting, lambda _: 0.0)
    before = flat(rested)
    learn(rested, resting, 3)
    assert torch.equal(flat(rested), before)


@ANY
@pytest.mark.parametrize("lr", [math.nan, math.inf, -0.1])
def test_a_schedule_that_leaves_the_range_is_named_and_nothing_moves(kind: Kind, lr: float) -> None:
    net = network()
    optimizer = kind(net.parameters())
    optimizer.param_groups[0]["lr"] = lr
    before = flat(net)
    with pytest.raises(ValueError, match=f"lr must be finite and not negative, got {lr}; look"):
        learn(net, optimizer, 1)
    assert torch.equal(flat(net), before)


@ANY
def test_a_loop_inside_autocast_learns_as_one_outside(kind: Kind) -> None:
    inside, outside = network(), network()
    first = learn(outside, optimizer := kind(outside.parameters()), 0)
    plain = learn(outside, optimizer, 60)
    optimizer = kind(inside.parameters())
    with torch.autocast("cpu", torch.bfloat16):
        for _ in range(60):
            learn(inside, optimizer, 1)
            torch.clear_autocast_cache()  # else the next loss would be that of the weights before
    assert learn(inside, optimizer, 0) < plain + 0.05 * (first - plain)


@ANY
def test_a_weight_that_is_frozen_later_stays(kind: Kind) -> None:
    net = network()
    optimizer = kind(net.parameters())
    learn(net, optimizer, 10)
    frozen, other = net.get_parameter("0.weight"), net.get_parameter("2.weight")
    frozen.requires_grad_(False)
    before, others = frozen.clone(), other.detach().clone()
    learn(net, optimizer, 10)
    assert torch.equal(frozen, before)
    assert not torch.equal(other, others)


@ANY
@pytest.mark.parametrize("shape", [(), (1,), (3,), (4, 3), (2, 3, 2, 2)])
def test_weights_that_begin_at_zero_are_learned(kind: Kind, shape: tuple[int, ...]) -> None:
    weight = nn.Parameter(torch.zeros(shape))
    optimizer = kind([weight])

    def loss() -> Tensor:
        return (weight - 0.5).square().mean()

    for _ in range(300):
        optimizer_step(optimizer, Sample(loss(), lambda: loss().detach()))
    assert loss().item() < 0.02 * 0.25


@ANY
def test_a_sparse_gradient_is_refused(kind: Kind) -> None:
    table = nn.Embedding(5, 2, sparse=True)
    optimizer = kind(table.parameters())
    value = table(torch.tensor([1])).sum()
    with pytest.raises(ValueError, match=r"a gradient must be dense, got torch\.sparse_coo; use"):
        optimizer_step(optimizer, Sample(value, value.detach))


def test_a_group_that_is_refused_is_not_added() -> None:
    optimizer = Muon([nn.Parameter(torch.ones(2))])
    odd: dict[str, Any] = {"params": [nn.Parameter(torch.ones(2).half())]}
    with pytest.raises(ValueError, match=r"parameter 0 of group 1 .*, got torch\.float16"):
        add_group(optimizer, odd, alike=False)
    with pytest.raises(ValueError, match="lr must be"):
        add_group(optimizer, {"params": [nn.Parameter(torch.ones(2))], "lr": -1}, alike=False)
    assert len(optimizer.param_groups) == 1


def test_groups_are_checked_together() -> None:
    def group(**settings: object) -> dict[str, Any]:
        return {"params": [nn.Parameter(torch.ones(2))], "lr": 0.1, **settings}

    check_parameters([group(), group()], alike=True)
    check_not_empty([{"params": []}, group()])
    assert current_lr([group(), group()]) == 0.1
    with pytest.raises(ValueError, match=r"groups share one lr, got \[0.1, 0.2\]; give lr beside"):
        current_lr([group(), group(lr=0.2)])


def test_a_gradient_that_is_not_there_is_zero() -> None:
    weight = nn.Parameter(torch.ones(2, dtype=torch.float64))
    assert torch.equal(dense_grad(weight), torch.zeros(2, dtype=torch.float64))
    weight.grad = torch.ones(2, dtype=torch.float64)
    assert dense_grad(weight) is weight.grad


@pytest.mark.parametrize("name", ["bound", "precondition"])
@pytest.mark.parametrize("value", ["no", None, 2])
def test_a_switch_is_true_or_false(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be True or False, got {value!r}; give one"):
        BoundedGD([nn.Parameter(torch.zeros(2))], **{name: value})


@pytest.mark.parametrize(
    "value", [0.1, np.float64(0.1), np.array([0.1]), [0.1], torch.tensor([[0.1]]).double()]
)
def test_one_number_in_any_form_is_taken(value: object) -> None:
    like = torch.zeros(2, dtype=torch.float64)
    number = one_number(value, name="delta", like=like)
    assert (number.shape, number.dtype) == ((), like.dtype)
    assert number.item() == pytest.approx(0.1, rel=1e-7)


@pytest.mark.parametrize(
    "value", [None, "x", 1j, [], [1.0, 2.0], torch.zeros(2), torch.zeros((), dtype=torch.cfloat)]
)
def test_what_is_not_one_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"delta must be one number, got .*; give one for the"):
        one_number(value, name="delta", like=torch.zeros(2))


@ANY
def test_the_state_of_another_optimizer_is_refused_and_nothing_changes(kind: Kind) -> None:
    net = network()
    optimizer = kind(net.parameters())
    learn(net, optimizer, steps=3)
    twin, its_optimizer = copy.deepcopy((net, optimizer))
    other = torch.optim.RMSprop(network().parameters()).state_dict()
    with pytest.raises(ValueError, match=r"a saved state must be of \w+, got one without .*; load"):
        optimizer.load_state_dict(other)
    learn(net, optimizer, steps=2)
    learn(twin, its_optimizer, steps=2)
    assert torch.equal(flat(net), flat(twin))
