from pathlib import Path

import pytest
import torch

from stream_ae.errors import ConfigError
from stream_ae.optim.imported import imported_optimizer
from stream_ae.optim.registry import build_optimizer


def test_an_optimizer_of_the_present_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own_optim.py").write_text(
        "import torch\nclass Mine(torch.optim.SGD):\n    pass\n"
    )
    monkeypatch.chdir(tmp_path)
    assert imported_optimizer("my_own_optim:Mine").__name__ == "Mine"
    made = build_optimizer("my_own_optim:Mine", [torch.nn.Parameter(torch.zeros(2))], lr=0.5)
    assert (type(made).__name__, made.param_groups[0]["lr"]) == ("Mine", 0.5)


def test_one_that_asks_for_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_greedy_optim.py").write_text(
        "import torch\nclass Greedy(torch.optim.SGD):\n"
        "    def __init__(self, parameters, beta):\n        super().__init__(parameters)\n"
    )
    monkeypatch.chdir(tmp_path)
    weights = [torch.nn.Parameter(torch.zeros(2))]
    with pytest.raises(ConfigError, match="argument: 'beta'; give its other"):
        build_optimizer("my_greedy_optim:Greedy", weights)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_package:Adam", "No module named 'no_such_package'"),
        ("torch.optim:NoSuch", "has no attribute 'NoSuch'"),
        ("torch.nn:Linear", "is none"),
        ("math:pi", "is none"),
        (":Adam", "Empty module name"),
        ("torch.optim:", "has no attribute"),
    ],
)
def test_what_is_no_optimizer_is_one_line(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"must be package\.module:Class") as refusal:
        imported_optimizer(name)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
