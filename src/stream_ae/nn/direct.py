"""The direct path: a linear code of blocks of 8 × 8 pixels and its way back, in closed form.

It isn't learned by gradient. The best one is known, so it follows the stream:

- *to the code*: the principal components of the blocks so far, found by orthogonal iteration
  (Golub, Van Loan, "Matrix Computations", 4th edition, section 8.2.4) on their covariance, and
  turned so that each value of the code goes on meaning what it meant, since the rest of the
  network reads it (the orthogonal Procrustes problem; Schönemann 1966, eq. 1 and 2);
- *back*: the components again and, for what they leave out, a least-squares prediction from the
  codes of the block and its eight neighbours (ridge regression; Hoerl, Kennard 1970, eq. 2.1). It
  takes a tenth to a third off the error, and the seams between blocks with it.

No linear code of the block alone has a smaller error than its components (Eckart, Young 1936).
What is left is the rest of the network's to learn; and since what stands still is what the learned
spatial bias is there for, blocks that change count twenty times. Where all of them change, as on a
moving camera, all count the same. What was tried: docs/experiments/direct-path.md.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stream_ae.nn.init import BLOCK_SIDE, cosines

VALUES = 3 * BLOCK_SIDE**2
"""Of a block."""

STILL = 0.05
"""What a block counts in which no pixel changed; one in which all did counts 1."""

HORIZON = 300
"""Frames followed that the statistics look back on: older ones fade."""

PRIOR = 1e-3
"""Variance that every cosine has besides, as if one frame had shown it; squared brightness."""

RIDGE = 1e-3
"""Added to the variances of the codes in the regression, as a share of their mean."""

ITERATIONS = 2
"""Steps of the orthogonal iteration a frame: the covariance hardly changes from one to the next."""

_AROUND = 3  # side of the neighbourhood that a block is predicted from, in blocks
_FLOOR = 1e-7  # of a variance, so that a black stream has components, too
_GREY = 0.5


class DirectPath(nn.Module):
    """Blocks of a frame ↔ their codes. It has no parameters, only buffers.

    Args:
        width: values of a code, w.
    """

    count: Tensor  # frames followed
    mean: Tensor  # of the blocks, (192,)
    covariance: Tensor  # of the blocks, (192, 192)
    basis: Tensor  # the components, (w, 192), orthonormal rows
    moments: Tensor  # of the codes around a block, (9 w, 9 w)
    products: Tensor  # of these with the block, (9 w, 192)
    kernel: Tensor  # from codes to blocks, (192, w, 3, 3)
    first: Tensor  # the components before the first frame

    def __init__(self, width: int) -> None:
        super().__init__()
        first, around = cosines(width).flatten(1), width * _AROUND**2
        self.register_buffer("count", torch.zeros((), dtype=torch.float32))
        self.register_buffer("mean", torch.full((VALUES,), _GREY, dtype=torch.float32))
        self.register_buffer("covariance", torch.zeros(VALUES, VALUES, dtype=torch.float32))
        self.register_buffer("basis", first.clone())
        self.register_buffer("moments", torch.zeros(around, around, dtype=torch.float32))
        self.register_buffer("products", torch.zeros(around, VALUES, dtype=torch.float32))
        kernel = torch.empty(VALUES, width, _AROUND, _AROUND, dtype=torch.float32)
        # As codes lie in memory, or every convolution would turn it over.
        self.register_buffer("kernel", kernel.to(memory_format=torch.channels_last))
        self.register_buffer("first", first, persistent=False)
        self._make_kernel(self.products)

    def encode(self, frame: Tensor) -> Tensor:
        """A frame (1, 3, h, w) → the codes of its blocks (1, width, h / 8, w / 8)."""
        filters = self.basis.view(-1, 3, BLOCK_SIDE, BLOCK_SIDE)
        return F.conv2d(frame, filters, -(self.basis @ self.mean), stride=BLOCK_SIDE)

    def decode(self, codes: Tensor) -> Tensor:
        """Codes (1, width, h / 8, w / 8) → a picture, which may leave [0, 1], in blocks.

        Returns:
            (1, 192, h / 8, w / 8); ``torch.pixel_shuffle`` makes (1, 3, h, w) of it.
        """
        return F.conv2d(codes, self.kernel, self.mean, padding=_AROUND // 2)

    @torch.no_grad()
    def follow(self, frame: Tensor, mask: Tensor) -> None:
        """Take in a frame that was predicted.

        Args:
            frame: (1, 3, h, w) in [0, 1].
            mask: its pixels that changed, (h, w) bool.
        """
        self.count += 1
        share = (1.0 / self.count).clamp(min=1.0 / HORIZON)  # a tensor: no device is waited for
        frame = frame.to(self.mean.dtype)
        blocks = _blocks(frame[0])
        changed = F.avg_pool2d(mask[None, None].to(blocks), BLOCK_SIDE).flatten()
        weights = STILL + (1.0 - STILL) * changed
        weights = (weights / weights.sum())[:, None]
        self._take_blocks(blocks, weights, share)
        self._turn(share)
        self._take_codes(self.encode(frame), blocks, weights, share)
        self._fit()

    def _take_blocks(self, blocks: Tensor, weights: Tensor, share: Tensor) -> None:
        mean = (weights * blocks).sum(dim=0)
        centred, shift = blocks - mean, mean - self.mean
        spread = (weights * centred).mT @ centred
        self.covariance.lerp_(spread.addr_(shift, (1.0 - share) * shift), share)
        self.mean.lerp_(mean, share)

    def _turn(self, share: Tensor) -> None:
        """Bring the components closer to those of the covariance."""
        basis = self.basis.mT
        for _ in range(ITERATIONS):
            spread = self.covariance @ basis + _FLOOR * basis
            spread += (PRIOR * share) * (self.first.mT @ (self.first @ basis))
            basis = torch.linalg.qr(spread).Q
        left, _, right = torch.linalg.svd(basis.mT @ self.basis.mT)
        self.basis.copy_((basis @ (left @ right)).mT)

    def _take_codes(self, codes: Tensor, blocks: Tensor, weights: Tensor, share: Tensor) -> None:
        around = F.unfold(codes, _AROUND, padding=_AROUND // 2)[0].mT.contiguous()
        weighted = (weights * around).mT
        self.moments.lerp_(weighted @ around, share)
        self.products.lerp_(weighted @ (blocks - self.mean), share)

    def _fit(self) -> None:
        """Renew what a block is predicted from."""
        own = self.moments[:, _AROUND**2 // 2 :: _AROUND**2]  # with the block's own codes
        left_out = self.products - own @ self.basis
        variances = self.moments.diagonal()
        ridge = (RIDGE * variances.mean() + _FLOOR) * torch.ones_like(variances)
        factor = torch.linalg.cholesky(self.moments + torch.diag(ridge))
        self._make_kernel(torch.cholesky_solve(left_out, factor))

    def _make_kernel(self, correction: Tensor) -> None:
        """The kernel of the components, with what is predicted of the rest, (9 w, 192)."""
        self.kernel.copy_(correction.mT.view_as(self.kernel))
        self.kernel[:, :, _AROUND // 2, _AROUND // 2] += self.basis.mT


def _blocks(frame: Tensor) -> Tensor:
    """The blocks of a frame (3, h, w), row by row, (blocks, 192)."""
    colours, height, width = frame.shape
    sides = (height // BLOCK_SIDE, BLOCK_SIDE, width // BLOCK_SIDE, BLOCK_SIDE)
    return frame.reshape(colours, *sides).permute(1, 3, 0, 2, 4).reshape(-1, VALUES)
