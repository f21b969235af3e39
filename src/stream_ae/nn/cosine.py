"""First weights of a linear path: the lowest cosines of every block of pixels.

The discrete cosine transform (Ahmed, Natarajan, Rao 1974) is close to the principal components of
small blocks of any natural picture. Its lowest terms are what a network of this size would need its
first hundred frames to find; from there it learns the scene's own.
"""

import math

import torch
from torch import Tensor, nn

SIDE = 8
"""Side of a block in pixels."""

COLOURS = 3 / 16
"""Which share of the cosines goes to each of the two differences of colours; brightness has the
rest: 10, 3 and 3 of 16."""


def cosines(count: int = 16) -> Tensor:
    """Orthonormal filters, (count, 3, 8, 8): brightness first, each colour by rising frequency.

    The one-dimensional cosine k of a block of n pixels is √(2/n) cos((2 x + 1) k π / 2 n), and
    1/√n for k = 0 (Ahmed, Natarajan, Rao 1974, eq. 1); a filter is the product of a row's, a
    column's and a colour's.
    """
    place = torch.arange(SIDE, dtype=torch.float32)
    waves = [torch.cos((2 * place + 1) * k * math.pi / (2 * SIDE)) for k in range(SIDE)]
    waves = [wave / wave.norm() for wave in waves]
    frequencies = sorted(
        ((row, column) for row in range(SIDE) for column in range(SIDE)),
        key=lambda pair: (sum(pair), pair),
    )
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    colours /= colours.norm(dim=1, keepdim=True)
    of_colour = int(COLOURS * count)
    terms = (count - 2 * of_colour, of_colour, of_colour)
    filters = [
        colour[:, None, None] * torch.outer(waves[row], waves[column])
        for colour, some in zip(colours, terms, strict=True)
        for row, column in frequencies[:some]
    ]
    return torch.stack(filters)


@torch.no_grad()
def begin_with_cosines(analysis: nn.Conv2d, synthesis: nn.ConvTranspose2d) -> None:
    """Let a pair of layers begin as the transform and its inverse, up to a sigmoid.

    Args:
        analysis: blocks → terms of what differs from mid grey; (n, 3, 8, 8) with a bias.
        synthesis: terms → blocks of logits, (n, 3, 8, 8): four times the transposed transform,
            as the sigmoid's slope at mid grey is ¼.
    """
    filters = cosines(len(analysis.weight))
    analysis.weight.copy_(filters)
    if analysis.bias is not None:
        analysis.bias.copy_(-0.5 * filters.sum((1, 2, 3)))
    synthesis.weight.copy_(4.0 * filters)
