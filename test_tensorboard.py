"""Write one of each TensorBoard panel to ``runs/test_tensorboard``, and read all of them back.

The panels come from really learning some frames of a synthetic street. Afterwards
``tensorboard --logdir=runs/test_tensorboard`` shows them. The exit code is 1 if any is missing.
"""

import shutil
import sys
from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

sys.path.insert(0, str(Path(__file__).parent / "src"))  # it need not be installed

from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.observers.tensorboard.board import Board
from stream_ae.sources.address import open_source

DIRECTORY, FRAMES = Path("runs/test_tensorboard"), 60
PARTS = ("read", "preprocess", "change", "forward", "loss", "backward", "update", "log")
GROUPS = {
    "losses": [f"loss/{name}" for name in ("detail", "global", "mse", "gradient", "ssim")],
    "images": [f"images/{name}" for name in ("input", "reconstruction", "change_mask", "error")],
    "change": ["change/pixels", "change/ratio"],
    "optimizer": [f"optim/{name}" for name in ("effective_step", "overshoot", "bound_active")],
    "speed": ["speed/fps", *(f"speed/{part}_ms" for part in PARTS)],
}


def main(directory: Path = DIRECTORY) -> int:
    """Learn, write, read back; print a line for each group of panels."""
    shutil.rmtree(directory, ignore_errors=True)
    model = StreamingVideoAutoencoder()
    with open_source("scene:street") as source:
        run(source, StreamLearner(model), observers=[Board(directory, model)], frames=FRAMES)
    board = EventAccumulator(str(directory)).Reload()
    found = {tag for kind in ("scalars", "images", "histograms") for tag in board.Tags()[kind]}
    parameters = [name for name, _ in model.named_parameters()]
    groups = {
        **GROUPS,
        "features": [f"features/{name}" for name in model.features(torch.zeros(1, 3, 224, 224))],
        "parameters": [f"params/{name}" for name in parameters],
        "gradients": [f"grads/{name}" for name in parameters],
    }
    missing = {group: sorted(set(tags) - found) for group, tags in groups.items()}
    for group, tags in groups.items():
        lost = missing[group]
        print(f"{group:11} {f'missing: {lost}' if lost else f'{len(tags)} panels read back'}")
    if any(missing.values()):
        return 1
    print(f"see them: tensorboard --logdir={directory}")
    return 0


def test_every_panel_can_be_read_back(tmp_path: Path) -> None:
    """The same for a test runner."""
    assert main(tmp_path) == 0


if __name__ == "__main__":
    sys.exit(main())
