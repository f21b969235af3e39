import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import torch

import stream_ae
from stream_ae.kernels.jit import (
    Loop,
    Rows,
    can_loop,
    compilations,
    inner_loop,
    loop,
    rows_of,
)


@inner_loop
def _halved(x: np.float32) -> np.float32:
    return x / np.float32(2.0)


@loop
def _sum_of_halves(values: Rows) -> np.float32:
    total = np.float32(0.0)
    for k in range(values.size):
        total += _halved(values[k])
    return total


def test_a_loop_may_call_another() -> None:
    assert _sum_of_halves(np.arange(5, dtype=np.float32)) == 5.0
    assert _sum_of_halves.folder is not None
    assert list(_sum_of_halves.folder.glob("test_jit._sum_of_halves*.nbc"))


def test_an_inner_loop_is_not_called_from_python() -> None:
    with pytest.raises(TypeError, match="a call of _halved from Python; wrap its function in loop"):
        _halved(np.float32(1.0))


def test_what_is_not_a_number_stays_so() -> None:
    values = np.ones(100, np.float32)
    values[37] = np.nan
    assert np.isnan(_sum_of_halves(values))
    values[37] = np.inf
    assert np.isinf(_sum_of_halves(values))


def test_a_division_by_zero_is_infinite() -> None:
    @loop
    def inverse(x: np.float32) -> np.float32:
        return np.float32(1.0) / x

    assert np.isinf(inverse(np.float32(0.0)))


@pytest.fixture
def not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loop, "are_kept", True)  # and back to what it was


@pytest.mark.usefixtures("not_kept")
def test_it_runs_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_for_real, asked = numba.njit, []

    def njit(*, cache: bool, **options: bool | str | set[str]) -> object:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_for_real(**options)  # type: ignore[call-overload]

    monkeypatch.setattr(numba, "njit", njit)
    halve = Loop(_halved.function, inline=False)
    assert halve.folder is None
    assert halve(np.float32(3.0)) == 1.5
    assert asked == [True, False]
    assert not Loop.are_kept


