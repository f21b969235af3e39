import numba
import numpy as np
import pytest
import torch

from stream_ae.kernels.jit import Loop, Rows, can_loop, inner_loop, loop, rows_of


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


def test_it_runs_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_for_real, asked = numba.njit, []

    def njit(*, cache: bool, **options: bool | str | set[str]) -> object:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_for_real(**options)  # type: ignore[call-overload]

    monkeypatch.setattr(numba, "njit", njit)
    assert Loop(_halved.function, inline=False)(np.float32(3.0)) == 1.5
    assert asked == [True, False]


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
