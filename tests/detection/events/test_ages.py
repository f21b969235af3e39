import numpy as np

from stream_ae.detection.events.ages import PixelAges

GREY = np.full((8, 8, 3), 100, np.uint8)


def test_pixels_that_do_not_change_grow_older_by_the_second() -> None:
    ages = PixelAges()
    for _ in range(5):
        look = ages.look(GREY, noise=1, elapsed=0.5)
    assert look.luma[0, 0] == np.float32(100)
    assert (look.age == 2.5).all()


def test_a_change_begins_again_where_it_is() -> None:
    ages, changed = PixelAges(), GREY.copy()
    changed[0, 0] = 255
    ages.look(GREY, noise=1, elapsed=0.5)
    age = ages.look(changed, noise=1, elapsed=0.5).age
    assert (age == 0).sum() == 4  # a mean over 3 × 3 pixels is within one pixel of it
    assert age[4, 4] == 1


def test_slow_light_is_no_change_and_noise_is_none() -> None:
    ages = PixelAges()
    for level in range(100, 150):
        look = ages.look(np.full((8, 8, 3), level, np.uint8), noise=1, elapsed=0.1)
    assert (look.age > 4.9).all()
    jump = np.full((8, 8, 3), 162, np.uint8)
    assert (ages.look(jump, noise=5, elapsed=0.1).age > 0).all()
    assert (ages.look(GREY, noise=5, elapsed=0.1).age == 0).all()


def test_what_is_forgotten_begins_again() -> None:
    ages = PixelAges()
    ages.look(GREY, noise=1, elapsed=0.5)
    ages.forget()
    assert (ages.look(GREY, noise=1, elapsed=0.5).age == 0.5).all()


def test_restored_ones_go_on_as_the_first() -> None:
    one, other = PixelAges(), PixelAges()
    other.load_state_dict(one.state_dict())
    one.look(GREY, noise=1, elapsed=0.5)
    other.load_state_dict(one.state_dict())
    assert (other.look(GREY, noise=1, elapsed=0.5).age == 1).all()
    assert (one.look(GREY, noise=1, elapsed=0.5).age == 1).all()
