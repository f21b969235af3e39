import json
from dataclasses import replace

from tests.support.staged_wall import FLEET, learning, picture

from stream_ae.fleet.cards import cards
from stream_ae.fleet.status import CameraStatus


def test_cards_are_plain_values_and_pictures_come_in_their_order() -> None:
    values, pictures = cards(FLEET, runs="/runs")
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    named = [value["name"] for value in values if value["pictured"]]
    assert named == ["door", "yard", "hall"]
    assert pictures == [picture(90), picture(150), picture(90)]


def test_a_camera_whose_process_is_not_there_yet_has_a_folder() -> None:
    (card,), _ = cards([CameraStatus("lift", "waiting")], runs="/runs")
    assert card["directory"] == "/runs/lift"


def test_a_number_that_is_none_is_left_out() -> None:
    samples = (("stream_ae_loss_mse", "", float("nan")), ("stream_ae_change_ratio", "", 0.5))
    (card,), _ = cards([replace(learning("door"), samples=samples)], runs="/runs")
    frame = card["frame"]
    assert isinstance(frame, dict)
    assert frame["scalars"] == {"change/ratio": 0.5}
