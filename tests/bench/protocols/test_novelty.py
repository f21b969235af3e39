from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.labelled import clips_folder

from stream_ae.bench.protocols import novelty
from stream_ae.bench.protocols.novelty import COLUMNS, bench_novelty
from stream_ae.bench.rows import number, section
from stream_ae.bench.table import line
from stream_ae.detection.findings import Foreground, Novelty
from stream_ae.frame import Rgb

CALLS: list[tuple[float, bool, tuple[int, ...] | None]] = []


class Bright:
    """Stands for the detector of foreground: finds what is bright."""

    def update(self, rgb: Rgb, *, time: float, is_first: bool = False) -> Foreground:  # noqa: ARG002
        return Foreground(rgb[..., 0] > 150, rgb, noise=1.0)


class Much:
    """Stands for the detector of novelty: more foreground is more novel."""

    def update(
        self,
        rgb: Rgb,
        *,
        foreground: Foreground,
        time: float,
        latent: NDArray[np.float32] | None = None,
        is_first: bool = False,
    ) -> Novelty:
        assert rgb.shape == (224, 224, 3)
        CALLS.append((time, is_first, None if latent is None else latent.shape))
        raw = foreground.ratio
        return Novelty(min(raw, 1.0) if latent is None else 0.5, raw, np.zeros((2, 2), np.float32))


@pytest.mark.slow
def test_there_is_a_row_with_latents_and_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CALLS.clear()
    monkeypatch.setattr(novelty, "ForegroundDetector", Bright)
    monkeypatch.setattr(novelty, "NoveltyDetector", Much)
    test = {"Test1.mkv": [0, 1, 1], "Test2.mkv": [0, 0]}
    folder = clips_folder(tmp_path / "walk", train=[2], test=test)
    with_latents, without = bench_novelty(folder, pictures=tmp_path)
    assert [with_latents["method"], without["method"]] == ["with latents", "without latents"]
    assert {shape for _, _, shape in CALLS[::2]} == {(16, 28, 28)}
    assert {shape for _, _, shape in CALLS[1::2]} == {None}
    assert [is_first for _, is_first, _ in CALLS[::2]] == [
        True,
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert [time for time, _, _ in CALLS[::2]] == pytest.approx([k / 10 for k in range(7)])
    assert [without[key] for key in ("source", "frames", "test_frames", "novel_frames")] == [
        "walk",
        7,
        5,
        2,
    ]
    assert (number(without, "auc"), number(without, "auc_raw")) == (1.0, 1.0)
    assert (number(with_latents, "auc"), number(with_latents, "auc_raw")) == (0.5, 1.0)
    assert section(without, "auc_by_clip") == {"Test1.mkv": 1.0, "Test2.mkv": None}
    assert number(without, "ms") >= 0
    assert (tmp_path / "novelty-walk.png").read_bytes().startswith(b"\x89PNG")
    assert line(without, columns=COLUMNS, second="method").split()[:4] == [
        "walk",
        "without",
        "latents",
        "1.000",
    ]