@pytest.mark.usefixtures("not_kept")
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), EOFError()])
def test_it_runs_where_the_disk_fails_it_later(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_for_real = numba.njit

    def fail(_: np.float32) -> np.float32:
        raise error

    def njit(*, cache: bool, **options: bool | str | set[str]) -> object:
        if cache:
            return lambda _: fail
        return compile_for_real(**options)  # type: ignore[call-overload]

    monkeypatch.setattr(numba, "njit", njit)
    halve = Loop(_halved.function, inline=False)
    assert [halve(np.float32(3.0)), halve(np.float32(5.0))] == [1.5, 2.5]
    assert not Loop.are_kept


def test_a_loop_that_compiles_is_named_once() -> None:
    @loop
    def doubled(x: np.float32) -> np.float32:
        return x + x

    doubled.function.__module__ = "stream_ae.kernels.jit"
    doubled.compiled = doubled._compile(keep=False)  # not even from an earlier run of this test
    seen = []
    for _ in range(2):
        with compilations() as names:
            assert doubled(np.float32(1.5)) == 3.0
        seen.append(names)
    assert seen == [["doubled"], []]


ERROR = """
import torch
from stream_ae.kernels.losses import mean_squared_error
print(mean_squared_error(torch.rand(1, 3, 8, 9), torch.ones(1, 3, 8, 9)).shape)
"""


def start(folder: Path, **variables: str) -> subprocess.Popen[str]:
    """A process that needs one small loop."""
    return subprocess.Popen(
        [sys.executable, "-c", ERROR],
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_may_compile_at_once_and_a_damaged_file_is_compiled_again(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        both = [start(tmp_path, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
        said = [(*process.communicate(timeout=120), process.returncode) for process in both]
        assert said == [("torch.Size([])\n", "", 0)] * 2
        kept = [*tmp_path.rglob("*.nbi")]
        assert kept
        for path in kept:
            path.write_bytes(b"")


@pytest.mark.slow
def test_where_the_program_may_not_write_the_users_cache_keeps_it(tmp_path: Path) -> None:
    package = Path(stream_ae.__file__).parent
    copy = tmp_path / "stream_ae"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "kernels" / "__pycache__").touch()  # where a folder should be, so that it is not made
    cache = tmp_path / "cache"
    variables = {"XDG_CACHE_HOME": str(cache), "NUMBA_CACHE_DIR": "", "PYTHONPATH": str(tmp_path)}
    with start(tmp_path, **variables) as process:
        said = process.communicate(timeout=120)
    assert said == ("torch.Size([])\n", "")
    assert [path.name.partition("-")[0] for path in cache.rglob("*.nbi")] == [
        "losses._squared_error"
    ]


def test_loops_are_for_float32_on_the_cpu() -> None:
    image = torch.zeros(1, 3, 4, 5)
    assert can_loop(image, image)
    assert not can_loop(image, image.double())
    assert not can_loop(image.to("meta"))
    assert not can_loop(image, image[..., 1:])


def test_rows_of_a_picture_are_a_view_of_channels_last_memory() -> None:
    image = torch.arange(60.0).reshape(1, 3, 4, 5)
    for memory in (torch.contiguous_format, torch.channels_last):
        rows = rows_of(image.clone(memory_format=memory))
        assert rows.shape == (4, 15)
        assert rows.flags.c_contiguous
        assert rows[2, 3 * 4 + 1] == image[0, 1, 2, 4]
    kept = image.clone(memory_format=torch.channels_last).requires_grad_()
    rows_of(kept)[0, 0] = 7.0
    assert kept[0, 0, 0, 0] == 7.0


@pytest.mark.slow
def test_the_run_that_compiles_computes_the_same_bits_as_those_after_it(tmp_path: Path) -> None:
    program = """
import numpy as np, torch
from stream_ae.detection import ChangeDetector
from stream_ae.kernels.losses import Weights, objective
from stream_ae.kernels.preconditioner import precondition
from stream_ae.nn import to_tensor

generator = torch.Generator().manual_seed(0)
image, target = torch.rand(2, 1, 3, 50, 60, generator=generator).unbind()
mask, intensity = ChangeDetector().update(image, target)
x = image.clone().requires_grad_()
weights = Weights(detail=4.0, gradient=0.1, ssim=0.05)
metrics = objective(x, target, mask=intensity > 0.3, weights=weights, stride=3)
metrics[3].backward()
step = precondition(
    x.grad.flatten(), momentum=torch.zeros(9000), second=torch.zeros(9000),
    tiles=np.array([0, 3000, 9000]), decays=(0.9, 0.95), floor=0.01, power=-1.3,
    correction=0.5, tiny=1e-15,
)
frame = (image[0] * 255).byte().permute(1, 2, 0).numpy()
small = to_tensor(frame, size=(20, 30))
for result in (mask, intensity, torch.stack(metrics), x.grad, step, small):
    print(result.detach().contiguous().numpy().tobytes().hex())
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert any(tmp_path.iterdir())  # it was compiled for the first of them
    assert outputs[0]
    assert outputs[0] == outputs[1]


@pytest.mark.slow
def test_loops_bring_no_linear_algebra_and_those_of_others_still_get_it() -> None:
    pytest.importorskip("scipy.linalg")
    program = """
import sys
import numba, numpy as np, torch
from stream_ae.kernels.losses import mean_squared_error

assert mean_squared_error(*torch.ones(2, 1, 3, 8, 8)).item() == 0.0
assert not {"scipy.linalg", "scipy.linalg.cython_blas"} & {*sys.modules}
product = numba.njit(lambda one, other: np.dot(one, other))(np.eye(2), np.eye(2))
assert np.array_equal(product, np.eye(2))
"""
    subprocess.run([sys.executable, "-c", program], check=True)
