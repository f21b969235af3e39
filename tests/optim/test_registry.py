import copy
import inspect
import math
from typing import Any

import pytest
import torch
from tests.conformance.optimizers import Build, Quadratic, check_copying, check_optimizer

from stream_ae.errors import ConfigError
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD
from stream_ae.optim.registry import NAMES, build_optimizer


def matrices() -> list[torch.nn.Parameter]:
    torch.manual_seed(0)
    return [torch.nn.Parameter(torch.randn(4, 3)), torch.nn.Parameter(torch.randn(2, 4))]


def builder(name: str) -> Build:
    """At its own rate; at one that suits a small problem where that is very small, or unbounded."""
    rates = {"unbounded": 0.1} | dict.fromkeys(("adam", "adam-0.95", "adamw", "radam"), 0.03)
    lr = rates.get(name)
    return lambda weights: build_optimizer(name, weights, lr=lr)


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_keeps_what_all_have_to(name: str) -> None:
    check_optimizer(builder(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_deep_copy_of_any_goes_on_like_the_original(name: str) -> None:
    check_copying(builder(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_gives_an_optimizer_of_that_rate_over_all_parameters(name: str) -> None:
    weights = matrices()
    optimizer = build_optimizer(name, weights, lr=0.01)
    assert isinstance(optimizer, torch.optim.Optimizer)
    assert optimizer.param_groups[0]["lr"] == 0.01
    assert optimizer.param_groups[0]["params"] == weights


def test_groups_reach_the_bounded_optimizer_and_are_one_list_to_all_others() -> None:
    first, second = matrices()
    groups: list[dict[str, object]] = [{"params": [first]}, {"params": [second], "l2_init": 5.0}]
    for name, expected in (("bounded", [1.0, 5.0]), ("unbounded", [1.0, 5.0])):
        optimizer = build_optimizer(name, copy.deepcopy(groups))
        assert [group["l2_init"] for group in optimizer.param_groups] == expected
    for name in ("adam", "obgd", "muon"):
        (group,) = build_optimizer(name, copy.deepcopy(groups)).param_groups
        assert [p.shape for p in group["params"]] == [first.shape, second.shape]


def test_named_parameters_are_taken_too() -> None:
    network = torch.nn.Linear(3, 2)
    optimizer = build_optimizer("adam", network.named_parameters())
    assert optimizer.param_groups[0]["params"] == [network.weight, network.bias]


def test_the_optimizers_of_this_house_are_set_up_for_streams() -> None:
    for name, bound in (("bounded", True), ("unbounded", False)):
        problem = Quadratic(builder(name))
        effect = problem.step()
        assert ("overshoot" in effect) is bound  # the first steps are probed


def test_every_optimizer_of_torch_is_known_or_refused_with_a_reason() -> None:
    for name, kind in vars(torch.optim).items():
        is_one = inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer)
        if not is_one or kind is torch.optim.Optimizer:
            continue
        if name.lower() in NAMES:
            expected = Muon if name == "Muon" else kind  # theirs takes matrices only
            assert type(build_optimizer(name, matrices())) is expected
        else:
            with pytest.raises(ConfigError, match=f"the optimizer '{name}' .*; choose one of"):
                build_optimizer(name, matrices())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Adam", torch.optim.Adam),
        ("adamW", torch.optim.AdamW),
        ("SGD", torch.optim.SGD),
        ("ObGD", ObGD),
        ("Adaptive-ObGD", AdaptiveObGD),
        ("Muon", Muon),
    ],
)
def test_case_does_not_matter(name: str, kind: type) -> None:
    assert type(build_optimizer(name, matrices())) is kind


def test_without_a_rate_the_optimizers_own_default_counts() -> None:
    assert build_optimizer("adam", matrices()).param_groups[0]["lr"] == 1e-3
    assert build_optimizer("rprop", matrices()).param_groups[0]["lr"] == 1e-2
    assert build_optimizer("obgd", matrices()).param_groups[0]["lr"] == 1.0


@pytest.mark.parametrize("name", ["obgd", "adaptive-obgd"])
def test_ours_have_no_trace_for_a_pictures_error_is_due_at_once(name: str) -> None:
    assert build_optimizer(name, matrices()).param_groups[0]["gamma"] == 0


def test_parameters_may_come_as_a_generator() -> None:
    network = torch.nn.Linear(3, 2)
    optimizer = build_optimizer("adam", network.parameters())
    assert len(optimizer.param_groups[0]["params"]) == 2


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("adm", "did you mean adam"), ("abgd", "did you mean obgd"), ("rmsprob", "rmsprop")],
)
def test_a_slip_of_the_pen_gets_a_suggestion(name: str, suggestion: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown optimizer '{name}'; .*{suggestion}"):
        build_optimizer(name, matrices())


def test_an_unknown_name_is_answered_with_all_names() -> None:
    with pytest.raises(ConfigError) as error:
        build_optimizer("zzzzz", matrices())
    assert str(error.value) == f"unknown optimizer 'zzzzz'; choose one of {', '.join(NAMES)}"


@pytest.mark.parametrize(("name", "reason"), [("LBFGS", "several times"), ("sparseadam", "sparse")])
def test_what_cannot_learn_from_a_stream_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' .*{reason}.*; choose one of adadelta"):
        build_optimizer(name, matrices())
    assert name.lower() not in NAMES


def test_muon_takes_a_whole_network() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 4), torch.nn.GroupNorm(1, 8))
    optimizer = build_optimizer("muon", network.parameters())
    assert isinstance(optimizer, Muon)
    assert len(optimizer.param_groups[0]["params"]) == 4


def test_adam_with_a_shorter_memory_has_a_name_of_its_own() -> None:
    optimizer = build_optimizer("Adam-0.95", matrices(), lr=0.003)
    assert type(optimizer) is torch.optim.Adam
    assert optimizer.param_groups[0]["betas"] == (0.9, 0.95)
    assert optimizer.param_groups[0]["lr"] == 0.003
    assert build_optimizer("adam", matrices()).param_groups[0]["betas"] == (0.9, 0.999)


@pytest.mark.parametrize("lr", [0.0, -1.0, math.inf, math.nan])
@pytest.mark.parametrize("name", ["adam", "obgd"])
def test_a_rate_out_of_range_is_refused(name: str, lr: float) -> None:
    with pytest.raises(ConfigError, match=f"lr must be positive and finite, got {lr}"):
        build_optimizer(name, matrices(), lr=lr)


def test_a_rate_that_is_no_number_is_refused() -> None:
    wrong: Any = "x"
    with pytest.raises(ConfigError, match="lr must be positive and finite, got 'x'; leave it out"):
        build_optimizer("adam", matrices(), lr=wrong)
