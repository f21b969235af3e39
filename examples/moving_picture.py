"""Film a network while it learns: input, reconstruction, change mask and error side by side.

It writes ``learning.webp``, the moving picture of the README. An observer is told of every frame
after it was predicted, so each picture shows what the network made of a frame it had never seen.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from stream_ae import Observer, Step, StreamLearner, open_source, run
from stream_ae.observers.images import panel

FRAMES = 400
EVERY_FRAME_UNTIL, LATER_EVERY = 40, 3  # the network changes fastest at the start
MILLISECONDS = 80  # that each picture is shown
HEADER, MARGIN = 26, 6  # pixels


class Film(Observer):
    """Keep some panels and write them as one animated WebP at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pictures: list[Image.Image] = []
        self._font = ImageFont.load_default(size=15)

    def on_step(self, step: Step) -> None:
        if step.number <= EVERY_FRAME_UNTIL or step.number % LATER_EVERY == 0:
            self._pictures.append(self._draw(step))

    def close(self) -> None:
        first, *others = self._pictures
        durations = [MILLISECONDS] * len(others) + [2000]  # rest on the last one
        first.save(
            self._path,
            save_all=True,
            append_images=others,
            duration=durations,
            loop=0,
            quality=55,
            method=6,
        )

    def _draw(self, step: Step) -> Image.Image:
        panels = Image.fromarray(panel(step))
        picture = Image.new("RGB", (panels.width, panels.height + HEADER), (24, 24, 24))
        picture.paste(panels, (0, HEADER))
        draw = ImageDraw.Draw(picture)
        error = f"squared error: {step.losses.mse:.5f}"
        labels = (f"input, frame {step.number}", "reconstruction", "what changed", error)
        for column, label in enumerate(labels):
            place = (column * panels.width / len(labels) + MARGIN, MARGIN / 2)
            draw.text(place, label, font=self._font, fill=(230, 230, 230))
        return picture


def main(frames: int = FRAMES) -> None:
    with open_source("scene:street") as source:
        run(source, StreamLearner(), observers=[Film(Path("learning.webp"))], frames=frames)
    print(f"{frames} frames in learning.webp")


if __name__ == "__main__":
    main()
