import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.picture import PictureLoss

Rgb = NDArray[np.uint8]
RNG = np.random.default_rng(0)
SCENE = np.kron(RNG.integers(40, 220, (8, 8)), np.ones((12, 12), int))[..., None].repeat(3, 2)


def shot(picture: NDArray[np.floating] | NDArray[np.int64], *, noise: float = 2) -> Rgb:
    noisy = picture + RNG.normal(0, noise, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def told(loss: PictureLoss, frames: list[Rgb]) -> list[tuple[int, str]]:
    """(frame, kind) at 20 frames a second."""
    found = [(n, loss.update(rgb, elapsed=0.05)) for n, rgb in enumerate(frames)]
    return [(n, kind) for n, kind in found if kind is not None]


USUAL = [shot(SCENE) for _ in range(40)]
HAND = 60 + 20 * np.linspace(0, 1, 96)[:, None, None] * np.ones((96, 96, 3))


def test_a_hand_before_the_lens_covers_it_once() -> None:
    frames = [*USUAL, *[shot(HAND) for _ in range(40)], *USUAL]
    assert told(PictureLoss(), frames) == [(50, "covered")]


def test_a_grey_picture_is_covered_from_the_start() -> None:
    assert told(PictureLoss(), [shot(np.full((96, 96, 3), 120))] * 20) == [(10, "covered")]


def test_a_dark_picture_is_black() -> None:
    frames = [*USUAL, *[shot(np.full((96, 96, 3), 3)) for _ in range(40)]]
    assert told(PictureLoss(), frames) == [(50, "black")]


def test_a_glance_is_not_told() -> None:
    assert told(PictureLoss(), [*USUAL, *[shot(HAND) for _ in range(8)], *USUAL]) == []


def test_light_that_goes_does_not_cover() -> None:
    for light in (0.3, 0.5, 1.1):
        frames = [*USUAL, *[shot(light * SCENE) for _ in range(40)]]
        assert told(PictureLoss(), frames) == []


def test_another_scene_does_not_cover() -> None:
    other = np.roll(SCENE[::-1], 7, 1)
    assert told(PictureLoss(), [*USUAL, *[shot(other) for _ in range(40)]]) == []


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = PictureLoss(), PictureLoss()
    covered = [shot(HAND) for _ in range(20)]
    told(one, [*USUAL, *covered[:5]])
    assert one.is_likely
    other.load_state_dict(one.state_dict())
    assert told(other, covered) == told(one, covered) == [(5, "covered")]
