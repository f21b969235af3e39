"""The documentation's pictures of the live page: ``python -m tests.support.live_pictures FOLDER``.

A real run is watched by a real browser, in each look once; all show the same minute.
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.support.live import ARGUMENTS, CHROMIUM, LiveRun, Visitor

LEARNED = 600  # frames until the pictures are taken: some events, and novelty has begun
_PATIENCE_S = 500.0  # until it has learned them, on a busy machine
_QUALITY = 88  # of a WebP; letters stay sharp


class Look(NamedTuple):
    """How the page is looked at."""

    width: int
    height: int
    dark: bool = False
    pressed: str = ""


LOOKS = {
    "live-light.webp": Look(1440, 1000),
    "live-dark.webp": Look(1440, 1000, dark=True, pressed="e"),
    "live-phone.webp": Look(390, 844),
    "live-wall.webp": Look(2560, 1440, dark=True),
}


def take(folder: Path) -> None:
    """Take every picture."""
    with (
        tempfile.TemporaryDirectory() as run_folder,
        LiveRun(Path(run_folder) / "run", "scene:street", defaults=True) as run,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, look in LOOKS.items():
            with Visitor(browser, run.entry) as visitor:
                page = visitor.page
                page.emulate_media(color_scheme="dark" if look.dark else "light")
                page.set_viewport_size({"width": look.width, "height": look.height})
                visitor.wait(lambda: visitor.frame() >= LEARNED, seconds=_PATIENCE_S)
                page.keyboard.press(look.pressed or "Escape")
                page.wait_for_timeout(2500)
                _keep(page.screenshot(), folder / name)
        browser.close()


def _keep(png: bytes, path: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png)
        file.flush()
        Image.open(file.name).convert("RGB").save(path, quality=_QUALITY, method=6)
    print(path)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
