"""The network, and what it is judged by.

:class:`StreamingVideoAutoencoder` is a plain ``torch.nn.Module`` from a frame to its
:class:`Reconstruction`, and :class:`Network` what one of your own has;
:func:`full_objective` is what training minimises, :func:`ssim`,
:func:`mse` and :func:`errors` what is reported; :func:`to_rgb`, :func:`to_tensor` and
:func:`to_picture` lead from any picture to the network and back.

May import ``kernels``, ``storage`` and what lies below.
"""

from stream_ae.kernels.pixels import to_rgb
from stream_ae.nn.attention import (
    AttentionDecompression,
    MultiHeadAttentionCompression,
    SelfAttention2D,
)
from stream_ae.nn.autoencoder import Decoder, Encoder, Reconstruction, StreamingVideoAutoencoder
from stream_ae.nn.init import initialise, sparse_init
from stream_ae.nn.losses import Errors, errors, full_objective, global_loss, mse, objective
from stream_ae.nn.network import Network
from stream_ae.nn.preprocessing import to_picture, to_tensor
from stream_ae.nn.ssim import ssim

__all__ = [
    "AttentionDecompression",
    "Decoder",
    "Encoder",
    "Errors",
    "MultiHeadAttentionCompression",
    "Network",
    "Reconstruction",
    "SelfAttention2D",
    "StreamingVideoAutoencoder",
    "errors",
    "full_objective",
    "global_loss",
    "initialise",
    "mse",
    "objective",
    "sparse_init",
    "ssim",
    "to_picture",
    "to_rgb",
    "to_tensor",
]
