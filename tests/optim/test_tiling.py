import pytest
import torch
from torch import Tensor

from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.optim.tiling import TILE, TiledVector, TileStack, Tiling

SHAPES = [(48, 16), (16,), (16, 64), (10, 7), (), (32, 16, 3, 3), (2, 5, 9), (64, 64), (4, 3, 8, 8)]


def tensors(seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in SHAPES]


def test_gathered_and_scattered_again_is_what_it_was() -> None:
    parts = tensors()
    tiling = Tiling(parts)
    vector = tiling.gather(parts)
    assert vector.shape == (sum(part.numel() for part in parts),)
    for before, after in zip(parts, TiledVector(tiling, like=vector).scatter(vector), strict=True):
        assert torch.equal(before, after)


def test_split_and_joined_again_is_what_it_was() -> None:
    tiling = Tiling(tensors())
    for seed in range(3):
        vector = tiling.gather(tensors(seed))
        stacks = tiling.split(vector)
        assert [stack.shape for stack in stacks] == [(b.tiles, *b.shape) for b in tiling]
        assert torch.equal(tiling.join(stacks), vector)


def test_a_matrix_is_cut_into_tiles() -> None:
    matrix = torch.arange(48.0 * 32).reshape(48, 32)
    tiling = Tiling([matrix])
    (tiles,) = tiling.split(tiling.gather([matrix]))
    expected = [
        matrix[TILE * row :, TILE * column :][:TILE, :TILE] for row in range(3) for column in (0, 1)
    ]
    assert torch.equal(tiles, torch.stack(expected))


@pytest.mark.parametrize(
    ("shape", "stack"),
    [
        ((32, 16, 3, 3), TileStack(2, (16, 16, 9))),
        ((2, 5, 9), TileStack(1, (10, 9))),
        ((10, 7), TileStack(1, (10, 7))),
        ((7,), TileStack(1, (7,))),
        ((), TileStack(1, (1,))),
    ],
)
def test_what_a_parameter_becomes(shape: tuple[int, ...], stack: TileStack) -> None:
    assert list(Tiling([torch.zeros(shape)])) == [stack]


def test_equal_tiles_of_a_network_lie_together_and_vectors_come_last() -> None:
    parameters = list(StreamingVideoAutoencoder().parameters())
    tiling = list(Tiling(parameters))
    assert len({stack.shape for stack in tiling}) == len(tiling) < len(parameters) / 4
    assert sum(stack.size for stack in tiling) == sum(p.numel() for p in parameters)
    assert [len(stack.shape) > 1 for stack in tiling] == [True] * (len(tiling) - 1) + [False]


def test_memory_order_does_not_matter() -> None:
    weight = torch.randn(32, 16, 3, 3, generator=torch.Generator().manual_seed(0))
    tiling = Tiling([weight])
    other = weight.contiguous(memory_format=torch.channels_last)
    assert torch.equal(tiling.gather([other]), tiling.gather([weight]))


def test_a_wide_matrix_is_cut_along_its_columns() -> None:
    wide = torch.arange(TILE * 3.0 * TILE).view(TILE, 3 * TILE)
    tiling = Tiling([wide])
    (stack,) = tiling.split(tiling.gather([wide]))
    for number, tile in enumerate(stack):
        assert tile.equal(wide[:, number * TILE : (number + 1) * TILE])


def test_offsets_say_where_each_tile_begins_and_where_the_last_one_ends() -> None:
    tiling = Tiling([torch.zeros(2 * TILE, TILE), torch.zeros(5), torch.zeros(3, 4)])
    assert tiling.offsets.tolist() == [0, TILE**2, 2 * TILE**2, 2 * TILE**2 + 12, 2 * TILE**2 + 17]
