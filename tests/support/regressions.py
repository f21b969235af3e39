"""Steps of ``BoundedGD`` on a net that is fitted to numbers, and what is saved of them."""

import copy
import io

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.storage.state_file import SavedState


def learn(net: nn.Module, optimizer: BoundedGD, x: Tensor, y: Tensor) -> float:
    """Take a step on a sample, or on several at once, and give the loss before it."""

    def objective() -> Tensor:
        return F.mse_loss(net(x), y)

    optimizer.zero_grad()
    loss = objective()
    loss.backward()
    optimizer.step(objective, loss=loss.detach())
    return loss.item()


def weights(net: nn.Module) -> Tensor:
    """All of them in one vector."""
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def read_again(net: nn.Module, optimizer: BoundedGD) -> tuple[nn.Module, SavedState]:
    """Another net like one that was written to a file, and the state of its optimizer from it."""
    file = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    other = copy.deepcopy(net)
    other.load_state_dict(state["net"])
    return other, state["optimizer"]
