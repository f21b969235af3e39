import ctypes
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from stream_ae.errors import ConfigError
from stream_ae.learning import device
from stream_ae.learning.device import check_threads, pick_device, set_up

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(autouse=True)
def _leave_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)
    torch.set_flush_denormal(False)
    torch.set_deterministic_debug_mode("default")


def test_cpu_is_cpu_also_where_cuda_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(("there", "expected"), [(True, "cuda"), (False, "cpu")])
def test_auto_prefers_cuda(monkeypatch: pytest.MonkeyPatch, there: bool, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert pick_device() == pick_device("auto") == torch.device(expected)


@pytest.mark.parametrize(
    ("built", "reason"), [("13.0", "no CUDA device was found"), (None, "built without CUDA")]
)
def test_cuda_that_is_not_there_is_said_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, built: bool, reason: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built)
    with pytest.raises(ConfigError, match=f"{reason}; use --device auto or cpu"):
        pick_device("cuda")


def test_an_unknown_device_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown device 'gpu'; choose one of auto, cpu, cuda"):
        pick_device("gpu")


def test_the_seed_decides_the_random_numbers() -> None:
    set_up(seed=5)
    first = torch.rand(4)
    set_up(seed=5)
    assert torch.equal(torch.rand(4), first)
    set_up(seed=6)
    assert not torch.equal(torch.rand(4), first)


def test_threads_are_set_only_where_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    set_up(threads=1, seed=0)
    assert torch.get_num_threads() == 1
    set_up(threads=2, seed=0)
    set_up(seed=0)
    assert torch.get_num_threads() == 2


def test_numbers_below_the_normal_range_become_zero() -> None:
    if not torch.set_flush_denormal(False):
        pytest.skip("this processor cannot flush denormal numbers")
    tiny = torch.tensor([1e-38])
    assert (tiny * 1e-3).item() != 0
    set_up(seed=0)
    assert (tiny * 1e-3).item() == 0


def test_where_cuda_is_there_it_is_told_to_give_the_same_result_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "restored afterwards")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    set_up(seed=0)
    assert torch.get_deterministic_debug_mode() == 1  # preferred, with a warning where it is not
    assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


@pytest.mark.parametrize(("library", "kept"), [("glibc", True), ("", False), ("musl", False)])
def test_freed_memory_is_kept_where_the_library_is_glibc(
    monkeypatch: pytest.MonkeyPatch, library: str, kept: bool
) -> None:
    calls: dict[int, int] = {}

    class Library:
        def mallopt(self, option: int, value: int) -> int:
            calls[option] = value
            return 1

    monkeypatch.setattr(platform, "libc_ver", lambda: (library, "2.36"))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    set_up(seed=0)
    # M_MMAP_THRESHOLD is -3 and M_TRIM_THRESHOLD -1 in malloc.h; 32 MiB is glibc's own limit.
    assert calls == ({-3: 32 * 1024**2, -1: 512 * 1024**2} if kept else {})


@pytest.mark.parametrize(("wanted", "advised"), [("[madvise]", True), ("madvise [never]", False)])
def test_the_heap_is_put_into_large_pages_unless_nobody_is_to_have_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: str, advised: bool
) -> None:
    calls = []

    class Library:
        def madvise(self, start: ctypes.c_void_p, size: ctypes.c_size_t, advice: int) -> int:
            calls.append((start.value, size.value, advice))
            return -1

    (tmp_path / "maps").write_text(
        "55d000-55e000 r-xp 0 00:00 7 /usr/bin/python\n"
        "1fff000-7300000 rw-p 00000000 00:00 0                          [heap]\n"
        "7300000-7301000 rw-p 00000000 00:00 0                          [heap]\n"
        "7f0000000000-7f0000900000 rw-p 00000000 00:00 0 \n"
    )
    (tmp_path / "enabled").write_text(wanted)
    monkeypatch.setattr(device, "_MAPS", tmp_path / "maps")
    monkeypatch.setattr(device, "_LARGE_PAGES", tmp_path / "enabled")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    device.use_large_pages.__wrapped__()
    # MADV_HUGEPAGE is 14 and MADV_COLLAPSE 25 in linux/mman.h.
    expected = [(0x2000000, 0x5200000, 14), (0x2000000, 0x5200000, 25)]
    assert calls == (expected if advised else [])


@pytest.mark.parametrize("threads", [0, -2, 5, 999, 1.5, "2"])
def test_threads_that_no_processor_would_serve_are_refused(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    expected = f"threads must be from 1 to 4, the processors here, got {threads!r}"
    with pytest.raises(ConfigError, match=expected):
        set_up(threads=threads, seed=0)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5, "1"])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ConfigError, match="seed must be from 0"):
        set_up(seed=seed)


@pytest.mark.cuda
@needs_cuda
def test_cuda_gives_the_same_result_each_time() -> None:
    set_up(seed=0)
    layer = torch.nn.Conv2d(3, 8, 4, stride=2).to(pick_device("cuda"))
    image = torch.rand(1, 3, 64, 64, device="cuda")
    gradients = []
    for _ in range(3):
        layer.zero_grad()
        layer(image).square().mean().backward()
        assert layer.weight.grad is not None
        gradients.append(layer.weight.grad.clone())
    assert not torch.backends.cudnn.benchmark
    assert torch.equal(gradients[0], gradients[1])
    assert torch.equal(gradients[0], gradients[2])


def test_a_device_of_pytorch_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pick_device(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(ConfigError, match="unknown device 'meta'; choose one of auto, cpu, cuda"):
        pick_device(torch.device("meta"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device(torch.device("cuda:1")) == torch.device("cuda:1")
    with pytest.raises(ConfigError, match="the device 'cuda:2' was asked for, but"):
        pick_device(torch.device("cuda:2"))


def test_true_is_no_number_of_threads() -> None:
    with pytest.raises(ConfigError, match=r"threads must be from 1 to .*, got True; 1 will do"):
        check_threads(True)
