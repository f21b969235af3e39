"""The live page as a person sees it: a real run, a real browser, everything between them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.support.clips import pictures, write_clip
from tests.support.live import ARGUMENTS, CHROMIUM, LiveRun, Visitor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]

AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
PANELS = ("frame", "reconstruction", "error", "foreground")
TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRun]:
    folder = tmp_path_factory.mktemp("live") / "run"
    with LiveRun(folder, "scene:street", "--controls", "--pace", "source") as run:
        yield run


@pytest.fixture(scope="module")
def visitor(browser: Browser, run: LiveRun) -> Iterator[Visitor]:
    with Visitor(browser, run.entry) as visitor:
        visitor.wait_for_frame()
        yield visitor


def _pixels(visitor: Visitor, panel: str) -> str:
    return str(
        visitor.page.evaluate(f"document.querySelector('.panel.{panel} canvas').toDataURL()")
    )


def _is_pressed(visitor: Visitor, selector: str) -> bool:
    return visitor.page.get_attribute(selector, "aria-pressed") == "true"


def test_every_picture_changes_with_the_stream(visitor: Visitor) -> None:
    before = {panel: _pixels(visitor, panel) for panel in PANELS}
    visitor.wait_for_frame(visitor.frame() + 3)
    after = {panel: _pixels(visitor, panel) for panel in PANELS}
    assert [panel for panel in PANELS if before[panel] == after[panel]] == []


def test_a_curve_says_what_the_journal_says(visitor: Visitor, run: LiveRun) -> None:
    visitor.wait_for_frame(101)
    visitor.wait(lambda: visitor.text("#view-text").startswith("frames"))
    chart = visitor.page.locator(".chart canvas").first
    chart.focus()
    visitor.page.keyboard.press("Home")
    visitor.wait(lambda: visitor.text("#view-text").startswith("frame "))
    shown = visitor.page.locator(".chart .keys b").first.inner_text()
    lines = (run.directory / "metrics.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    assert first["step"] == 50
    assert float(shown) == pytest.approx(first["loss/mse"], rel=0.03)
    chart.blur()


def test_who_comes_late_sees_what_was(browser: Browser, visitor: Visitor, run: LiveRun) -> None:
    visitor.wait_for_frame(101)
    with Visitor(browser, run.entry) as late:
        late.wait_for_frame(101)
        assert late.text("#view-text").startswith("frames 50 to 1")
        assert late.errors == []


def test_chinese_comes_after_the_browsers_language(browser: Browser, run: LiveRun) -> None:
    with Visitor(browser, run.entry, locale="zh-CN") as visitor:
        visitor.page.wait_for_selector("#state[data-state=live]")
        assert visitor.page.get_attribute("html", "lang") == "zh-Hans"
        assert "帧/秒" in visitor.text("#state")
        visitor.page.click("#language")
        assert visitor.page.get_attribute("html", "lang") == "en"
        assert "frames/s" in visitor.text("#state")


def test_a_recorded_stream_is_held_and_stepped_through(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Space")
    visitor.page.wait_for_selector("#state[data-state=held]")
    visitor.page.wait_for_timeout(500)
    held = visitor.frame()
    visitor.page.keyboard.press("ArrowRight")
    visitor.wait_for_frame(held + 1)
    visitor.page.wait_for_timeout(500)
    assert visitor.frame() == held + 1
    visitor.page.keyboard.press("Space")
    visitor.wait_for_frame(held + 3)


def test_learning_is_paused_and_goes_on(visitor: Visitor) -> None:
    button = visitor.page.locator("#controls button").first
    button.click()
    visitor.wait(lambda: "paused" in visitor.text("#state"))
    assert visitor.text("#toast") == "learning is paused"
    button.click()
    visitor.wait(lambda: "paused" not in visitor.text("#state"))


def test_further_pictures_come_when_they_are_asked_for(visitor: Visitor) -> None:
    visitor.page.click("#background")
    visitor.page.wait_for_selector(".panel.background:not(.empty)")
    visitor.wait(lambda: visitor.page.locator("#features option").count() > 2)
    visitor.page.select_option("#features", index=1)
    visitor.page.wait_for_selector(".panel.features:not(.empty)")
    visitor.page.click("#background")
    visitor.page.select_option("#features", "")
    assert visitor.page.locator(".panel:visible").count() == len(PANELS)


def test_an_event_opens_its_moment(visitor: Visitor) -> None:
    event = visitor.page.locator(".event:has(.things)").last
    event.click()
    visitor.page.wait_for_selector("#moment[open]")
    assert visitor.text("#moment-title").startswith(("appeared", "left"))
    visitor.page.keyboard.press("Escape")
    visitor.page.wait_for_selector("#moment:not([open])", state="attached")


def test_everything_is_explained_on_demand(visitor: Visitor) -> None:
    assert visitor.page.locator(".teach:visible").count() == 0
    visitor.page.keyboard.press("e")
    assert visitor.page.locator(".panel .teach:visible").count() == len(PANELS)
    visitor.wait(lambda: "squared error" in visitor.text("#lesson .told"))
    visitor.page.keyboard.press("e")


def test_a_long_run_is_thinned_evenly_in_the_browser(visitor: Visitor, run: LiveRun) -> None:
    buckets = visitor.page.evaluate(
        """async (module) => {
            const { Series } = await import(module);
            const series = new Series();
            for (let step = 1; step <= 10000; step += 1) series.add(step, step % 10);
            return series.buckets;
        }""",
        f"{run.url}static/series.js",
    )
    assert 300 <= len(buckets) <= 600
    assert max(steps for *_, steps in buckets) == 32
    assert sum(steps for *_, steps in buckets) == 10_000
    assert min(low for _, low, *_ in buckets) == 0
    assert max(high for _, _, high, *_ in buckets) == 9
    assert sum(mean * steps for *_, mean, steps in buckets) == pytest.approx(45_000)


@pytest.mark.skipif(not AXE.is_file(), reason=f"no {AXE}: npm install --no-save axe-core")
@pytest.mark.parametrize("look", ["light", "dark"])
def test_nobody_is_left_out(browser: Browser, run: LiveRun, look: str) -> None:
    with Visitor(browser, run.entry, without_policy=True) as visitor:
        visitor.wait_for_frame()
        visitor.page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        visitor.page.click("#explain")
        visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = visitor.page.evaluate("axe.run(document)")
        grave = [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert grave == []


def test_nothing_goes_wrong_and_nobody_else_is_asked(visitor: Visitor, run: LiveRun) -> None:
    """Last of those that share a window: what has gathered in it."""
    assert visitor.errors == []
    assert {
        url for url in visitor.asked if not url.startswith((run.url, "data:", "blob:"))
    } == set()


def test_a_run_that_goes_comes_back_and_ends(browser: Browser, tmp_path: Path) -> None:
    source = str(write_clip(tmp_path / "clip.mp4", pictures(70)))
    run = LiveRun(tmp_path / "run", source, "--pace", "source")
    try:
        with Visitor(browser, run.entry) as visitor:
            visitor.wait_for_frame()
            run.stop()
            visitor.page.wait_for_selector("#link-notice:visible")
            assert "lost" in visitor.text("#link-notice")
            seen = visitor.frame()
            run = LiveRun(tmp_path / "run", source, "--resume", port=run.port)
            visitor.page.wait_for_selector("#state:is([data-state=live], [data-state=ended])")
            visitor.page.wait_for_selector("#state[data-state=ended]")
            assert "ended" in visitor.text("#link-notice")
            assert visitor.frame() > seen > 0
        with Visitor(browser, run.entry) as late:
            late.page.wait_for_selector("#state[data-state=ended]")
            late.wait(lambda: "to 70" in late.text("#view-text"))
            assert late.errors == []
    finally:
        run.stop()


def test_a_private_run_shows_who_has_the_token_no_picture(browser: Browser, tmp_path: Path) -> None:
    with LiveRun(tmp_path / "run", "scene:street", "--private", "--token", TOKEN) as run:
        with Visitor(browser, run.url) as visitor:
            visitor.page.fill("#token", "not-the-token")
            visitor.page.click("button[type=submit]")
            visitor.page.wait_for_selector("#wrong:visible")
            visitor.page.fill("#token", TOKEN)
            visitor.page.click("button[type=submit]")
            visitor.page.wait_for_selector("#state[data-state=live]")
            assert visitor.page.url == run.url
            assert "private" in visitor.text("#private-notice")
            visitor.wait(lambda: visitor.page.inner_text("#tiles dd >> nth=0") not in ("", "–"))
            assert visitor.page.locator(".panel:visible").count() == 0
            assert [url for url in visitor.asked if url.endswith((".jpg", ".webp"))] == []
        with Visitor(browser, run.entry) as friend:
            friend.page.wait_for_selector("#state[data-state=live]")
            assert TOKEN in run.entry
            assert friend.page.url == run.url
