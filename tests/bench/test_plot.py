import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench.plot import best_curves, draw_curves
from stream_ae.bench.rows import JSON, Row
from stream_ae.errors import MissingExtraError


def row(source: str, optimizer: str, curve: list[float], **others: JSON) -> Row:
    mse = sum(curve) / max(1, len(curve))
    return {
        "source": source,
        "optimizer": optimizer,
        "diverged": False,
        "mse": mse,
        "curve": curve,
        **others,
    }


ROWS: list[Row] = [
    row("a", "bounded", [0.03, 0.01, 0.002]),
    row("a", "adam:0.003", [0.05, 0.02, 0.004]),
    row("a", "adam:0.01", [0.04, 0.02, 0.003]),
    {"source": "a", "optimizer": "sgd:10", "diverged": True},
    row("a", "copy", [0.002, 0.002, 0.002], baseline=True),
    row("a", "bicubic", [0.003, 0.003, 0.003], baseline=True),
    {"source": "a", "optimizer": "offline", "diverged": False, "mse": 0.1, "baseline": True},
    row("b", "adam:0.003", [0.02]),
]


def test_the_best_rate_of_each_optimizer_is_drawn_and_the_copy() -> None:
    assert best_curves(ROWS) == {
        "a": {
            "bounded": [0.03, 0.01, 0.002],
            "adam": [0.04, 0.02, 0.003],
            "copy": [0.002, 0.002, 0.002],
        },
        "b": {"adam": [0.02]},
    }


@pytest.mark.slow
def test_a_picture_has_a_panel_for_each_source(tmp_path: Path) -> None:
    one, four = tmp_path / "one.png", tmp_path / "deeper" / "four.png"
    assert draw_curves(one, ROWS[:6], title="Errors")
    rows = [row(name, "bounded", [0.03, 0.01]) for name in ("a", "b", "caf\udce9", r"$\x$")]
    assert draw_curves(four, rows, title="Errors")
    with Image.open(one) as picture, Image.open(four) as larger:
        assert larger.width > 1.3 * picture.width
        assert larger.height > 1.5 * picture.height
        colours = {tuple(colour) for colour in np.asarray(picture.convert("RGB")).reshape(-1, 3)}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= colours, "both optimizers"
    assert (0x00, 0x9E, 0x73) not in colours, "no third one"


def test_where_there_is_no_curve_there_is_no_picture(tmp_path: Path) -> None:
    assert not draw_curves(tmp_path / "none.png", ROWS[3:4], title="Errors")
    assert not any(tmp_path.iterdir())


def test_a_missing_matplotlib_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="a chart needs matplotlib"):
        draw_curves(tmp_path / "x.png", ROWS, title="Errors")
