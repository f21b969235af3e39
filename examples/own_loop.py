"""BoundedGD outside the learner: ten lines that train any network, without a learning rate."""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from stream_ae.optim import BoundedGD

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = BoundedGD(model.parameters())


def learn(inputs: Tensor) -> float:
    """Take one step on a batch (n, 8), and give the error before it."""

    def objective() -> Tensor:
        return mse_loss(model(inputs), torch.sin(inputs.sum(1, keepdim=True)))

    loss = objective()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step(objective, loss=loss.detach())
    return loss.item()


for step in range(501):
    error = learn(torch.randn(64, 8))
    if step % 100 == 0:
        print(f"step {step}, error {error:.4f}")
