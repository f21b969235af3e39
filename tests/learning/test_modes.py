import threading
from collections.abc import Iterator

import pytest
import torch

from stream_ae.learning.modes import at_work

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _two_threads_outside() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def _flushes() -> bool:
    return (torch.tensor([1e-38]) * 1e-3).item() == 0.0


@pytest.mark.parametrize(
    "outside",
    [
        torch.no_grad(),
        torch.inference_mode(),
        torch.autocast("cpu", dtype=torch.bfloat16),
        torch.set_grad_enabled(True),
        torch.device("meta"),
    ],
    ids=["no_grad", "inference_mode", "autocast", "plain", "another device"],
)
def test_work_is_done_the_same_whatever_is_set_around_it(outside: torch.no_grad) -> None:
    with outside:
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        with at_work(CPU, threads=1):
            assert torch.is_grad_enabled()
            assert not torch.is_inference_mode_enabled()
            assert not torch.is_autocast_enabled("cpu")
            assert not torch.zeros(1).is_inference()
            assert torch.zeros(1).device == CPU
        assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before


def test_the_threads_are_those_of_before_afterwards() -> None:
    with at_work(CPU, threads=1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with at_work(CPU, threads=None):
        assert torch.get_num_threads() == 2


def test_the_threads_are_those_of_before_after_an_error_too() -> None:
    with pytest.raises(RuntimeError, match="broken"), at_work(CPU, threads=1):
        raise RuntimeError("broken")
    assert torch.get_num_threads() == 2


def test_other_threads_keep_their_number() -> None:
    seen: list[int] = []

    def work() -> None:
        torch.set_num_threads(2)
        seen.append(torch.get_num_threads())
        with at_work(CPU, threads=1):
            seen.append(torch.get_num_threads())
        seen.append(torch.get_num_threads())

    other = threading.Thread(target=work)
    with at_work(CPU, threads=1):
        other.start()
        other.join()
        assert torch.get_num_threads() == 1
    assert seen == [2, 1, 2]
    assert torch.get_num_threads() == 2


def test_tiny_numbers_are_zero_only_while_at_work() -> None:
    if not torch.set_flush_denormal(False):
        pytest.skip("this processor cannot flush denormal numbers")
    with at_work(CPU, threads=1):
        assert _flushes()
    assert not _flushes()
    torch.set_flush_denormal(True)
    with at_work(CPU, threads=1):
        assert _flushes()
    assert _flushes()
