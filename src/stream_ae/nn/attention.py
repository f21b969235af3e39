"""Attention over the positions of a feature map, inside windows so that a CPU can pay for it.

Full attention at 56 × 56 positions would compare 3136 × 3136 pairs. Here the map is cut into
windows of 8 × 8 positions (4 × 4 in the latent), and each position attends within its own window
(Liu et al. 2021, "Swin Transformer", without the shift). The convolutions around it carry
information across the borders. All maps are (1, C, h, w) with channels-last memory, so that turning
them into tokens (windows, positions, C) costs one copy.

    attention(Q, K, V) = softmax(Q Kᵀ / √d + B) V    Vaswani et al. 2017, eq. 1; B: Swin, eq. 4

B has an entry of its own for every query and every key of a window, the same in all windows. Its
keys are counted in reading order, row by row of the window, in every class below. Where tokens come
block by block instead, B is put into their order before it is added.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Heads = tuple[Tensor, ...]
"""A tensor for each head of an attention."""


class SelfAttention2D(nn.Module):
    """Every position of a map attends to those of its window; the result is added to the map.

    Args:
        channels: C of the map.
        window: side of a window in positions; must divide the map's sides.
        heads: attention heads; must divide ``channels``.
    """

    def __init__(self, channels: int, *, window: int = 8, heads: int = 1) -> None:
        super().__init__()
        _check_heads(channels, heads)
        self.window, self.heads = window, heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.bias = nn.Parameter(torch.zeros(heads, window**2, window**2))
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(1, C, h, w) → (1, C, h, w)."""
        tokens = to_windows(x, window=self.window)  # (n, window², C)
        query, key, value = _by_head(self.qkv(tokens), heads=self.heads, kinds=3)
        attended = attend(query, key, value, bias=self.bias)
        return from_windows(tokens + self.out(attended), window=self.window, like=x)


