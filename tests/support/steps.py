"""Steps made by hand, small enough to make hundreds of."""

from collections.abc import Mapping, Sequence
from typing import Self, TypedDict

import numpy as np
import torch
from torch import Tensor, nn

from stream_ae.frame import Event, EventKind, Frame
from stream_ae.learning.step import PARTS, Change, Losses, Step, Update

SIZE = 32
"""Height and width of a step's tensors."""

Events = Sequence[tuple[EventKind, str]]
"""Kind and text of each event."""


class StepOptions(TypedDict, total=False):
    """What :func:`make_step` takes, for functions that pass it on."""

    mse: float
    detail: float
    gradient: float
    ssim: float | None
    copy: float | None
    events: Events
    dropped: int
    learned: bool
    overshoot: float | None
    update_ratio: float | None
    changed: int
    part_seconds: float
    seconds: Mapping[str, float] | None


def make_step(
    number: int = 1,
    *,
    mse: float = 0.25,
    detail: float = 0.5,
    gradient: float = 0.125,
    ssim: float | None = 0.75,
    copy: float | None = 0.02,
    events: Events = (),
    dropped: int = 0,
    learned: bool = True,
    overshoot: float | None = None,
    update_ratio: float | None = None,
    changed: int = 8,
    begins: bool = False,
    part_seconds: float = 0.001,
    seconds: Mapping[str, float] | None = None,
) -> Step:
    """A step with these metrics; its image is the square of its target, which is random.

    Args:
        number: of the step; the seed of its target.
        copy: both baselines, the copy of the last frame and the running mean.
        changed: pixels that changed, of ``SIZE ** 2``.
        begins: whether another scene begins with it.
        part_seconds: what each of the parts took.
        seconds: by part, where the parts differ.
    """
    pixels = torch.zeros(SIZE * SIZE, dtype=torch.bool)
    pixels[:changed] = True
    generator = torch.Generator().manual_seed(number)
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
            begins=begins,
        ),
        update=Update(
            learned=learned, bound_active=1.0, overshoot=overshoot, update_ratio=update_ratio
        ),
        seconds=dict.fromkeys(PARTS, part_seconds) if seconds is None else seconds,
        target=target,
        image=target.square(),
        latent=torch.zeros(1, 16, SIZE // 8, SIZE // 8),
    )


class TinyNetwork(nn.Module):
    """Two layers and their feature maps, with gradients as after a step."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.encoder = nn.Conv2d(3, 4, 2, stride=2)
            self.decoder = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.features_asked = 0

    def features(self, frame: Tensor) -> dict[str, Tensor]:
        self.features_asked += 1
        with torch.no_grad():
            latent: Tensor = self.encoder(frame)
            return {
                "encoder/down": latent.relu(),
                "latent": latent,
                "decoder/image": self.decoder(latent).sigmoid(),
            }

    def learn(self) -> Self:
        frame = torch.ones(1, 3, SIZE, SIZE)
        self.zero_grad()
        self.decoder(self.encoder(frame)).square().mean().backward()
        return self
