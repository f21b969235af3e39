"""Pairs of pictures to compare."""

import numpy as np
import torch


def random_pair(seed: int = 0, size: tuple[int, int] = (14, 13)) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, *size, dtype=torch.float64, generator=generator)
    target = torch.rand(1, 3, *size, dtype=torch.float64, generator=generator)
    return image, target


def photograph(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture[:224, :224].astype(np.float32) / 255).permute(2, 0, 1)[None]
