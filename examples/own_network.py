"""A network of your own: any ``torch.nn.Module`` that makes an image out of a frame.

Everything else stays as it is: the optimizer, which is bounded for any network, the metrics, the
observers. With the image the network may give its latent, of any shape.
"""

import torch
from torch import Tensor, nn

from stream_ae import StreamLearner, open_source

FRAMES = 50


class Convolutional(nn.Module):
    """Three convolutions down to a latent of (1, 24, 28, 28), and three back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 12, 4, stride=2, padding=1),
            nn.LeakyReLU(),
            nn.Conv2d(12, 24, 4, stride=2, padding=1),
            nn.LeakyReLU(),
            nn.Conv2d(24, 24, 4, stride=2, padding=1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(24, 24, 4, stride=2, padding=1),
            nn.LeakyReLU(),
            nn.ConvTranspose2d(24, 12, 4, stride=2, padding=1),
            nn.LeakyReLU(),
            nn.ConvTranspose2d(12, 3, 4, stride=2, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        latent = self.encoder(frame)
        return self.decoder(latent), latent


def main() -> None:
    torch.manual_seed(0)  # of its first weights
    learner = StreamLearner(Convolutional())
    with open_source("scene:street") as frames:
        for frame in frames:
            step = learner.learn_one(frame)
            if step.number in (1, FRAMES):
                print(f"frame {step.number}: mse {step.losses.mse:.4f}")
            if step.number == FRAMES:
                break


if __name__ == "__main__":
    main()
