from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.fleet.options import ASLEEP_CPUS, CPUS, checked, cpus_of, watch_config
from stream_ae.fleet.spec import Value


def test_a_camera_goes_on_with_its_run_and_waits_for_ever(tmp_path: Path) -> None:
    options: dict[str, Value] = {
        "source": "scene:quiet",
        "size": "small",
        "zone": ["a=0,0,1,0,1,1"],
    }
    config = watch_config(options, directory=tmp_path / "door")
    assert (config.source, config.size, config.zone) == ("scene:quiet", "small", ("a=0,0,1,0,1,1",))
    assert config.run_dir == tmp_path / "door"
    assert (config.resume, config.source_moved, config.threads) == (True, True, 1)
    assert (config.give_up_after, config.progress) == (0.0, False)
    assert watch_config({**options, "give_up_after": 60}, directory=tmp_path).give_up_after == 60


def test_checkpoints_of_a_fleet_are_spread(tmp_path: Path) -> None:
    options: dict[str, Value] = {"source": "scene:quiet", "checkpoint_every": 60}
    door, yard = (watch_config(options, directory=tmp_path / name) for name in ("door", "yard"))
    assert 48 <= door.checkpoint_every <= 60
    assert 48 <= yard.checkpoint_every <= 60
    assert door.checkpoint_every != yard.checkpoint_every


def test_paths_begin_in_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    options = checked(
        {"source": "clip.mp4", "masks": "masks", "scores": "/tmp/a.csv", "webhook": "http://h/x"},
        folder=tmp_path,
    )
    assert options == {
        "source": str(tmp_path / "clip.mp4"),
        "masks": str(tmp_path / "masks"),
        "scores": "/tmp/a.csv",
        "webhook": "http://h/x",
    }
    assert watch_config(options, directory=tmp_path).masks == tmp_path / "masks"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "a camera must have a source, got none; add one"),
        ({"source": "clip.mp5"}, "unknown source 'clip.mp5': no such file"),
        ({"source": "-"}, "source must be a stream that can be opened again, got '-'"),
        ({"source": "scene:quiet", "run_dir": "x"}, "run_dir is seen to by the fleet, got 'x'"),
        ({"source": "scene:quiet", "live": True}, "live is seen to by the fleet"),
        ({"source": "scene:quiet", "port": 80}, "port is seen to by the fleet"),
        ({"source": "scene:quiet", "sizes": "small"}, "unknown option 'sizes'"),
        ({"source": "scene:quiet", "size": "tiny"}, "size must be one of .*, got 'tiny'"),
        ({"source": "scene:quiet", "absorb": -1}, "absorb must be seconds above 0, got -1"),
        ({"source": "scene:quiet", "gate": "yes"}, "gate must be bool, got 'yes'"),
        ({"source": "rtsp://me:pw@h/"}, r"got 'rtsp://me:\*\*\*@h/'; write"),
        ({"source": "scene:quiet", "mqtt": "mqtt://me:pw@h"}, "mqtt must hold no login"),
        ({"source": "rtsp://${A@h/"}, "a reference must be"),
        ({"source": "scene:quiet", "clips": True, "private": True}, "clips and private"),
    ],
)
def test_what_makes_no_run_is_refused_in_a_line(options: dict[str, Value], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        checked(options, folder=Path("/nowhere"))
    assert "\n" not in str(caught.value)


def test_a_reference_stays_as_it_is_and_is_checked_as_far_as_it_can_be() -> None:
    options = checked({"source": "${DOOR}", "webhook": "https://h/${HOOK}"}, folder=Path())
    assert options == {"source": "${DOOR}", "webhook": "https://h/${HOOK}"}
    with pytest.raises(ConfigError, match="webhook"):
        checked({"source": "${DOOR}", "webhook": "ftp://h/${HOOK}"}, folder=Path())


def test_names_with_dashes_are_the_same() -> None:
    options = checked({"source": "scene:quiet", "checkpoint-every": 5}, folder=Path())
    assert options["checkpoint_every"] == 5


def test_a_camera_that_sleeps_has_a_smaller_share_unless_it_says_otherwise() -> None:
    assert cpus_of(None, gate=False) == CPUS
    assert cpus_of(None, gate=True) == ASLEEP_CPUS < CPUS
    assert cpus_of(2, gate=True) == 2.0
    wrong: list[Value] = [0, -1, True, "1", float("nan")]
    for value in wrong:
        with pytest.raises(ConfigError, match="cpus must be a number above 0, got"):
            cpus_of(value, gate=False)
