"""The best linear code for patches of a stream's frames, found while the stream passes.

It is what a network of the same latent size has to beat: 28 × 28 patches of 16 numbers each, from
a basis that has only seen the frames before.

Running covariance: Chan, Golub, LeVeque, "Algorithms for Computing the Sample Variance", 1983, for
vectors. Optimality: Eckart and Young 1936.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH, COMPONENTS = 8, 16
"""Side of a patch, and the numbers that stand for it: as many as the network's latent has."""

_GREY = 0.5


class OnlinePCA:
    """Principal components of all 8 × 8 × 3 patches so far; constant memory, nothing forgotten.

    With n patches of mean μ and scatter S behind it, and k new ones of mean ν and scatter T::

        S ← S + T + (ν − μ)(ν − μ)ᵀ n k / (n + k)
        μ ← μ + (ν − μ) k / (n + k)

    in float64, so that a long stream loses no digits.
    """

    def __init__(self) -> None:
        values = 3 * PATCH**2
        self._count = 0
        self._mean = torch.full((values,), _GREY, dtype=torch.float64)
        self._scatter = torch.zeros(values, values, dtype=torch.float64)

    def update(self, frame: Tensor) -> None:
        """Take the patches of a frame in.

        Args:
            frame: (1, 3, h, w), sides in multiples of 8.

        Raises:
            ValueError: the frame has another shape.
        """
        patches = _to_patches(frame)
        mean = patches.mean(dim=0)
        centred = patches - mean
        shift = mean - self._mean
        total = self._count + len(patches)
        self._scatter += centred.mT @ centred
        self._scatter += torch.outer(shift, shift) * (self._count * len(patches) / total)
        self._mean += shift * (len(patches) / total)
        self._count = total

    def reconstruct(self, frame: Tensor) -> Tensor:
        """Bring a frame through its patches' 16 numbers; mid grey before the first update.

        Args:
            frame: (1, 3, h, w), sides in multiples of 8.

        Returns:
            The same shape and dtype, in [0, 1].

        Raises:
            ValueError: the frame has another shape.
        """
        patches = _to_patches(frame)
        basis = self._basis()
        code = (patches - self._mean) @ basis
        image = (self._mean + code @ basis.mT).mT[None]
        folded = F.fold(image, frame.shape[2:], kernel_size=PATCH, stride=PATCH)
        return folded.clamp_(0.0, 1.0).to(frame)

    def _basis(self) -> Tensor:
        """The directions of most variance, (192, 16); none, (192, 0), before the first update."""
        if self._count == 0:
            return self._scatter[:, :0]
        _, directions = torch.linalg.eigh(self._scatter)  # in ascending order of their variance
        basis: Tensor = directions[:, -COMPONENTS:]
        return basis


def _to_patches(frame: Tensor) -> Tensor:
    """(1, 3, h, w) → (patches, 192) float64 on the CPU."""
    if frame.ndim != 4 or frame.shape[:2] != (1, 3) or any(s % PATCH for s in frame.shape[2:]):
        raise ValueError(
            f"a frame must be (1, 3, h, w) with sides in multiples of {PATCH}, got"
            f" {tuple(frame.shape)}; convert it with stream_ae.nn.to_tensor"
        )
    return F.unfold(frame.cpu().double(), PATCH, stride=PATCH)[0].mT
