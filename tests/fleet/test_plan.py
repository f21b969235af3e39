from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.fleet.plan import check_name, read_plan
from stream_ae.fleet.spec import CameraSpec, Value

FILE = """
name = "shop"
runs = "learned"

[defaults]
size = "small"
cpus = 0.5

[camera.door]
source = "rtsp://user:${DOOR_PASSWORD}@10.0.0.5/live"
zone = ["till=0.1,0.2,0.4,0.2,0.4,0.6"]

[camera.yard]
source = "scene:quiet"
size = "base"
cpus = 0.25
"""


def test_a_camera_has_the_defaults_and_what_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(FILE)
    plan = read_plan(path)
    runs = str(tmp_path / "learned")
    assert (plan.name, plan.runs) == ("shop", runs)
    door: dict[str, Value] = {
        "size": "small",
        "source": "rtsp://user:${DOOR_PASSWORD}@10.0.0.5/live",
        "zone": ["till=0.1,0.2,0.4,0.2,0.4,0.6"],
    }
    yard: dict[str, Value] = {"size": "base", "source": "scene:quiet"}
    assert list(plan.cameras.values()) == [
        CameraSpec("door", door, cpus=0.5, runs=runs),
        CameraSpec("yard", yard, cpus=0.25, runs=runs),
    ]


def test_what_is_left_out_has_a_name_and_a_place(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[camera.a]\nsource = "scene:quiet"\n')
    plan = read_plan(path)
    assert (plan.name, plan.runs) == ("fleet", str(tmp_path / "runs"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = ", "TOML was expected: .*; mend it"),
        ("", r"a fleet must have a camera, got none; add \[camera.NAME\] with a source"),
        ("camera = 3", "a fleet must have a camera"),
        ("speed = 3", "unknown key 'speed'"),
        ("runs = 3", "runs must be a text, got 3"),
        ('name = "a/b"', "the name of a fleet must be letters, digits, - and _.*got 'a/b'"),
        ("[camera]\ndoor = 3", r"\[camera.door\] must be a table, got 3"),
        ('[camera."../door"]\nsource = "scene:quiet"', "the name of a camera must be letters"),
        ('[camera.door]\nsource = "scene:quiet"\nsize = "tiny"', "camera door: size must be one"),
        ('[camera.door]\nsource = "scene:quiet"\ncpus = 0', "camera door: cpus must be a number"),
        ('[camera.door]\nsource = "scene:quiet"\nzone = [1]', r"zone in \[camera.door\] must be"),
        ('[defaults]\nsource = "scene:quiet"\n[camera.a]', "each camera has a source of its own"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_its_place(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=f"fleet.toml: {expected}") as caught:
        read_plan(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.toml: a fleet's file was expected: No such file"):
        read_plan(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "..", "a" * 64, "a:b", "ä"])
def test_a_name_that_could_be_something_else_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="the name of a camera must be letters, digits"):
        check_name(name, what="a camera")
    check_name("Door-2_b", what="a camera")
