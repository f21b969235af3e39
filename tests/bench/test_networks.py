import pytest
import torch

from stream_ae.bench.networks import check_model, first_network
from stream_ae.errors import ConfigError
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder, seeded

OURS = "stream_ae.nn.autoencoder:seeded"


def test_without_a_place_it_is_ours() -> None:
    model = first_network(None, seed=3)
    for weight, other in zip(model.parameters(), seeded(3).parameters(), strict=True):
        assert torch.equal(weight, other)
    assert "decoder.map" not in first_network(None, seed=3, with_map=False).state_dict()


def test_a_place_gives_somebody_elses_with_the_seed() -> None:
    model = first_network(OURS, seed=4)
    assert isinstance(model, StreamingVideoAutoencoder)
    assert torch.equal(next(model.parameters()), next(seeded(4).parameters()))


def test_one_is_checked_with_its_optimizers() -> None:
    check_model(OURS, optimizers=["bounded", "adam:0.1", "frozen", "copy"])
    with pytest.raises(ConfigError, match=r"'adam-no-map:0\.1' beside --model"):
        check_model(OURS, optimizers=["bounded", "adam-no-map:0.1"])
    with pytest.raises(ConfigError, match="No module named 'nowhere'"):
        check_model("nowhere:net", optimizers=["bounded"])
