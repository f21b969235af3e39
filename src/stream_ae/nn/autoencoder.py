"""The network: a small convolution + attention autoencoder for frames of 224 × 224.

::

    encoder                                           H × W × C
    frame                                             224 × 224 × 3
    stem     convolution, LayerNorm, LeakyReLU        112 × 112 × 8
    down     convolution, LayerNorm, LeakyReLU         56 ×  56 × 16
    attend   SelfAttention2D, convolution              56 ×  56 × 16
    latent   MultiHeadAttentionCompression + direct    28 ×  28 × 16
    decoder
    expand   AttentionDecompression                    56 ×  56 × 16
    attend   SelfAttention2D, convolution              56 ×  56 × 16
    up       transposed convolution, LayerNorm,
             + map, LeakyReLU                         112 × 112 × 8
    image    transposed convolution + direct, sigmoid 224 × 224 × 3

``direct`` is a linear path beside each half, from a block of 8 × 8 pixels to its 16 values of the
latent and back. It begins as the block's lowest cosines (:mod:`stream_ae.nn.init`), which give a
picture from the first frame on, and carry the brightness of a scene, which a norm divides by; the
rest of the network learns what they leave out. The norms are blended in (:mod:`stream_ae.nn.norm`),
and compression and decompression have two heads each.

The *learned spatial bias*, ``map`` above, is a weight for every position of the decoder's ``up``:
what stands still is remembered where it stands, and the latent is left to what moves. It is learned
like everything else, but forgotten sooner (:data:`SPATIAL_BIAS_L2_INIT`), so that it helps at the
next scene and does no harm to a moving camera.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from stream_ae.kernels.odds import corrected
from stream_ae.nn.attention import (
    AttentionDecompression,
    MultiHeadAttentionCompression,
    SelfAttention2D,
)
from stream_ae.nn.direct import DirectPath
from stream_ae.nn.init import Filled, initialise
from stream_ae.nn.norm import Norm, NormLeakyReLU
from stream_ae.settings.choices import Size

FRAME_SIZE = (224, 224)
"""Height and width of the frames that the network takes and gives."""

SIZES: dict[Size, int] = {"small": 8, "base": 16, "large": 32}
"""Channels of the latent by name; maps of 112 × 112 have half as many. Shapes in this file are of
``base``, the default."""

HEADS = 2
"""Heads of the attention that compresses, and of that which decompresses."""

SPATIAL_BIAS_SIDE = 112
"""Height and width of the learned spatial bias."""

BLEND = 0.05
"""What share the norms of the encoder begin with; that of the decoder begins with none. More costs
a quiet scene its first fifty frames (docs/experiments/normalisation.md)."""

SPATIAL_BIAS_L2_INIT = 5.0
"""Its ``l2_init``, the pull towards nothing; that of the other weights is 1."""


class Reconstruction(NamedTuple):
    """What the network makes of a frame."""

    image: Tensor  # (1, 3, 224, 224) in [0, 1]
    latent: Tensor  # (1, 16, 28, 28)


class Encoder(nn.Module):
    """Frame (1, 3, 224, 224) → latent (1, width, 28, 28).

    Args:
        width: channels of the latent, even.
        heads: of the compression; must divide ``width``.
        norm: the layer normalisation after both strided convolutions.
    """

    def __init__(self, width: int = 16, *, heads: int = HEADS, norm: Norm = "blended") -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width // 2, 4, stride=2, padding=1)
        self.stem_norm = NormLeakyReLU(width // 2, norm=norm, blend=BLEND)
        self.down = nn.Conv2d(width // 2, width, 4, stride=2, padding=1)
        self.down_norm = NormLeakyReLU(width, norm=norm, blend=BLEND)
        self.attention = SelfAttention2D(width)
        self.mix = nn.Conv2d(width, width, 3, padding=1)
        self.compression = MultiHeadAttentionCompression(width, width, heads=heads)

    def stages(self, frame: Tensor) -> dict[str, Tensor]:
        """The maps that a frame passes through, in order, ending with the latent."""
        stem = self.stem_norm(self.stem(frame))
        down = self.down_norm(self.down(stem))
        attended = self.attention(down)
        mixed = attended + self.mix(attended)
        return {
            "stem": stem,  # (1, 8, 112, 112)
            "down": down,  # (1, 16, 56, 56)
            "attend": mixed,  # (1, 16, 56, 56)
            "code": self.compression(mixed),  # (1, 16, 28, 28)
        }

    def forward(self, frame: Tensor) -> Tensor:
        """(1, 3, 224, 224) → (1, 16, 28, 28)."""
        return self.stages(frame)["code"]


class Decoder(nn.Module):
    """Latent (1, width, 28, 28) → picture (1, 3, 224, 224) in [0, 1].

    Args:
        width: channels of the latent, even.
        heads: of the decompression; must divide ``width``.
        norm: the layer normalisation after the first transposed convolution.
        with_spatial_bias: whether it has a learned spatial bias.
    """

    def __init__(
        self,
        width: int = 16,
        *,
        heads: int = HEADS,
        norm: Norm = "blended",
        with_spatial_bias: bool = True,
    ) -> None:
        super().__init__()
        weights = SPATIAL_BIAS_SIDE**2 * (width // 2)
        # Checkpoints know the spatial bias by the name of `map`.
        self.map = nn.Parameter(torch.zeros(weights)) if with_spatial_bias else None
        self.decompression = AttentionDecompression(width, width, heads=heads)
        self.attention = SelfAttention2D(width)
        self.mix = nn.Conv2d(width, width, 3, padding=1)
        self.up = nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)
        self.up_norm = NormLeakyReLU(width // 2, norm=norm)
        self.image = nn.ConvTranspose2d(width // 2, 3, 4, stride=2, padding=1)

    def stages(self, latent: Tensor) -> dict[str, Tensor]:
        """The maps that a latent passes through, in order, ending with the picture."""
        expanded = self.decompression(latent)
        attended = self.attention(expanded)
        mixed = attended + self.mix(attended)
        up = self.up_norm(self.up(mixed), self.spatial_bias())
        return {
            "expand": expanded,  # (1, 16, 56, 56)
            "attend": mixed,  # (1, 16, 56, 56)
            "up": up,  # (1, 8, 112, 112)
            "image": self.image(up),  # (1, 3, 224, 224)
        }

    def spatial_bias(self) -> Tensor | None:
        """The learned spatial bias, (1, width / 2, 112, 112); None where there is none."""
        if self.map is None:
            return None
        return self.map.view(1, SPATIAL_BIAS_SIDE, SPATIAL_BIAS_SIDE, -1).permute(0, 3, 1, 2)

    def forward(self, latent: Tensor) -> Tensor:
        """(1, 16, 28, 28) → (1, 3, 224, 224) in [0, 1]."""
        return self.stages(latent)["image"]


class StreamingVideoAutoencoder(nn.Module):
    """Encoder and decoder, sparsely initialised, in channels-last memory.

    Args:
        width: channels of the latent, even; :data:`SIZES` has those with a name.
        heads: of compression and decompression; must divide ``width``.
        norm: the layer normalisation after the three convolutions around them.
        sparsity: share of each unit's incoming weights that start at zero, the direct path apart.
        with_spatial_bias: whether the decoder has one; without it all goes through the latent.
        generator: where the first weights come from; None is PyTorch's own for the CPU.

    >>> image, latent = StreamingVideoAutoencoder()(torch.rand(1, 3, 224, 224))
    >>> tuple(image.shape), tuple(latent.shape)
    ((1, 3, 224, 224), (1, 16, 28, 28))
    """

    def __init__(
        self,
        width: int = 16,
        *,
        heads: int = HEADS,
        norm: Norm = "blended",
        sparsity: float = 0.9,
        with_spatial_bias: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        with Filled({"generator": generator}):
            self.encoder = Encoder(width, heads=heads, norm=norm)
            self.decoder = Decoder(
                width, heads=heads, norm=norm, with_spatial_bias=with_spatial_bias
            )
            initialise(self, sparsity)
        self.direct = DirectPath(width)
        convert_conv2d_weight_memory_format(self, torch.channels_last)

    def encode(self, frame: Tensor) -> Tensor:
        """(1, 3, 224, 224) in [0, 1] → latent (1, 16, 28, 28).

        Raises:
            ValueError: the frame has another shape.
        """
        if frame.shape != (1, 3, *FRAME_SIZE):
            raise ValueError(
                f"a frame must be (1, 3, 224, 224), got {tuple(frame.shape)};"
                " convert it with nn.to_tensor"
            )
        latent: Tensor = self.encoder(frame) + self.direct.encode(frame)
        return latent

    def decode(self, latent: Tensor) -> Tensor:
        """Latent (1, 16, 28, 28) → picture (1, 3, 224, 224) in [0, 1]."""
        return corrected(self.direct.decode(latent), self.decoder(latent))

    def forward(self, frame: Tensor) -> Reconstruction:
        """(1, 3, 224, 224) in [0, 1] → its reconstruction and its latent."""
        latent = self.encode(frame)
        return Reconstruction(self.decode(latent), latent)

    def parameter_groups(self) -> list[dict[str, list[nn.Parameter] | float]]:
        """All parameters, for :class:`BoundedGD`: the spatial bias has its own ``l2_init``."""
        others = [p for p in self.parameters() if p is not self.decoder.map]
        if self.decoder.map is None:
            return [{"params": others}]
        return [{"params": others}, {"params": [self.decoder.map], "l2_init": SPATIAL_BIAS_L2_INIT}]

    @torch.no_grad()
    def features(self, frame: Tensor) -> dict[str, Tensor]:
        """The map of every stage, by its name on the board: ``encoder/stem`` to ``decoder/image``.

        ``decoder/map`` is the learned spatial bias, which does not depend on the frame.
        """
        encoded = self.encoder.stages(frame)
        latent = encoded.pop("code") + self.direct.encode(frame)
        decoded = self.decoder.stages(latent)
        decoded["image"] = corrected(self.direct.decode(latent), decoded["image"])
        bias = self.decoder.spatial_bias()
        if bias is not None:
            decoded["map"] = bias.detach()
        return {
            **{f"encoder/{name}": stage for name, stage in encoded.items()},
            "latent": latent,
            **{f"decoder/{name}": stage for name, stage in decoded.items()},
        }


def seeded(
    seed: int, *, width: int = 16, with_spatial_bias: bool = True
) -> StreamingVideoAutoencoder:
    """The network in float32 on the CPU, with first weights that depend on the seed alone."""
    generator = torch.Generator("cpu").manual_seed(int(seed))
    # Whatever the default type and device are: a seed means the same weights.
    with torch.device("cpu"), Filled({"dtype": torch.float32}):
        network = StreamingVideoAutoencoder(
            width, with_spatial_bias=with_spatial_bias, generator=generator
        )
    return network.float()
