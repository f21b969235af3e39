"""Which pixels changed from one frame to the next, and how much.

The learner is to attend to what moves, and what moves must not be confused with what a camera and
a codec add to every frame. So the threshold comes from the noise that the stream itself shows.

Noise from the median: Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993.
Weights of the colours: ITU-R BT.601.
"""

from typing import NamedTuple, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from stream_ae.kernels import change as kernels

THRESHOLD = 4.0
"""A pixel changed where its intensity is above this many standard deviations of the noise. Of
Gaussian noise, one pixel in 16,000 is."""

NOISE_RANGE = (1 / 255, 8 / 255)
"""What may count as noise. Compressed video often shows none at all between two frames and then
some, so it is at least one grey level; more than eight is not noise but a scene that moves."""

NOISE_PAIRS = 16
"""Pairs of frames whose median is the noise: half of them must be alike before they count."""

PULSE = 1.5
"""A pair of frames whose own noise is above this many times that of the stream is a pulse."""

AFTERWARDS, FADING = 0.5, 0.99
"""Share of the last pulse that counts as noise after it, and what is left of that with each pair:
an encoder that is short of bits draws the picture again piece by piece, long after a key frame."""

_COLOURS = (0.299, 0.587, 0.114)  # red, green, blue
_SIGMA = 1.4826  # standard deviation over median absolute deviation, for Gaussian noise
_SPARSE = 4  # the noise is measured on each fourth pixel of each fourth row

Array = NDArray[np.generic]
Changes = tuple[NDArray[np.bool_], NDArray[np.float32]]


