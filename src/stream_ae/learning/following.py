"""What the network learns of a frame without gradient, after its steps: its direct path follows.

A path that hardly changes any more need not be renewed with every frame, which costs as much as a
fifth of one.
"""

from torch import Tensor, nn

from stream_ae.nn.autoencoder import StreamingVideoAutoencoder

ALL_OF_FIRST, EVERY = 60, 4
"""All of the first 60 frames are followed and all at the start of a scene, later each fourth."""


def follow(
    model: nn.Module, frame: Tensor, *, mask: Tensor, number: int, is_new: bool = False
) -> None:
    """Let the direct path of our network take in a frame; one of the user's own has none.

    Args:
        model: the network, after its steps on the frame.
        frame: (1, 3, h, w) in [0, 1].
        mask: its pixels that changed, (h, w) bool.
        number: of the frame, from 0.
        is_new: whether its scene is.
    """
    is_due = is_new or number < ALL_OF_FIRST or number % EVERY == 0
    if is_due and isinstance(model, StreamingVideoAutoencoder):
        model.direct.follow(frame, mask)
