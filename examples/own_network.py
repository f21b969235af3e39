"""A network of your own: any ``torch.nn.Module`` that makes an image out of a frame.

Everything else stays as it is: the optimizer, which is bounded for any network, the metrics, the
observers. With the image the network may give its latent, of any shape.
"""

from itertools import islice

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
        errors = [learner.learn_one(frame).losses.mse for frame in islice(frames, FRAMES)]
    print(f"mse {errors[0]:.4f} at the first frame, mse {errors[-1]:.4f} at frame {FRAMES}")


if __name__ == "__main__":
    main()
