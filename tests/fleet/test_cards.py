import json
from dataclasses import replace

from tests.support.staged_wall import FLEET, learning, picture, sight

from stream_ae.fleet.cards import cards
from stream_ae.fleet.status import CameraStatus


def test_cards_are_plain_values_and_pictures_come_in_their_order() -> None:
    values, pictures = cards(FLEET, runs="/runs")
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    named = [value["name"] for value in values if value["pictures"] == ["frame"]]
    assert named == ["door", "yard", "hall"]
    assert pictures == [picture(90), picture(150), picture(90)]


def test_a_camera_whose_process_is_not_there_yet_has_a_folder() -> None:
    (card,), _ = cards([CameraStatus("lift", "waiting")], runs="/runs")
    assert card["directory"] == "/runs/lift"


def test_all_panels_of_a_camera_come_after_one_another() -> None:
    both = replace(learning("door"), sight=sight(90, "frame", "error"))
    values, pictures = cards([both, learning("yard", level=150)], runs="/runs")
    assert [value["pictures"] for value in values] == [["frame", "error"], ["frame"]]
    assert pictures == [picture(90), picture(90), picture(150)]
    assert values[0]["frame"] == both.sight.numbers  # type: ignore[union-attr]
