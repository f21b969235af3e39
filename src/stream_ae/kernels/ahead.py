"""All loops compiled before the first frame, by two processes at once.

Numba compiles one function at a time in a process, so a second one takes its share of them, and
this one then reads them from disk. A program that does without compiles each loop when it is first
called, and sees its first frame a few seconds later.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from torch import Tensor

from stream_ae.kernels import (
    change,
    levels,
    losses,
    norm,
    odds,
    preconditioner,
    resize,
    scenes,
    ssim,
)
from stream_ae.kernels.jit import Loop, compilations
from stream_ae.kernels.once import once

_log = logging.getLogger("stream_ae")

_SIDE, _STRIDE = 16, 3  # pixels: a window of the structural similarity fits in


def compile_ahead() -> None:
    """Compile what is not kept from an earlier run; half a second where all of it is."""
    began = time.monotonic()
    with once("ahead") as is_first:
        with compilations() as seen:
            losses.mean_squared_error(*_pictures())  # the shortest one tells whether any is kept
        if not seen:
            return
        is_shared = is_first and Loop.are_kept
        with beside_another("stream_ae.kernels.ahead") if is_shared else nullcontext():
            _compile_small_ones()
        _compile_large_one()
    _log.info("compiled in %.0f s", time.monotonic() - began)


@contextmanager
def beside_another(module: str, *arguments: str) -> Iterator[None]:
    """Compile beside another process that does so, and wait for it at the end.

    It finds what this one finds, and no module in the folder where it happens to run.

    Args:
        module: what it runs, as ``python -m`` does.
        arguments: of it.
    """
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        try:
            yield
            other.wait()
        except BaseException:
            other.kill()
            raise


def _compile_large_one() -> None:
    ssim.mean_ssim(*_pictures(), stride=_STRIDE)


def _compile_small_ones() -> None:
    image, target = _pictures()
    taps = resize.Taps(np.zeros((_SIDE, 1), np.int64), np.ones((_SIDE, 1), np.float32))
    levels.to_levels(image)
    resize.resize(np.zeros((_SIDE, 3 * _SIDE), np.uint8), rows=taps, columns=taps)
    intensity = change.intensity(image, target, weights=(1.0, 1.0, 1.0))
    mask = change.clean_mask(intensity, torch.tensor(0.5))
    small = scenes.shrink(image)
    scenes.coarsen(small)
    scenes.difference(small, small, shift=scenes.find_shift(small, small))
    losses.errors(image, target, mask=mask)
    for bias in (None, target):
        blend = torch.zeros(3, requires_grad=True)
        norm.norm_and_activate(image, blend=blend, bias=bias).backward(torch.zeros_like(image))
    log_odds = torch.zeros_like(image, requires_grad=True)
    odds.corrected(image, log_odds).backward(torch.zeros_like(image))
    vector = torch.zeros(_SIDE)
    preconditioner.pull(vector, vector, anchor=vector, strength=vector)
    preconditioner.precondition(
        torch.zeros(_SIDE),
        momentum=torch.zeros(_SIDE),
        second=torch.zeros(_SIDE),
        tiles=np.array([0, _SIDE]),
        decays=(0.9, 0.9),
        floor=1.0,
        power=-1.0,
        correction=1.0,
        tiny=1.0,
    )


def _pictures() -> tuple[Tensor, Tensor]:
    shape = (1, 3, _SIDE, _SIDE)
    return torch.zeros(shape), torch.zeros(shape)


if __name__ == "__main__":
    _compile_large_one()
