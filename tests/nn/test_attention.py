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
    by_head = (x.chunk(heads, dim=-1) for x in (query, key, value))
    attended = attend(*by_head, bias=bias)
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
    silence(compression.out, decompression.out, compression.direct, decompression.direct)
    compression.direct.weight.data[:] = 0.25  # the mean of a block
    decompression.direct.weight.data[:] = 1.0  # the same value at its four positions
    x = torch.rand(1, 1, 8, 8)
    spread = decompression(compression(x))
    expected = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="nearest")
    torch.testing.assert_close(spread, expected)


def test_heads_must_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="heads must divide the 16 channels, got 3"):
        SelfAttention2D(16, heads=3)
    with pytest.raises(ValueError, match="window must be even"):
        MultiHeadAttentionCompression(16, 16, window=7)


def silence(*layers: nn.Linear) -> None:
    for layer in layers:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)


@pytest.mark.parametrize("key", [0, 1, 2, 4, 7, 11, 14])
def test_the_bias_of_self_attention_counts_queries_and_keys_row_by_row(key: int) -> None:
    attention = SelfAttention2D(1, window=4)
    silence(attention.qkv, attention.out)
    attention.qkv.weight.data[2] = 1.0  # the value is the map itself
    attention.out.weight.data[0] = 1.0
    attention.bias.data[0, 9, key] = 100.0  # query 9 is row 2, column 1
    x = torch.rand(1, 1, 8, 8)
    found = attention(x) - x
    assert found[0, 0, 2, 1].item() == pytest.approx(x[0, 0, key // 4, key % 4].item())
    assert found[0, 0, 6, 5].item() == pytest.approx(x[0, 0, 4 + key // 4, 4 + key % 4].item())
    others = torch.ones(4, 4, dtype=torch.bool)
    others[2, 1] = False
    mean = x[0, 0, :4, :4].mean()
    torch.testing.assert_close(found[0, 0, :4, :4][others], mean.expand(15))


@pytest.mark.parametrize("key", [0, 1, 2, 4, 7, 11, 14])
def test_the_bias_of_the_compression_counts_keys_row_by_row(key: int) -> None:
    compression = MultiHeadAttentionCompression(1, 1, window=4)
    silence(compression.query, compression.key_value, compression.out, compression.direct)
    compression.key_value.weight.data[1] = 1.0
    compression.out.weight.data[0] = 1.0
    compression.bias.data[0, 2, key] = 100.0  # query 2 is the block in row 1, column 0
    x = torch.rand(1, 1, 8, 8)
    found = compression(x)
    assert found[0, 0, 1, 0].item() == pytest.approx(x[0, 0, key // 4, key % 4].item())
    assert found[0, 0, 3, 2].item() == pytest.approx(x[0, 0, 4 + key // 4, 4 + key % 4].item())
    torch.testing.assert_close(found[0, 0, 0, 0], x[0, 0, :4, :4].mean())


@pytest.mark.parametrize("key", range(4))
def test_the_bias_of_the_decompression_counts_queries_and_keys_row_by_row(key: int) -> None:
    decompression = AttentionDecompression(1, 1, window=2)
    silence(decompression.qkv, decompression.out, decompression.direct)
    decompression.qkv.weight.data[2] = 1.0  # the value is the latent itself
    decompression.out.weight.data[1] = 1.0  # at the right of the upper two positions
    decompression.bias.data[0, 2, key] = 100.0  # query 2 is row 1, column 0
    x = torch.rand(1, 1, 4, 4)
    found = decompression(x)
    assert found[0, 0, 2, 1].item() == pytest.approx(x[0, 0, key // 2, key % 2].item())
    assert found[0, 0, 6, 5].item() == pytest.approx(x[0, 0, 2 + key // 2, 2 + key % 2].item())
    torch.testing.assert_close(found[0, 0, 0, 1], x[0, 0, :2, :2].mean())
    assert torch.count_nonzero(found) == 16  # one of each four


@pytest.mark.parametrize("heads", [1, 2])
def test_compression_and_decompression_are_attention_by_the_definition(heads: int) -> None:
    torch.manual_seed(0)
    compression = MultiHeadAttentionCompression(2, 4, window=4, heads=heads)
    nn.init.normal_(compression.bias)
    x = torch.rand(1, 2, 4, 4)
    tokens = x[0].permute(1, 2, 0).reshape(16, 2)  # row by row
    blocks = x[0].unfold(1, 2, 2).unfold(2, 2, 2).permute(1, 2, 3, 4, 0).reshape(4, 8)
    attended = attend_alike(
        compression.query(blocks),
        *compression.key_value(tokens).chunk(2, dim=1),
        bias=compression.bias,
    )
    found = compression.direct(blocks) + compression.out(attended)
    torch.testing.assert_close(compression(x), found.T.reshape(1, 4, 2, 2))

    decompression = AttentionDecompression(2, 6, window=4, heads=heads)
    nn.init.normal_(decompression.bias)
    attended = attend_alike(*decompression.qkv(tokens).chunk(3, dim=1), bias=decompression.bias)
    found = decompression.direct(tokens) + decompression.out(attended)
    by_block = found.view(4, 4, 2, 2, 6)
    expected = by_block.permute(4, 0, 2, 1, 3).reshape(1, 6, 8, 8)
    torch.testing.assert_close(decompression(x), expected)


def attend_alike(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, bias: torch.Tensor
) -> torch.Tensor:
    """Attention in one window, (positions, C), by the heads of the bias."""

    def split(x: torch.Tensor) -> torch.Tensor:
        return x.view(len(x), len(bias), -1).transpose(0, 1)

    found = F.scaled_dot_product_attention(split(query), split(key), split(value), bias)
    return found.transpose(0, 1).flatten(1)


def test_windows_of_blocks_list_a_block_before_the_next() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    tokens = to_windows(x, window=4, block=2)
    assert tokens[0, :, 0].tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]
    assert torch.equal(from_windows(tokens, window=4, like=x, block=2), x)


@pytest.mark.parametrize(("height", "width"), [(4, 12), (12, 4), (8, 8), (4, 20)])
def test_a_map_is_put_together_in_the_shape_of_another(height: int, width: int) -> None:
    x = torch.rand(1, 3, height, width)
    like = torch.empty(1, 1, height // 2, width // 2)
    assert torch.equal(from_windows(to_windows(x, window=4), window=4, like=like), x)


def test_layers_have_the_sizes_that_checkpoints_know() -> None:
    shapes = {
        name: tuple(parameter.shape)
        for name, parameter in nn.ModuleDict(
            {
                "self": SelfAttention2D(4),
                "compression": MultiHeadAttentionCompression(6, 4),
                "decompression": AttentionDecompression(4, 6),
            }
        ).named_parameters()
    }
    assert shapes == {
        "self.bias": (1, 64, 64),
        "self.qkv.weight": (12, 4),
        "self.qkv.bias": (12,),
        "self.out.weight": (4, 4),
        "self.out.bias": (4,),
        "compression.bias": (1, 16, 64),
        "compression.query.weight": (4, 24),
        "compression.query.bias": (4,),
        "compression.key_value.weight": (8, 6),
        "compression.key_value.bias": (8,),
        "compression.out.weight": (4, 4),
        "compression.out.bias": (4,),
        "compression.direct.weight": (4, 24),
        "compression.direct.bias": (4,),
        "decompression.bias": (1, 16, 16),
        "decompression.qkv.weight": (12, 4),
        "decompression.qkv.bias": (12,),
        "decompression.out.weight": (24, 4),
        "decompression.out.bias": (24,),
        "decompression.direct.weight": (24, 4),
        "decompression.direct.bias": (24,),
    }


@pytest.mark.parametrize("heads", [0, -1, 3])
def test_the_number_of_heads_is_checked_everywhere(heads: int) -> None:
    for layer in (
        lambda: SelfAttention2D(4, heads=heads),
        lambda: MultiHeadAttentionCompression(3, 4, heads=heads),
        lambda: AttentionDecompression(4, 3, heads=heads),
    ):
        with pytest.raises(ValueError, match=f"divide the 4 channels, got {heads}"):
            layer()
