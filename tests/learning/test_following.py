"""Which frames the direct path takes in."""

import pytest
import torch

from stream_ae.learning.following import ALL_OF_FIRST, EVERY, follow
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder

FRAME, MASK = torch.rand(1, 3, 224, 224), torch.ones(224, 224, dtype=torch.bool)


@pytest.mark.parametrize(
    ("number", "is_new", "followed"),
    [
        (0, False, 1),
        (ALL_OF_FIRST - 1, False, 1),
        (ALL_OF_FIRST + EVERY, False, 1),
        (ALL_OF_FIRST + EVERY + 1, False, 0),
        (ALL_OF_FIRST + EVERY + 1, True, 1),
    ],
)
def test_all_at_first_and_in_a_new_scene_later_each_fourth(
    number: int, is_new: bool, followed: int
) -> None:
    model = StreamingVideoAutoencoder()
    follow(model, FRAME, mask=MASK, number=number, is_new=is_new)
    assert model.direct.count.item() == followed


def test_a_network_of_ones_own_is_left_alone() -> None:
    model = torch.nn.Conv2d(3, 3, 1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    follow(model, FRAME, mask=MASK, number=0)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
