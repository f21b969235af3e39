"""The original's names for the network, the change detector and the learner; see ``stream_ae``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))  # it need not be installed

from stream_ae.detection.change import ChangeDetector
from stream_ae.detection.change import ChangeDetector as PixelChangeDetector
from stream_ae.learning.learner import StreamLearner
from stream_ae.nn.attention import (
    AttentionDecompression,
    MultiHeadAttentionCompression,
    SelfAttention2D,
)
from stream_ae.nn.autoencoder import Decoder, Encoder, StreamingVideoAutoencoder
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder as StreamingAutoEncoder
from stream_ae.nn.preprocessing import to_tensor as preprocess_frame

__all__ = [
    "AttentionDecompression",
    "ChangeDetector",
    "Decoder",
    "Encoder",
    "MultiHeadAttentionCompression",
    "PixelChangeDetector",
    "SelfAttention2D",
    "StreamLearner",
    "StreamingAutoEncoder",
    "StreamingVideoAutoencoder",
    "preprocess_frame",
]
