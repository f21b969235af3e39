"""The documentation's pictures of the live page: ``python -m tests.support.live_pictures FOLDER``.

A real run is watched by a real browser, in each look once; all show the same minute.
"""

import io
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.support.live_run import LiveRun
from tests.support.tabs import ARGUMENTS, CHROMIUM

LEARNED = 600  # frames until the pictures are taken: some events, and novelty has begun
_PATIENCE = 600_000.0  # milliseconds until it has learned them, on a busy machine
_QUALITY = 88  # of a WebP; letters stay sharp
_MOST_BYTES = 300_000


class Look(NamedTuple):
    """How the page is looked at."""

    width: int
    height: int
    dark: bool = False
    pressed: str = "Escape"
    sharpness: int = 1  # of the screen: its pixels to one of the page's


LOOKS = {
    "live-light.webp": Look(1440, 1440),
    "live-dark.webp": Look(1440, 1000, dark=True, pressed="e"),
    "live-phone.webp": Look(390, 844, sharpness=2),
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
            page = browser.new_page(
                locale="en-GB",
                color_scheme="dark" if look.dark else "light",
                viewport={"width": look.width, "height": look.height},
                device_scale_factor=look.sharpness,
                is_mobile=look.sharpness > 1,
            )
            page.set_default_timeout(_PATIENCE)
            page.goto(run.url)
            page.wait_for_function(
                "least => document.querySelector('#tiles div:last-child dd').textContent"
                ".replace(/\\D/g, '') >= least",
                arg=LEARNED,
            )
            page.keyboard.press(look.pressed)
            page.wait_for_timeout(2500)
            _keep(page.screenshot(), folder / name)
            page.close()
        browser.close()


def _keep(png: bytes, path: Path) -> None:
    Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=_QUALITY, method=6)
    print(path, path.stat().st_size)
    assert path.stat().st_size < _MOST_BYTES


if __name__ == "__main__":
    take(Path(sys.argv[1]))
