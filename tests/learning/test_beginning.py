import copy

import pytest
import torch
from torch import nn

from stream_ae.learning.beginning import Beginning
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder, seeded
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Sample

FRAME = torch.full((1, 3, 224, 224), 0.25)


def learn(model: nn.Module, optimizer: BoundedGD) -> None:
    def objective() -> torch.Tensor:
        loss: torch.Tensor = (model(FRAME).image - FRAME).square().mean()
        return loss

    optimizer.zero_grad()
    optimizer.step_on(Sample(objective(), closure=objective))


def flat(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.fixture(scope="module")
def learned() -> tuple[StreamingVideoAutoencoder, BoundedGD, Beginning]:
    model = seeded(0)
    optimizer = BoundedGD(model.parameters(), l2_init=1.0)
    beginning = Beginning(model, optimizer)
    learn(model, optimizer)
    return model, optimizer, beginning


def test_the_first_weights_are_asked_and_nothing_changes(
    learned: tuple[StreamingVideoAutoencoder, BoundedGD, Beginning],
) -> None:
    model, _, beginning = learned
    before = flat(model)
    made = beginning.reconstruct(FRAME)
    assert made is not None
    assert torch.equal(made.image, seeded(0)(FRAME).image)
    assert torch.equal(flat(model), before)


def test_starting_over_is_like_starting_bit_for_bit(
    learned: tuple[StreamingVideoAutoencoder, BoundedGD, Beginning],
) -> None:
    model, optimizer, beginning = copy.deepcopy(learned)
    once = flat(model)
    learn(model, optimizer)
    beginning.start_over()
    assert torch.equal(flat(model), flat(seeded(0)))
    learn(model, optimizer)
    assert torch.equal(flat(model), once)


def test_the_first_weights_are_those_of_a_saved_state() -> None:
    one, other = (Beginning(m, torch.optim.SGD(m.parameters())) for m in (seeded(1), seeded(2)))
    other.load_state_dict(one.state_dict())
    other.load_state_dict({})
    made, wanted = other.reconstruct(FRAME), seeded(1)(FRAME)
    assert made is not None
    assert torch.equal(made.image, wanted.image)


def test_a_network_of_ones_own_does_not_start_over() -> None:
    model = nn.Conv2d(3, 3, 1)
    beginning = Beginning(model, torch.optim.SGD(model.parameters()))
    assert beginning.reconstruct(FRAME) is None
    assert beginning.state_dict() == {}
