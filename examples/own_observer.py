"""Be told of every step: a class with ``on_step``, and ``close`` if it holds something.

This one writes what the network makes of each frame, as one number for each of the latent's 16
channels, to ``latent.csv``.
"""

import csv
from pathlib import Path

from stream_ae import Observer, Step, StreamLearner, open_source, run

FRAMES = 50


class LatentTable(Observer):
    """One line a frame: its number, and the mean of each channel of the latent."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(["frame", *(f"channel_{channel}" for channel in range(16))])

    def on_step(self, step: Step) -> None:
        means = step.latent.mean(dim=(0, 2, 3))  # (1, 16, 28, 28) -> (16,)
        self._rows.writerow([step.number, *(f"{mean:.5f}" for mean in means.tolist())])

    def close(self) -> None:
        self._file.close()


def main() -> None:
    with open_source("scene:street") as source:
        run(source, StreamLearner(), observers=[LatentTable(Path("latent.csv"))], frames=FRAMES)
    print(f"{FRAMES} lines in latent.csv")


if __name__ == "__main__":
    main()
