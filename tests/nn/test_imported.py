import sys
from pathlib import Path

import pytest
import torch

from stream_ae.errors import ConfigError
from stream_ae.nn.imported import check_network, imported_network

NETWORKS = """
import torch
from torch import nn

class Mine(nn.Conv2d):
    def __init__(self, seed=7):
        super().__init__(3, 3, 1)
        nn.init.constant_(self.bias, seed)

def plain():
    return nn.Conv2d(3, 3, 3, padding=1)

def smaller():
    return nn.Conv2d(3, 3, 3)

def nothing():
    pass

def whole():
    return 3

def weightless():
    return nn.Identity()

def raising():
    raise KeyError("no such layer")

def double():
    return plain().double()

class Failing(Mine):
    def forward(self, frame):
        return frame.no_such_thing()
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_networks.py").write_text(NETWORKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_own_networks", raising=False)


def test_a_factory_is_given_the_seed_if_it_takes_one() -> None:
    model = imported_network("my_own_networks:Mine", seed=3)
    assert dict(model.named_parameters())["bias"].tolist() == [3.0, 3.0, 3.0]


def test_one_that_takes_none_draws_from_the_generator() -> None:
    torch.manual_seed(5)
    model = imported_network("my_own_networks:plain", seed=3)
    torch.manual_seed(5)
    assert torch.equal(next(model.parameters()), torch.nn.Conv2d(3, 3, 3).weight)


@pytest.mark.parametrize("name", ["Mine", "plain", "double"])
def test_a_network_that_makes_an_image_is_fine(name: str) -> None:
    check_network(f"my_own_networks:{name}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_package:net", "No module named 'no_such_package'"),
        ("my_own_networks:none", "has no attribute 'none'"),
        ("math:pi", "3.14159265358979\\d* cannot be called"),
        ("my_own_networks:nothing", "it gives None"),
        ("my_own_networks:whole", "must be a torch.nn.Module .* got a int"),
        ("my_own_networks:weightless", "must have weights to learn, got Identity"),
        ("my_own_networks:raising", "KeyError: 'no such layer'"),
        ("my_own_networks:smaller", r"must be \(1, 3, 224, 224\) .* got \(1, 3, 222, 222\)"),
        ("my_own_networks:Failing", "AttributeError: .* 'no_such_thing'"),
    ],
)
def test_what_is_no_network_is_one_line(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"must be package\.module:factory.* {said}") as refusal:
        check_network(name)
    assert "\n" not in str(refusal.value)