class ChangeDetector(nn.Module):
    """Compare neighbouring frames of a stream; the noise it has seen is a buffer.

    With the difference Δ of two frames, averaged over 3 × 3 pixels *before* its sign is dropped,
    so that noise falls to a third::

        intensity = 0.299 |Δ red| + 0.587 |Δ green| + 0.114 |Δ blue|
        noise     = 1.4826 · median over pixels of the intensity, median over the last 16 pairs
        mask      = intensity > 4 · noise, without specks (the majority of 3 × 3 pixels), and
                    gaps of up to four pixels filled (a closing): a walker is not an outline

    The two medians make it robust: a cut does not move the noise at all, an object in a part of
    the picture hardly does, and a slow drift of the light is taken for noise. The threshold comes
    from the pairs before the present one.

    Noise may come in *pulses*: a codec draws all of it again at each key frame, and a camera in the
    dark gives each picture twice, so that every second pair shows none. A pair is a pulse where its
    own noise is above 1.5 times the stream's, yet within :data:`NOISE_RANGE`: then more than half
    of the picture changed by a little, and that is what noise is in this pair. Half of it counts
    as noise from then on, and fades by 1 % a pair. A picture that is repeated exactly says nothing
    of the noise and does not count.
    """

    recent: torch.Tensor
    pulse: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer(
            "recent", torch.full((NOISE_PAIRS,), NOISE_RANGE[0], dtype=torch.float32)
        )
        self.register_buffer("pulse", torch.zeros((), dtype=torch.float32))

    @property
    def noise(self) -> torch.Tensor:
        """Standard deviation of what changes by itself, 0-dim, within :data:`NOISE_RANGE`."""
        return self.recent.median().clamp(*NOISE_RANGE)

    @overload
    def detect_changes(self, prev_frame: Array, curr_frame: Array) -> Changes: ...

    @overload
    def detect_changes(
        self, prev_frame: torch.Tensor, curr_frame: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]: ...

    def detect_changes(
        self, prev_frame: Array | torch.Tensor, curr_frame: Array | torch.Tensor
    ) -> Changes | tuple[torch.Tensor, torch.Tensor]:
        """What changed from ``prev_frame`` to ``curr_frame``, with all arguments checked.

        Args:
            prev_frame: (H, W), (H, W, C) or (C, H, W) with 1 or 3 channels, also as a batch of
                one; uint8, or float32 or float64 in [0, 1].
            curr_frame: the next frame of the stream: the same library, shape and dtype.

        Returns:
            mask (H, W) bool and intensity (H, W) float32 in [0, 1], of the library and on the
            device of the frames.

        Raises:
            TypeError: not two arrays or two tensors of one of these dtypes.
            ValueError: shapes that differ, a shape that is none of these or may be read in two
                ways, or a float outside [0, 1].

        >>> dark, light = np.zeros((2, 4, 3), np.uint8), np.full((2, 4, 3), 255, np.uint8)
        >>> mask, intensity = ChangeDetector().detect_changes(dark, light)
        >>> mask.all(), intensity.min()
        (np.True_, np.float32(1.0))
        """
        if isinstance(prev_frame, np.ndarray) and isinstance(curr_frame, np.ndarray):
            _check(prev_frame, curr_frame)
            previous, current = (torch.from_numpy(f.copy()) for f in (prev_frame, curr_frame))
            mask, intensity = self._detect(previous, current)
            return mask.numpy(), intensity.numpy()
        if isinstance(prev_frame, torch.Tensor) and isinstance(curr_frame, torch.Tensor):
            _check(prev_frame, curr_frame)
            return self._detect(prev_frame, curr_frame)
        raise TypeError(
            "two frames must be two arrays or two tensors, got"
            f" {type(prev_frame).__name__} and {type(curr_frame).__name__}; convert one of them"
        )

    @torch.no_grad()
    def update(
        self, previous: torch.Tensor, current: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same for two frames as the network takes them, with nothing checked.

        Nothing is read back from a device, so that it is not waited for.

        Args:
            previous: (1, 3, h, w) float32 in [0, 1], on the device of this module.
            current: the next frame, likewise.

        Returns:
            mask (h, w) bool and intensity (h, w) float32 in [0, 1].
        """
        pair = self._look(previous, current)
        mask = kernels.clean_mask(pair.intensity, THRESHOLD * pair.level)
        self.pulse.copy_(torch.maximum(pair.pulse, FADING * self.pulse))
        _append(self.recent, pair.own, where=pair.intensity.amax() > 0)
        return mask, pair.intensity

    @torch.no_grad()
    def compare(self, previous: torch.Tensor, current: torch.Tensor) -> torch.Tensor:
        """The mask of :meth:`update` for two frames that need not be neighbours; nothing is noted.

        Args:
            previous: as for :meth:`update`.
            current: likewise.
        """
        pair = self._look(previous, current)
        return kernels.clean_mask(pair.intensity, THRESHOLD * pair.level)

    def _look(self, previous: torch.Tensor, current: torch.Tensor) -> "_Pair":
        intensity = kernels.intensity(previous, current, weights=_COLOURS)
        own = _SIGMA * intensity[::_SPARSE, ::_SPARSE].median()
        noise = self.noise
        is_pulse = (own > PULSE * noise) & (own <= NOISE_RANGE[1])
        pulse = torch.where(is_pulse, own, 0.0)
        level = torch.maximum(noise, torch.maximum(pulse, AFTERWARDS * self.pulse))
        return _Pair(intensity, own, pulse, level)

    def _detect(
        self, previous: torch.Tensor, current: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        home = self.recent.device
        mask, intensity = self.update(_to_image(previous).to(home), _to_image(current).to(home))
        return mask.to(current.device), intensity.to(current.device)


class _Pair(NamedTuple):
    """Two frames compared: the intensity, and 0-dim the own noise, that of a pulse, and what is."""

    intensity: torch.Tensor
    own: torch.Tensor
    pulse: torch.Tensor
    level: torch.Tensor


def _append(values: torch.Tensor, value: torch.Tensor, *, where: torch.Tensor) -> None:
    """Make a value the last of some, in place of the first, where that is so."""
    values.copy_(torch.where(where, torch.cat((values[1:], value[None])), values))


def _check(previous: Array | torch.Tensor, current: Array | torch.Tensor) -> None:
    for what, one, other in (
        ("shape", tuple(previous.shape), tuple(current.shape)),
        ("dtype", previous.dtype, current.dtype),
    ):
        if one != other:
            error = ValueError if what == "shape" else TypeError
            raise error(
                f"two frames must have the same {what}, got {one} and {other}; convert one of them"
            )
    if str(current.dtype).removeprefix("torch.") not in ("uint8", "float32", "float64"):
        raise TypeError(
            f"a frame must be uint8, float32 or float64, got {current.dtype}; convert it"
        )


def _to_image(frame: torch.Tensor) -> torch.Tensor:
    """Any frame as (1, 3, H, W) float32 in [0, 1]."""
    image = frame[0] if frame.ndim == 4 and frame.shape[0] == 1 else frame
    image = _channels_first(image[None] if image.ndim == 2 else image)
    if image.dtype == torch.uint8:
        image = image.to(torch.float32) / 255
    elif not bool(((image >= 0) & (image <= 1)).all()):  # in this form NaN is refused, too
        raise ValueError(
            "a frame of floating point must lie in [0, 1], got values from"
            f" {float(image.min()):g} to {float(image.max()):g}; scale it"
        )
    return image.to(torch.float32).expand(3, -1, -1)[None]


def _channels_first(image: torch.Tensor) -> torch.Tensor:
    """(H, W, C) or (C, H, W) as (C, H, W)."""
    shape = tuple(image.shape)
    known = len(shape) == 3 and image.numel() > 0
    first, last = known and shape[0] in (1, 3), known and shape[2] in (1, 3)
    if first and last:
        raise ValueError(
            f"a frame must be (H, W, C) or (C, H, W), got {shape}, which may be either;"
            " give (1, 3, H, W) to update() instead"
        )
    if not first and not last:
        raise ValueError(
            f"a frame must be (H, W), (H, W, C) or (C, H, W) with 1 or 3 channels, got {shape};"
            " give one frame, grey or RGB"
        )
    return image if first else image.permute(2, 0, 1)
