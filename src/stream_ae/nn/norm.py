"""The step after a convolution: layer normalisation, a bias by position, LeakyReLU.

A plain LayerNorm slows down what is learned after it, the learned spatial bias above all: on a
still camera the error is nearly twice as large. Blended with the map that it normalises it does no
harm, and helps where little is still (docs/experiments/normalisation.md)::

    z = x + g (LayerNorm(x) − x)        g learned, for each channel

With g = 0 that is the convolution alone, so that a network learns how much of the norm it wants.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stream_ae.kernels.norm import SLOPE, norm_and_activate
from stream_ae.settings.choices import check_choice

Norm = Literal["blended", "plain", "none"]
"""The layer normalisation of a network: blended with the map, as published, or none."""


class NormLeakyReLU(nn.Module):
    """LayerNorm over all of a map (C, h, w) at once, then LeakyReLU.

    Ba, Kiros, Hinton 2016, "Layer Normalization", eq. 3.

    Args:
        channels: C.
        norm: ``blended``; ``plain``, with a gain and an offset for each channel; or ``none``.
        blend: the first g of every channel, where it is blended.

    Raises:
        ValueError: there is no such norm.
    """

    def __init__(self, channels: int, *, norm: Norm = "blended", blend: float = 0.0) -> None:
        super().__init__()
        check_choice(norm, Norm, name="norm")
        self.blend = self.plain = None
        if norm == "blended":  # of no type, as other layers are made: `seeded` fills it in
            self.blend = nn.Parameter(torch.full((channels,), blend, dtype=None))
        elif norm == "plain":
            self.plain = nn.GroupNorm(1, channels)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """(1, C, h, w) → (1, C, h, w).

        Args:
            x: what the convolution gives.
            bias: of the same shape, added before the activation.
        """
        if self.blend is not None:
            return norm_and_activate(x, blend=self.blend, bias=bias)
        if self.plain is not None:
            x = self.plain(x)
        return F.leaky_relu(x if bias is None else x + bias, SLOPE)
