"""Steps made by hand, small enough to make hundreds of."""

import numpy as np
import torch
from torch import nn

from stream_ae.frame import Event, Frame
from stream_ae.learning.step import PARTS, Change, Losses, Step, Update

SIZE = 32


def make_step(
    number=1,
    *,
    mse=0.25,
    detail=0.5,
    gradient=0.125,
    ssim=0.75,
    copy=0.02,
    events=(),
    dropped=0,
    learned=True,
    overshoot=None,
    update_ratio=None,
    changed=8,
    part_seconds=0.001,
    target=None,
    image=None,
):
    pixels = torch.zeros(SIZE * SIZE, dtype=torch.bool)
    pixels[:changed] = True
    generator = torch.Generator().manual_seed(number)
    if target is None:
        target = torch.rand(1, 3, SIZE, SIZE, generator=generator)
    return Step(
        number=number,
        frame=Frame(
            np.zeros((48, 64, 3), np.uint8),
            index=number - 1,
            dropped=dropped,
            events=tuple(Event(kind, text) for kind, text in events),
        ),
        losses=Losses(
            mse=mse,
            detail=detail,
            gradient=gradient,
            ssim=ssim,
            copy_last_frame=copy,
            running_mean=copy,
        ),
        change=Change(
            mask=pixels.view(SIZE, SIZE),
            intensity=pixels.float().view(SIZE, SIZE),
            pixels=changed,
            ratio=changed / SIZE**2,
        ),
        update=Update(
            learned=learned, bound_active=1.0, overshoot=overshoot, update_ratio=update_ratio
        ),
        seconds=dict.fromkeys(PARTS, part_seconds),
        target=target,
        image=target.square() if image is None else image,
        latent=torch.zeros(1, 16, SIZE // 8, SIZE // 8),
    )


class TinyNetwork(nn.Module):
    """Two layers and their feature maps, with gradients as after a step."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.encoder = nn.Conv2d(3, 4, 2, stride=2)
            self.decoder = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.looked = 0

    def features(self, frame):
        self.looked += 1
        with torch.no_grad():
            latent = self.encoder(frame)
            return {
                "encoder/down": latent.relu(),
                "latent": latent,
                "decoder/image": self.decoder(latent).sigmoid(),
            }

    def learn(self):
        frame = torch.ones(1, 3, SIZE, SIZE)
        self.zero_grad()
        self.decoder(self.encoder(frame)).square().mean().backward()
        return self
