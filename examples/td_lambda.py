"""The values of a random walk, learned step by step with ObGD and eligibility traces.

Five states lie in a row (Sutton and Barto 2018, example 6.2). A walk starts in the middle one and
goes left or right by chance until it leaves the row; to the right that gives a reward of 1. So the
value of a state is the chance to leave on the right: 1/6, 2/6, 3/6, 4/6, 5/6. TD(λ) learns it from
every single step, and keeps nothing but one trace for each weight.

ObGD is called as in the program published with its paper (Elsayed, Vasan, Mahmood 2024): gradients
are those of *minus* the value, and the error of the value goes to ``step``.
"""

import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from stream_ae.optim import ObGD

STATES = 5
EPISODES = 200
TRUE = torch.arange(1, STATES + 1) / (STATES + 1)


def table() -> nn.Module:
    """One weight for each state, all zero at first."""
    weights = nn.Linear(STATES, 1, bias=False)
    nn.init.zeros_(weights.weight)
    return weights


def walk(chance: random.Random) -> Iterator[tuple[int, int | None, float]]:
    """Every step of an episode: a state, the next one (None at the end), and the reward."""
    state = STATES // 2
    while True:
        after = state + chance.choice((-1, 1))
        if not 0 <= after < STATES:
            yield state, None, float(after == STATES)
            return
        yield state, after, 0.0
        state = after


def learn(model: nn.Module, optimizer: ObGD, *, episodes: int, seed: int) -> float:
    """Learn from some walks, and give the error then."""
    chance, states = random.Random(seed), torch.eye(STATES)  # a state is seen as one 1 among zeros
    for _ in range(episodes):
        for state, after, reward in walk(chance):
            value = model(states[state])
            with torch.no_grad():
                target = reward + (0.0 if after is None else model(states[after]))
            optimizer.zero_grad()
            (-value).backward()
            optimizer.step(target - value, reset=after is None)
    return error_of(model)


@torch.no_grad()
def error_of(model: nn.Module) -> float:
    """The root-mean-square error of all values."""
    error: Tensor = (model(torch.eye(STATES)).squeeze(1) - TRUE).square().mean().sqrt()
    return error.item()


def main() -> None:
    model = table()
    optimizer = ObGD(model.parameters(), lr=0.05, gamma=1.0, lamda=0.8)  # nothing is discounted
    print(f"error before any step {error_of(model):.3f}")
    error = learn(model, optimizer, episodes=EPISODES, seed=0)
    for true, value in zip(TRUE, model(torch.eye(STATES)), strict=True):
        print(f"value {value.item():.3f}, true {true:.3f}")
    print(f"error after {EPISODES} walks {error:.3f}")


if __name__ == "__main__":
    main()
