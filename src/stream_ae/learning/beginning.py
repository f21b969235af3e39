"""The weights that a network began with, for a scene to which what was learned since is a burden.

A network that learned black frames for long gives black whatever it sees, and learns slowly from
there. Where another scene begins and the first weights explain its frame far better than the
present ones, learning starts over, as if the stream began there.
"""

import torch
from torch import Tensor, nn

from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder
from stream_ae.nn.network import reconstruct_with
from stream_ae.optim.update import forget
from stream_ae.storage.state_file import SavedState

BY_FAR = 5.0
"""How many times the squared error of the first weights that of the present ones must be to start
over. Between scenes it is 0.2 to 4 times; up to there what was learned helps later, and what is far
above was learned of black frames (docs/experiments/start-of-a-scene.md)."""


class Beginning:
    """What a network and its optimizer were before the first frame.

    Args:
        model: the network; one of one's own does not start over.
        optimizer: over its weights.
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self._model, self._optimizer = model, optimizer
        self._weights: dict[str, Tensor] = {}
        if isinstance(model, StreamingVideoAutoencoder):
            self._weights = {name: p.clone() for name, p in model.state_dict().items()}

    def reconstruct(self, target: Tensor) -> Reconstruction | None:
        """What the network made of a frame, (1, 3, h, w) in [0, 1], when it was new."""
        if not self._weights:
            return None
        return reconstruct_with(self._model, target, weights=self._weights)

    def start_over(self) -> None:
        """Make network and optimizer what they were."""
        self._model.load_state_dict(self._weights)
        forget(self._optimizer)

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        return dict(self._weights)

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state; an empty one changes nothing."""
        for name, weight in self._weights.items():
            if name in state:  # not in place: the learner may have been made for inference only
                self._weights[name] = state[name].to(weight.device, copy=True)
