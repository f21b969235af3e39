"""Values of the states of a walk that never ends, learned from one step at a time (TD)."""

import torch
from torch import Tensor

from stream_ae.bench.small.problem import Objective, Prediction, Problem, generator, perceptron

STEPS, STATES, FEATURES = 2000, 19, 8
DISCOUNT = 0.9
"""γ."""


def walk(seed: int) -> Problem:
    """A walk on a ring of 19 states seen through 8 noisy features; one of them gives a reward of 1.

    The objective is ½ (r + γ v(s') − v(s))² with the target held fixed (Sutton and Barto 2018,
    section 9.3, semi-gradient TD(0)). What is scored is (v(s) − true value)².
    """
    chance = generator(seed)
    seen = torch.randn(STATES, FEATURES, generator=chance)
    # Two of three steps go on, one goes back.
    moves = torch.where(torch.rand(STEPS, generator=chance) < 2 / 3, 1, -1)
    states = torch.cat([torch.zeros(1, dtype=torch.long), moves.cumsum(0)]) % STATES
    true = _true_values()
    torch.manual_seed(seed)
    model = perceptron(FEATURES, outputs=1)

    def predict(step: int) -> Prediction:
        now, then = states[step], states[step + 1]
        with torch.no_grad():
            target = (now == 0).float() + DISCOUNT * model(seen[then])[0]
        return Prediction(model(seen[now])[0], target)

    def objective(step: int) -> Objective:
        target = predict(step).target
        return lambda: 0.5 * (target - model(seen[states[step]])[0]).square()

    @torch.no_grad()
    def error(step: int) -> float:
        now = states[step]
        squared: Tensor = (model(seen[now])[0] - true[now]).square()
        return squared.item()

    constant = true[states[:-1]].var(correction=0).item()
    return Problem(model, STEPS, objective, constant=constant, error=error, predict=predict)


def _true_values() -> Tensor:
    """The values v = (1 − γ P)⁻¹ r, from the chances P of each move and the rewards r."""
    eye = torch.eye(STATES)
    chances = 2 / 3 * eye.roll(1, dims=1) + 1 / 3 * eye.roll(-1, dims=1)
    solution: Tensor = torch.linalg.solve(eye - DISCOUNT * chances, eye[0])
    return solution