class MultiHeadAttentionCompression(nn.Module):
    """Halve the sides of a map: one query for each block of 2 × 2 positions, over its window.

    A linear path of the block itself runs beside the attention, so that what is where survives
    from the first frame on (the largest single effect that was measured in this network).

    Args:
        in_channels: C of the map that comes.
        out_channels: C of the latent that leaves.
        window: side of a window in positions of the incoming map; even, must divide its sides.
        heads: attention heads; must divide ``out_channels``.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, window: int = 8, heads: int = 1
    ) -> None:
        super().__init__()
        _check_heads(out_channels, heads)
        if window % 2:
            raise ValueError(
                f"window must be even to hold 2 × 2 blocks, got {window}; use {window + 1}"
            )
        self.window, self.heads = window, heads
        self.query = nn.Linear(4 * in_channels, out_channels)
        self.key_value = nn.Linear(in_channels, 2 * out_channels)
        self.bias = nn.Parameter(torch.zeros(heads, window**2 // 4, window**2))
        self.out = nn.Linear(out_channels, out_channels)
        self.direct = nn.Linear(4 * in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(1, C_in, h, w) → (1, C_out, h / 2, w / 2)."""
        tokens = to_windows(x, window=self.window, block=2)  # (n, window², C_in)
        blocks = tokens.view(len(tokens), self.window**2 // 4, -1)  # (n, window² / 4, 4 C_in)
        key, value = _by_head(self.key_value(tokens), heads=self.heads, kinds=2)
        (query,) = _by_head(self.query(blocks), heads=self.heads, kinds=1)
        attended = attend(query, key, value, bias=self._bias_by_block())
        found = self.direct(blocks) + self.out(attended)
        return from_windows(found, window=self.window // 2, like=x)

    def _bias_by_block(self) -> Tensor:
        """The bias with its keys in the tokens' order; as a parameter it has them row by row.

        A row-by-row key is (2 i + a) window + (2 j + b) for position (a, b) of block (i, j). The
        tokens are sorted by (i, j, a, b), so the two middle axes are swapped.
        """
        half = self.window // 2
        by_row = self.bias.view(*self.bias.shape[:2], half, 2, half, 2)
        return by_row.transpose(3, 4).flatten(2)


class AttentionDecompression(nn.Module):
    """Double the sides of a map: one query for each position, over its window of the latent.

    The mirror of :class:`MultiHeadAttentionCompression`: the last layer spreads what is found over
    a block of 2 × 2 positions, and the same linear path runs beside it.

    Args:
        in_channels: C of the latent that comes.
        out_channels: C of the map that leaves.
        window: side of a window in positions of the incoming latent; must divide its sides.
        heads: attention heads; must divide ``in_channels``.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, window: int = 4, heads: int = 1
    ) -> None:
        super().__init__()
        _check_heads(in_channels, heads)
        self.window, self.heads = window, heads
        self.qkv = nn.Linear(in_channels, 3 * in_channels)
        self.bias = nn.Parameter(torch.zeros(heads, window**2, window**2))
        self.out = nn.Linear(in_channels, 4 * out_channels)
        self.direct = nn.Linear(in_channels, 4 * out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(1, C_in, h, w) → (1, C_out, 2 h, 2 w)."""
        tokens = to_windows(x, window=self.window)  # (n, window², C_in)
        query, key, value = _by_head(self.qkv(tokens), heads=self.heads, kinds=3)
        found = self.direct(tokens) + self.out(attend(query, key, value, bias=self.bias))
        by_block = found.view(len(tokens), 4 * self.window**2, -1)  # (n, 4 window², C_out)
        return from_windows(by_block, window=2 * self.window, like=x, block=2)


def attend(query: Heads, key: Heads, value: Heads, *, bias: Tensor) -> Tensor:
    """Scaled dot-product attention with a learned bias for every pair of positions.

    Written out because the fused call is slower than this for heads as small as these, and head by
    head because so no head has to be copied out of the others' memory.

    Args:
        query: of each head, (n, q, d).
        key: of each head, (n, k, d).
        value: of each head, (n, k, d).
        bias: (heads, q, k), added to the scores of every window.

    Returns:
        (n, q, heads · d).
    """
    attended = []
    for q, k, v, b in zip(query, key, value, bias.split(1), strict=True):
        scores = torch.baddbmm(b, q, k.transpose(1, 2), alpha=q.shape[-1] ** -0.5)
        attended.append(torch.bmm(F.softmax(scores, dim=-1), v))
    return attended[0] if len(attended) == 1 else torch.cat(attended, dim=-1)


def to_windows(x: Tensor, *, window: int, block: int = 1) -> Tensor:
    """Cut a map (1, C, h, w) into tokens (h w / window², window², C), row by row of a window.

    Args:
        x: the map.
        window: side of a window in positions.
        block: the positions of every block × block in a window follow one another.

    Raises:
        ValueError: ``window`` does not divide both sides.
    """
    _, channels, height, width = x.shape
    if height % window or width % window:
        raise ValueError(
            f"a map of {height} × {width} cannot be cut into windows of {window};"
            " its sides must be multiples of the window"
        )
    # Each side falls apart into three axes: which window, which block in it, which position in
    # that. Those of the rows and of the columns are then paired, from the coarsest to the finest.
    shape = (height // window, window // block, block, width // window, window // block, block)
    grid = x.permute(0, 2, 3, 1).reshape(*shape, channels).permute(0, 3, 1, 4, 2, 5, 6)
    return grid.reshape(-1, window * window, channels)


def from_windows(tokens: Tensor, *, window: int, like: Tensor, block: int = 1) -> Tensor:
    """Put tokens (n, window², C) back together: the inverse of :func:`to_windows`.

    Args:
        tokens: of a map.
        window: side of a window in positions.
        like: any map with the same ratio of height to width; its sides may be others.
        block: as it was cut.

    Returns:
        The map (1, C, h, w).
    """
    count, _, channels = tokens.shape
    rows = round((count * like.shape[2] / like.shape[3]) ** 0.5)  # rows × columns = count
    columns, half = count // rows, window // block
    grid = tokens.reshape(rows, columns, half, half, block, block, channels)
    whole = grid.permute(0, 2, 4, 1, 3, 5, 6).reshape(1, rows * window, columns * window, channels)
    return whole.permute(0, 3, 1, 2)


def _by_head(x: Tensor, *, heads: int, kinds: int) -> list[Heads]:
    """Take (n, positions, kinds · heads · d) apart: queries, keys, values, or some of them."""
    parts = x.chunk(kinds * heads, dim=-1)
    return [parts[kind * heads : (kind + 1) * heads] for kind in range(kinds)]


def _check_heads(channels: int, heads: int) -> None:
    if heads < 1 or channels % heads:
        raise ValueError(f"heads must divide the {channels} channels, got {heads}; 1 always does")
