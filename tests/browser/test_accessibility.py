"""What axe-core finds in the page; it is no part of this project (``npm install axe-core``)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.staged_page import StagedPage
from tests.support.tabs import Tab, Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

INSTALLED = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SHAPES: dict[str, dict[str, Any]] = {
    "light": {"scheme": "light"},
    "dark": {"scheme": "dark"},
    "phone": {"phone": True, "size": (390, 844), "locale": "zh-CN"},
}


@pytest.fixture(scope="module")
def axe() -> str:
    path = Path(os.environ.get("AXE", INSTALLED))
    if not path.is_file():
        pytest.skip("needs axe-core: npm install --no-save axe-core, or its path in $AXE")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedPage]:
    with StagedPage(tmp_path_factory.mktemp("stage"), controls=True) as stage:
        for step in range(50, 1050, 50):
            stage.window(step, **{"change/foreground": 0.1, "speed/read_ms": 2.0})
        stage.beat(1000)
        yield stage


def problems(tab: Tab, axe: str) -> list[str]:
    """What it finds serious or critical, after having printed all."""
    tab.page.evaluate(axe)
    found = tab.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    lines = [
        (each["impact"], f"{each['id']}: {node['html'][:120]}")
        for each in found["violations"]
        for node in each["nodes"]
    ]
    print(*lines, sep="\n")
    return [line for impact, line in lines if impact in ("serious", "critical")]


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_keeps_anybody_out(stage: StagedPage, look: Visits, axe: str, shape: str) -> None:
    tab = look(stage.url, **SHAPES[shape])
    stage.frame(100)
    stage.event(100)
    tab.wait_for_frame(100)
    tab["#events .event"].first.wait_for()
    assert problems(tab, axe) == []
    for button in ("explain", "wipe", "heat", "background"):
        tab[f"#{button}"].click()
    assert problems(tab, axe) == []
    tab["#events .event"].first.click()
    tab["#moment img"].first.wait_for()
    assert problems(tab, axe) == []
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("?")
    assert problems(tab, axe) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_keeps_anybody_out_of_the_form(
    tmp_path: Path, look: Visits, axe: str, shape: str
) -> None:
    with StagedPage(tmp_path, token="secret") as stage:
        tab = look(f"{stage.url}?token=wrong", **SHAPES[shape])
        tab.says("#wrong", "")
        assert problems(tab, axe) == []
        tab.forgive("401")
