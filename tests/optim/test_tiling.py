import pytest
import torch
from torch import Tensor

from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.optim.tiling import TILE, Block, Blocks

SHAPES = [(48, 16), (16,), (16, 64), (10, 7), (), (32, 16, 3, 3), (2, 5, 9), (64, 64), (4, 3, 8, 8)]


def tensors(seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in SHAPES]


def test_gathered_and_scattered_again_is_what_it_was() -> None:
    parts = tensors()
    blocks = Blocks(parts)
    vector = blocks.gather(parts)
    assert vector.shape == (sum(part.numel() for part in parts),)
    for before, after in zip(parts, blocks.scatter(vector), strict=True):
        assert torch.equal(before, after)


def test_split_and_joined_again_is_what_it_was() -> None:
    blocks = Blocks(tensors())
    for seed in range(3):
        vector = blocks.gather(tensors(seed))
        stacks = blocks.split(vector)
        assert [stack.shape for stack in stacks] == [(b.tiles, *b.shape) for b in blocks]
        assert torch.equal(blocks.join(stacks), vector)


def test_a_matrix_is_cut_into_tiles() -> None:
    matrix = torch.arange(48.0 * 32).reshape(48, 32)
    blocks = Blocks([matrix])
    (stack,) = blocks.split(blocks.gather([matrix]))
    tiles = [
        matrix[TILE * row :, TILE * column :][:TILE, :TILE] for row in range(3) for column in (0, 1)
    ]
    assert torch.equal(stack, torch.stack(tiles))


@pytest.mark.parametrize(
    ("shape", "block"),
    [
        ((32, 16, 3, 3), Block(2, (16, 16, 9))),
        ((2, 5, 9), Block(1, (10, 9))),
        ((10, 7), Block(1, (10, 7))),
        ((7,), Block(1, (7,))),
        ((), Block(1, (1,))),
    ],
)
def test_what_a_parameter_becomes(shape: tuple[int, ...], block: Block) -> None:
    assert list(Blocks([torch.zeros(shape)])) == [block]


def test_equal_tiles_of_a_network_lie_together_and_vectors_come_last() -> None:
    parameters = list(StreamingVideoAutoencoder().parameters())
    blocks = list(Blocks(parameters))
    assert len({block.shape for block in blocks}) == len(blocks) < len(parameters) / 4
    assert sum(block.size for block in blocks) == sum(p.numel() for p in parameters)
    assert [len(block.shape) > 1 for block in blocks] == [True] * (len(blocks) - 1) + [False]


def test_memory_order_does_not_matter() -> None:
    weight = torch.randn(32, 16, 3, 3, generator=torch.Generator().manual_seed(0))
    blocks = Blocks([weight])
    other = weight.contiguous(memory_format=torch.channels_last)
    assert torch.equal(blocks.gather([other]), blocks.gather([weight]))
