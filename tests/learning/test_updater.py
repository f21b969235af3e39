import math

import pytest
import torch
from torch import Tensor, nn

from stream_ae.errors import ConfigError, DivergedError
from stream_ae.learning.updater import SCENE_FRAMES, SCENE_STEPS, Updater, optimizer_of
from stream_ae.optim.cuts_and_probes import REPORT_PROBE_EVERY


class Problem:
    """L = w², learned by a plain optimizer."""

    def __init__(self, lr: float = 0.1) -> None:
        self.weight = nn.Parameter(torch.tensor(3.0))
        self.laps: list[str] = []
        self.optimizer = torch.optim.SGD([self.weight], lr=lr)
        model = nn.ParameterList([self.weight])
        self.updater = Updater(self.optimizer, model=model, name="sgd", lap=self.laps.append)

    def forward(self) -> Tensor:
        return self.weight.square()

    def update(
        self,
        value: float = 1.0,
        *,
        number: int = 1,
        begins: bool = False,
        age: int | None = None,
    ) -> int:
        self.seen = self.updater.update(
            self.forward(),
            value,
            number=number,
            forward=self.forward,
            reset=False,
            begins=begins,
            age=age,
        )
        return self.seen.steps


def test_the_first_frames_of_a_scene_get_several_steps_and_later_ones_one() -> None:
    problem = Problem()
    several = [SCENE_STEPS] * SCENE_FRAMES
    assert [problem.update() for _ in range(SCENE_FRAMES + 2)] == [*several, 1, 1]
    assert [problem.update(2.5) for _ in range(SCENE_FRAMES + 1)] == [*several, 1]
    assert problem.update(begins=True) == SCENE_STEPS
    assert [problem.update() for _ in range(SCENE_FRAMES)] == [*several[1:], 1]
    assert (SCENE_FRAMES, SCENE_STEPS) == (12, 6)


def test_where_the_frames_alone_say_what_a_scene_is_no_loss_begins_one() -> None:
    problem = Problem()
    ages = [1, SCENE_FRAMES, SCENE_FRAMES + 1, 400]
    assert [problem.update(age=age) for age in ages] == [SCENE_STEPS, SCENE_STEPS, 1, 1]
    assert problem.update(9.0, age=401) == 1
    assert problem.update(9.0, age=1) == SCENE_STEPS


def test_every_step_is_taken_and_timed() -> None:
    problem = Problem(lr=0.1)
    problem.update()
    assert problem.weight.item() == pytest.approx(3.0 * 0.8**SCENE_STEPS)
    assert problem.laps == ["backward"] * SCENE_STEPS
    assert problem.seen.learned


@pytest.mark.parametrize("number", [0, 1, 7, REPORT_PROBE_EVERY, 3 * REPORT_PROBE_EVERY])
def test_the_first_step_on_every_eighth_frame_is_measured(number: int) -> None:
    problem = Problem()
    problem.update(number=number)
    assert (problem.seen.effective_step is None) is (number % REPORT_PROBE_EVERY != 0)


def test_the_share_of_steps_that_overshot_is_known_where_there_are_several() -> None:
    problem = Problem(lr=1.1)  # every step ends 1.2² times higher
    problem.update(number=1)
    assert problem.seen.overshoot == 1.0
    problem = Problem(lr=0.1)
    problem.update(number=1)
    assert problem.seen.overshoot == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_objective_that_is_not_finite_is_an_error_and_no_step(value: float) -> None:
    problem = Problem()
    with pytest.raises(
        DivergedError, match=f"got {value} at frame 7 with sgd, lr 0.1; use a smaller"
    ):
        problem.update(value, number=7)
    assert problem.weight.item() == 3.0
    assert math.isnan(problem.updater.state_dict()["loss_mean"])


def test_it_goes_on_from_a_saved_state() -> None:
    one, other = Problem(), Problem()
    for _ in range(SCENE_FRAMES):
        one.update()
    other.updater.load_state_dict(one.updater.state_dict())
    assert other.update() == one.update() == 1


def test_an_objective_without_gradient_is_an_error_and_no_step() -> None:
    problem = Problem()
    problem.weight.requires_grad_(False)
    with pytest.raises(ValueError, match="a weight that requires a gradient, got none"):
        problem.update()
    assert problem.weight.item() == 3.0


def test_a_step_that_reaches_no_weight_is_an_error() -> None:
    problem = Problem()
    problem.weight = nn.Parameter(torch.tensor(2.0))  # unknown to the optimizer
    with pytest.raises(ValueError, match="nothing was learned: sgd must have weights of the net"):
        problem.update(number=0)


def test_an_optimizer_by_its_name_has_all_weights_in_their_groups() -> None:
    model = nn.Conv2d(3, 3, 1)
    optimizer = optimizer_of("sgd", model, lr=0.25)
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["params"] == [*model.parameters()]
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_a_ready_optimizer_needs_some_weight_of_the_network() -> None:
    model = nn.Conv2d(3, 3, 1)
    ready = torch.optim.SGD([model.bias], lr=0.1) if model.bias is not None else None
    assert ready is not None
    assert optimizer_of(ready, model, lr=None) is ready
    with pytest.raises(ValueError, match="must have weights of the model, got others"):
        optimizer_of(ready, nn.Conv2d(3, 3, 1), lr=None)


@pytest.mark.parametrize("optimizer", [None, torch.optim.Adam, 0.1])
def test_what_is_no_optimizer_is_refused(optimizer: torch.optim.Optimizer) -> None:
    with pytest.raises(TypeError, match=r"a name or a ready torch\.optim\.Optimizer, got"):
        optimizer_of(optimizer, nn.Conv2d(3, 3, 1), lr=None)


def test_a_ready_optimizer_that_cannot_learn_from_a_stream_is_refused() -> None:
    model = nn.Conv2d(3, 3, 1)
    with pytest.raises(ConfigError, match="'LBFGS' computes the loss several times in a step"):
        optimizer_of(torch.optim.LBFGS(model.parameters()), model, lr=None)
