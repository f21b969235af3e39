import re
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae import ConfigError, Frame, StreamLearner, open_source
from stream_ae.nn import losses, to_tensor
from stream_ae.runs.config import TrainConfig
from stream_ae.settings import choices
from stream_ae.settings.choices import check_choice
from stream_ae.sources import GymEnv


@pytest.mark.parametrize(
    ("default", "kind"),
    [
        (choices.DEVICE, choices.Device),
        (choices.FIT, choices.Fit),
        (choices.OBJECTIVE, choices.Objective),
        (choices.POLICY, choices.Policy),
        (choices.SIZE, choices.Size),
    ],
)
def test_a_default_is_one_of_its_choices(default: str, kind: object) -> None:
    assert default in get_args(kind)


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary(), st.lists(st.text())))
def test_what_is_not_among_the_choices_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=re.escape(f"got {value!r}; choose one of them")):
        check_choice(value, choices.Fit, name="fit")


@pytest.mark.parametrize("value", get_args(choices.Fit))
def test_a_choice_is_let_through(value: str) -> None:
    check_choice(value, choices.Fit, name="fit")


def test_one_choice_alone_is_named_without_or() -> None:
    with pytest.raises(ValueError, match=r"^only must be 'this', got 'that'; choose one of them$"):
        check_choice("that", Literal["this"], name="only")


RGB = np.zeros((4, 6, 3), np.uint8)
WRONG: dict[str, Callable[[Any], object]] = {
    "fit of a learner": lambda wrong: StreamLearner(fit=wrong),
    "objective of a learner": lambda wrong: StreamLearner(objective=wrong),
    "size of a learner": lambda wrong: StreamLearner(size=wrong),
    "device of a learner": lambda wrong: StreamLearner(device=wrong),
    "fit of a frame": lambda wrong: to_tensor(Frame(RGB).rgb, fit=wrong),
    "policy of an environment": lambda wrong: GymEnv("CartPole-v1", policy=wrong),
    "policy of any stream": lambda wrong: open_source("scene:street", policy=wrong),
    "fit of a run": lambda wrong: TrainConfig(source="a.mp4", fit=wrong),
    "size of a run": lambda wrong: TrainConfig(source="a.mp4", size=wrong),
    "device of a run": lambda wrong: TrainConfig(source="a.mp4", device=wrong),
    "policy of a run": lambda wrong: TrainConfig(source="a.mp4", policy=wrong),
    "objective of a run": lambda wrong: TrainConfig(source="a.mp4", objective=wrong),
}


@pytest.mark.parametrize("wrong", ["zoom", "", "FULL", None, 3, RGB])
@pytest.mark.parametrize("place", WRONG)
def test_a_wrong_word_is_refused_where_it_is_given(place: str, wrong: object) -> None:
    with pytest.raises((ValueError, ConfigError)) as error:
        WRONG[place](wrong)
    name = place.split()[0]
    assert name in str(error.value)
    assert re.search("stretch|auto|full|random|base", str(error.value))


def test_a_wrong_objective_of_an_image_is_refused() -> None:
    image = to_tensor(RGB, size=(16, 16))
    wrong: Any = "ssim"
    with pytest.raises(ValueError, match="objective must be 'full' or 'mse', got 'ssim'"):
        losses.objective(image, image, mask=image[0, 0] > 0, kind=wrong)
