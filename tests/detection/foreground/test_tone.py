import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.detection.foreground.tone import Tone

Bytes = NDArray[np.uint8]


def scene(seed: int = 0) -> Bytes:
    blocks = np.random.default_rng(seed).integers(30, 200, (14, 14, 3)).astype(np.uint8)
    return np.repeat(np.repeat(blocks, 8, axis=0), 8, axis=1)


def nothing() -> Bytes:
    return np.zeros(scene().shape[:2], np.uint8)


def error(one: Bytes, other: Bytes) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_a_slow_change_is_followed() -> None:
    tone = Tone()
    for k in range(40):
        darker = (scene() * (1 - 0.005 * k)).astype(np.uint8)
        matched = tone.match(darker, scene(), skip=nothing())
    assert error(darker, scene()) > 15
    assert error(matched, scene()) < 4


def test_a_tone_is_each_colours_own() -> None:
    tone = Tone()
    for k in range(30):
        warmer = scene().copy()
        warmer[..., 0] += np.uint8(k)
        matched = tone.match(warmer, scene(), skip=nothing())
    assert np.abs(matched[..., 0].astype(int) - scene()[..., 0]).mean() < 2
    np.testing.assert_array_equal(matched[..., 1:], scene()[..., 1:])


def test_a_picture_in_its_tone_stays_as_it_is() -> None:
    assert np.array_equal(Tone().match(scene(), scene(), skip=nothing()), scene())


def test_an_object_is_no_tone() -> None:
    tone, picture, skip = Tone(), scene(), nothing()
    picture[:90, :40] = 250
    skip[:90, :40] = 1
    for _ in range(20):
        matched = tone.match(picture, scene(), skip=skip)
    np.testing.assert_array_equal(matched, picture)


def test_another_scene_is_shown_as_it_is() -> None:
    tone = Tone()
    worse = [
        error(tone.match(scene(seed), scene(), skip=nothing()), scene(seed)) for seed in range(1, 9)
    ]
    assert max(worse) < 10


def test_it_goes_on_from_its_state() -> None:
    one, other = Tone(), Tone()
    for k in range(9):
        one.match((scene() * (1 - 0.01 * k)).astype(np.uint8), scene(), skip=nothing())
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.state_dict()["delta"], other.state_dict()["delta"])
    darker = (scene() * 0.9).astype(np.uint8)
    np.testing.assert_array_equal(
        one.match(darker, scene(), skip=nothing()), other.match(darker, scene(), skip=nothing())
    )
