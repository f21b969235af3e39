from functools import partial
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder, seeded
from stream_ae.nn.network import (
    Network,
    groups_of,
    network_of,
    precision_of,
    reconstruct,
    reconstruct_with,
)
from stream_ae.settings.choices import SIZE

FRAME = torch.full((1, 3, 16, 16), 0.5)


class Gives(nn.Module):
    """A network that gives what it is told to."""

    def __init__(self, found: object) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self._found = found

    def forward(self, _: Tensor) -> object:
        return self._found


class Grouped(nn.Module):
    """A network with groups of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.zeros(2)) for _ in range(2))

    def forward(self, frame: Tensor) -> Tensor:
        return frame

    def parameter_groups(self) -> list[dict[str, list[nn.Parameter] | float]]:
        return [{"params": [self.weight], "l2_init": 2.0}, {"params": [self.bias]}]


class Pair(NamedTuple):
    """A pair of somebody else's."""

    picture: Tensor
    code: Tensor


def test_the_default_network_has_the_size_and_the_seed() -> None:
    small, expected = network_of(None, size="small", seed=4), seeded(4, width=8)
    for weight, other in zip(small.parameters(), expected.parameters(), strict=True):
        assert torch.equal(weight, other)


def test_an_own_network_is_taken_as_it_is() -> None:
    model = nn.Conv2d(3, 3, 1)
    assert network_of(model, size=SIZE, seed=0) is model


def test_size_and_network_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="size is that of the default network, got 'large'"):
        network_of(nn.Conv2d(3, 3, 1), size="large", seed=0)
    with pytest.raises(ValueError, match="size must be 'small', 'base' or 'large', got 'huge'"):
        network_of(None, size="huge", seed=0)  # type: ignore[arg-type]


class Forwardless(nn.Module):
    """A network that nobody can ask."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("adam", r"got a str; an optimizer's name goes to optimizer="),
        (lambda frame: frame, "got a function"),
        (StreamingVideoAutoencoder, "got the class StreamingVideoAutoencoder; make one of it"),
        (Forwardless(), r"forward\(frame\), got Forwardless, which has none"),
        (nn.Conv2d(3, 3, 1).half(), "all be float32, or all float64, got torch.float16"),
        (nn.Conv2d(3, 3, 1).bfloat16(), "got torch.bfloat16"),
        (nn.Conv2d(3, 3, 1, dtype=torch.complex64), "got torch.complex64"),
        (nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1).half()), "float16 and torch.float32"),
    ],
)
def test_what_is_no_network_is_refused_in_one_line(model: nn.Module, message: str) -> None:
    with pytest.raises(TypeError, match=message) as refused:
        network_of(model, size=SIZE, seed=0)
    assert "\n" not in str(refused.value)


def test_a_network_that_cannot_learn_is_refused() -> None:
    with pytest.raises(ValueError, match="must have weights to learn, got Identity without any"):
        network_of(nn.Identity(), size=SIZE, seed=0)
    with pytest.raises(ValueError, match="must have their shapes, got LazyConv2d with lazy layers"):
        network_of(nn.LazyConv2d(3, 1), size=SIZE, seed=0)
    with torch.inference_mode():
        model = nn.Conv2d(3, 3, 1)
    with pytest.raises(ValueError, match=r"got Conv2d made under torch\.inference_mode"):
        network_of(model, size=SIZE, seed=0)


def test_a_forward_of_the_instance_is_one() -> None:
    model = Forwardless()
    model.forward = partial(torch.mul, 1.0)
    assert network_of(model, size=SIZE, seed=0) is model


def test_what_a_network_raises_says_what_it_was_given() -> None:
    with pytest.raises(RuntimeError) as raised:
        reconstruct(nn.Linear(7, 3), FRAME)
    given = "Linear was given a frame (1, 3, 16, 16) of torch.float32 on cpu"
    assert raised.value.__notes__ == [f"{given}; see stream_ae.nn.Network"]


def test_the_precision_is_that_of_the_weights() -> None:
    whole = torch.zeros(2, dtype=torch.int64)
    assert precision_of([torch.zeros(2), whole]) == torch.float32
    assert precision_of([torch.zeros(2, dtype=torch.float64)]) == torch.float64
    with pytest.raises(TypeError, match="got none of floating point"):
        precision_of([whole])


def test_the_groups_are_those_of_the_network_or_one() -> None:
    grouped, plain = Grouped(), nn.Linear(2, 2)
    assert groups_of(grouped) == grouped.parameter_groups()
    assert groups_of(plain) == [{"params": [plain.weight, plain.bias]}]
    assert isinstance(seeded(0), Network)
    assert isinstance(grouped, Network)
    assert not isinstance(plain, Network)


@pytest.mark.parametrize("latent", [torch.zeros(1, 7), torch.zeros(1, 4, 8), torch.zeros(2, 2)])
def test_a_pair_is_an_image_and_a_latent_of_any_shape(latent: Tensor) -> None:
    for pair in ((FRAME, latent), Pair(FRAME, latent), Reconstruction(FRAME, latent)):
        found = reconstruct(Gives(pair), FRAME)
        assert found.image is FRAME
        assert found.latent is latent


def test_an_image_alone_has_an_empty_latent() -> None:
    found = reconstruct(Gives(FRAME), FRAME)
    assert found.image is FRAME
    assert found.latent.shape == (1, 0)


def test_an_image_of_lower_precision_comes_to_that_of_its_frame() -> None:
    assert reconstruct(Gives(FRAME.bfloat16()), FRAME).image.dtype == torch.float32


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "got a NoneType of Gives"),
        ({"image": FRAME}, "got a dict of Gives"),
        ([FRAME, FRAME], "got a list of Gives"),
        ((FRAME, FRAME, FRAME), r"got \(Tensor, Tensor, Tensor\) of Gives"),
        ((FRAME, [FRAME]), r"got \(Tensor, list\) of Gives"),
    ],
)
def test_another_answer_is_refused_with_what_it_was(found: object, message: str) -> None:
    with pytest.raises(TypeError, match=f"an image, or a pair of image and latent, {message}"):
        reconstruct(Gives(found), FRAME)


def test_an_image_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(1, 3, 16, 16\) like its frame, got \(1, 3, 8"):
        reconstruct(Gives(torch.zeros(1, 3, 8, 8)), FRAME)


def test_weights_without_values_are_refused() -> None:
    with pytest.raises(ValueError, match="must have values, got Conv2d on the device 'meta'; call"):
        network_of(nn.Conv2d(3, 3, 1, device="meta"), size="base", seed=0)


def test_groups_that_are_no_method_are_refused() -> None:
    model = nn.Conv2d(3, 3, 1)
    vars(model)["parameter_groups"] = [{"params": [*model.parameters()]}]
    with pytest.raises(TypeError, match="must be a method, got a list; call it something else"):
        groups_of(model)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_other_weights_are_asked_and_its_own_are_kept(dtype: torch.dtype) -> None:
    model, other = seeded(0).to(dtype), seeded(1).to(dtype)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    frame = torch.rand(1, 3, 224, 224)
    made = reconstruct_with(model, frame, weights=other.state_dict())
    assert made.image.dtype == frame.dtype
    assert not made.image.requires_grad
    assert torch.equal(made.image, other(frame.to(dtype)).image.to(frame.dtype))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
