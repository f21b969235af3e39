import torch

from stream_ae.bench.small.problem import generator, perceptron


def test_a_perceptron_maps_inputs_to_outputs() -> None:
    torch.manual_seed(0)
    assert perceptron(5, outputs=3)(torch.zeros(5)).shape == (3,)


def test_chance_follows_the_seed() -> None:
    first, again, other = (torch.rand(4, generator=generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
