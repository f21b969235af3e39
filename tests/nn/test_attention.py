import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from stream_ae.nn.attention import (
    AttentionDecompression,
    MultiHeadAttentionCompression,
    SelfAttention2D,
    attend,
    from_windows,
    to_windows,
)


@given(st.sampled_from([1, 2, 4]), st.integers(1, 3), st.integers(1, 3), st.integers(1, 5))
def test_windows_put_together_are_the_map(
    window: int, rows: int, columns: int, channels: int
) -> None:
    x = torch.rand(1, channels, rows * window, columns * window)
    tokens = to_windows(x, window=window)
    assert tokens.shape == (rows * columns, window**2, channels)
    assert torch.equal(from_windows(tokens, window=window, like=x), x)


def test_a_window_holds_neighbours_in_reading_order() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert to_windows(x, window=2)[..., 0].tolist() == [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
        [8, 9, 12, 13],
        [10, 11, 14, 15],
    ]


def test_a_map_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="6 × 8 cannot be cut into windows of 4"):
        to_windows(torch.rand(1, 2, 6, 8), window=4)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_attend_is_scaled_dot_product_attention(heads: int) -> None:
    query, key, value = torch.rand(5, 6, 8), torch.rand(5, 7, 8), torch.rand(5, 7, 8)
    bias = torch.rand(heads, 6, 7)

    def split(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(*x.shape[:2], heads, 8 // heads).transpose(1, 2)

    expected = F.scaled_dot_product_attention(split(query), split(key), split(value), bias)
    attended = attend(query, key, value, heads=heads, bias=bias)
    torch.testing.assert_close(attended, expected.transpose(1, 2).flatten(2))


def test_self_attention_stays_within_its_window_and_reaches_all_of_it() -> None:
    torch.manual_seed(0)
    attention = SelfAttention2D(4, window=4)
    x = torch.rand(1, 4, 8, 8, requires_grad=True)
    attention(x)[0, :, 1, 1].sum().backward()
    assert x.grad is not None
    touched = x.grad[0].abs().sum(0) > 0
    assert touched[:4, :4].all()
    assert not touched[4:].any()
    assert not touched[:, 4:].any()


def test_self_attention_without_output_projection_is_the_identity() -> None:
    attention = SelfAttention2D(4, window=4)
    nn.init.zeros_(attention.out.weight)
    nn.init.zeros_(attention.out.bias)
    x = torch.rand(1, 4, 8, 8)
    assert torch.equal(attention(x), x)


@pytest.mark.parametrize("heads", [1, 2])
def test_compression_halves_and_decompression_doubles(heads: int) -> None:
    x = torch.rand(1, 6, 16, 24)
    latent = MultiHeadAttentionCompression(6, 4, heads=heads)(x)
    assert latent.shape == (1, 4, 8, 12)
    assert AttentionDecompression(4, 6, heads=heads)(latent).shape == (1, 6, 16, 24)


def test_compression_is_attention_over_the_window_besides_the_block() -> None:
    torch.manual_seed(0)
    compression = MultiHeadAttentionCompression(4, 4, window=4)
    x = torch.rand(1, 4, 8, 8, requires_grad=True)
    compression(x)[0, :, 0, 0].sum().backward()
    assert x.grad is not None
    touched = x.grad[0].abs().sum(0) > 0
    assert touched[:4, :4].all()
    assert not touched[:, 4:].any()


def test_the_linear_path_keeps_positions_where_they_are() -> None:
    compression = MultiHeadAttentionCompression(1, 1, window=4)
    decompression = AttentionDecompression(1, 1, window=2)
    for layer in (compression.out, decompression.out, compression.block, decompression.block):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    compression.block.weight.data[1] = 0.25  # the mean of a block
    decompression.block.weight.data[4:] = 1.0  # the same value at its four positions
    x = torch.rand(1, 1, 8, 8)
    spread = decompression(compression(x))
    expected = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="nearest")
    torch.testing.assert_close(spread, expected)


def test_heads_must_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="heads must divide the 16 channels, got 3"):
        SelfAttention2D(16, heads=3)
    with pytest.raises(ValueError, match="window must be even"):
        MultiHeadAttentionCompression(16, 16, window=7)
