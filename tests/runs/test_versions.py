import json
import platform

import torch

from stream_ae.runs.versions import versions


def test_versions_are_plain_text() -> None:
    written = json.loads(json.dumps(versions()))
    assert written["torch"] == torch.__version__
    assert written["python"] == platform.python_version()
    assert written["stream-ae"]
