"""One learned stream, in numbers: what must stay the same while the code is rearranged.

``python -m tests.support.golden SOURCE …`` prints a checksum of all losses and all weights of
sixty frames. On one machine, with its loops compiled before, it is the same bit for bit from one
commit to the next, unless that commit means to change what is learned.
"""

import hashlib
import sys
from contextlib import closing

import torch

from stream_ae import StreamLearner, open_source
from stream_ae.learning.device import set_up

FRAMES = 60


def golden_run(source: str) -> tuple[list[dict[str, float]], StreamLearner]:
    """The losses of the first frames of a stream, and the learner after them."""
    set_up(threads=1, seed=0)
    learner, losses = StreamLearner(seed=0), []
    with open_source(source) as stream, closing(stream.frames(learner.prepare)) as frames:
        for frame in frames:
            step = learner.learn_one(frame)
            losses.append(
                {
                    "mse": step.losses.mse,
                    "detail": step.losses.detail,
                    "gradient": step.losses.gradient,
                }
            )
            if step.number == FRAMES:
                break
    return losses, learner


def checksum(losses: list[dict[str, float]], learner: StreamLearner) -> str:
    """Of every bit of the losses and of the weights."""
    numbers = [value.hex() for frame in losses for value in frame.values()]
    digest = hashlib.sha256(" ".join(numbers).encode())
    for weight in learner.model.state_dict().values():
        digest.update(weight.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def weight_norm(learner: StreamLearner) -> float:
    """‖w‖ of all weights together."""
    weights = torch.cat([p.detach().flatten() for p in learner.model.parameters()])
    norm: float = weights.norm().item()
    return norm


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, checksum(*golden_run(name)))
