import pickle
from pathlib import Path

from stream_ae.fleet.spec import CameraSpec


def test_the_run_folder_has_the_name_of_the_camera() -> None:
    spec = CameraSpec("door", {"source": "scene:quiet"}, cpus=0.5, runs="/data/runs")
    assert spec.directory == Path("/data/runs/door")


def test_it_travels() -> None:
    spec = CameraSpec("door", {"source": "scene:quiet", "zone": ["a=0,0,1,1"]}, cpus=0.5, runs="r")
    assert pickle.loads(pickle.dumps(spec)) == spec
