import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from stream_ae.nn.init import Filled, cosines, initialise, sparse_init

SHAPES = pytest.mark.parametrize(
    ("shape", "transposed"),
    [
        ((7, 40), False),  # linear
        ((8, 3, 4, 4), False),  # convolution
        ((16, 8, 4, 4), True),  # transposed convolution: 16 in, 8 out
        ((5, 2), False),
        ((2, 9, 1, 1), True),
    ],
)


def by_unit(weight: Tensor, *, transposed: bool = False) -> Tensor:
    return (weight.transpose(0, 1) if transposed else weight).flatten(1)


@SHAPES
@pytest.mark.parametrize("sparsity", [0.0, 0.5, 0.9, 0.99])
def test_each_output_unit_has_the_exact_share_of_zeros(
    shape: tuple[int, ...], transposed: bool, sparsity: float
) -> None:
    weight = sparse_init(torch.empty(shape), sparsity, transposed=transposed)
    units = by_unit(weight, transposed=transposed)
    fan_in = units.shape[1]
    expected = min(round(sparsity * fan_in), fan_in - 1)
    assert (units == 0).sum(dim=1).tolist() == [expected] * len(units)


@settings(max_examples=60)
@given(
    out=st.integers(1, 6),
    fan_in=st.integers(1, 60),
    sparsity=st.floats(0, 1, exclude_max=True),
    seed=st.integers(0, 1000),
)
def test_no_unit_is_ever_left_without_input(
    out: int, fan_in: int, sparsity: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight = sparse_init(torch.zeros(out, fan_in), sparsity, generator=generator)
    for alive in (weight != 0).sum(dim=1).tolist():
        assert alive >= 1
        assert alive == 1 or abs(fan_in - alive - sparsity * fan_in) <= 0.5
    assert weight.abs().max() <= 1 / math.sqrt(fan_in)


@SHAPES
def test_the_rest_fills_the_range_of_lecun(shape: tuple[int, ...], transposed: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    draws = [
        by_unit(
            sparse_init(torch.empty(shape), 0.5, transposed=transposed, generator=generator),
            transposed=transposed,
        )
        for _ in range(400)
    ]
    values = torch.cat(draws)
    bound = 1 / math.sqrt(values.shape[1])
    kept = values[values != 0]
    assert kept.abs().max() <= bound
    assert kept.abs().max() > 0.98 * bound
    assert kept.mean().abs() < 0.06 * bound
    assert kept.std() == pytest.approx(bound / math.sqrt(3), rel=0.05)


def test_zeros_are_at_random_positions() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = sparse_init(torch.empty(4000, 20), 0.9, generator=generator)
    kept = (weight != 0).sum(dim=0)  # each input is kept by a tenth of the units
    assert kept.min() > 320
    assert kept.max() < 480


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not() -> None:
    def draw(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return sparse_init(torch.empty(6, 50))

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


def test_a_generator_leaves_torchs_own_random_state_alone() -> None:
    before = torch.get_rng_state()
    sparse_init(torch.empty(3, 8), generator=torch.Generator().manual_seed(1))
    assert torch.equal(torch.get_rng_state(), before)


def test_it_works_in_place_on_a_parameter_of_any_layout_and_returns_it() -> None:
    weight = nn.Parameter(torch.empty(8, 16, 3, 3).to(memory_format=torch.channels_last))
    address = weight.data_ptr()
    assert sparse_init(weight) is weight
    assert weight.data_ptr() == address
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert weight.requires_grad
    assert weight.grad_fn is None
    assert (by_unit(weight) == 0).sum(dim=1).tolist() == [round(0.9 * 144)] * 8


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, math.nan])
def test_a_sparsity_out_of_range_is_refused(sparsity: float) -> None:
    with pytest.raises(ValueError, match=rf"sparsity must be in \[0, 1\), got {sparsity}"):
        sparse_init(torch.empty(3, 3), sparsity)


def test_a_weight_without_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(4,\)"):
        sparse_init(torch.empty(4))
    with pytest.raises(ValueError, match=r"got \(4, 0\)"):
        sparse_init(torch.empty(4, 0))
    with pytest.raises(TypeError, match=r"floating point, got torch\.int64"):
        sparse_init(torch.zeros(4, 4, dtype=torch.int64))


def test_a_network_is_initialised_along_the_right_axes_and_its_norms_are_left_alone() -> None:
    convolution, norm, grouped = (
        nn.Conv2d(3, 8, 4),
        nn.GroupNorm(1, 8),
        nn.Conv2d(8, 16, 3, groups=2),
    )
    up, grouped_up = nn.ConvTranspose2d(16, 4, 2), nn.ConvTranspose2d(4, 6, 2, groups=2)
    layer_norm, linear, plain = nn.LayerNorm(5), nn.Linear(5, 7), nn.Linear(7, 2, bias=False)
    inner = nn.Sequential(grouped, nn.LeakyReLU())
    network = nn.Sequential(convolution, norm, inner, up, grouped_up, layer_norm, linear, plain)
    initialise(network, 0.8)
    for layer, transposed, zeros in (
        (convolution, False, round(0.8 * 3 * 16)),
        (grouped, False, round(0.8 * 4 * 9)),
        (up, True, round(0.8 * 16 * 4)),
        (linear, False, 4),
        (plain, False, 6),
    ):
        units = by_unit(layer.weight, transposed=transposed)
        assert (units == 0).sum(dim=1).tolist() == [zeros] * len(units)
    for group in grouped_up.weight.chunk(2):  # two inputs of 2 × 2 for each of three outputs
        assert (by_unit(group, transposed=True) == 0).sum(dim=1).tolist() == [6, 6, 6]
    biases = [layer.bias for layer in (convolution, grouped, up, grouped_up, linear)]
    assert not any(bias.any() for bias in biases if bias is not None)
    for unchanged in (norm, layer_norm):
        assert unchanged.weight.eq(1).all()
        assert unchanged.bias.eq(0).all()


def test_an_initialised_network_still_learns() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ConvTranspose2d(4, 3, 3, groups=1))
    initialise(network)
    network(torch.rand(1, 3, 8, 8)).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("count", [8, 16, 32])
def test_the_filters_are_orthonormal(count: int) -> None:
    flat = cosines(count).flatten(1)
    assert flat.shape == (count, 3 * 8 * 8)
    torch.testing.assert_close(flat @ flat.mT, torch.eye(count), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("count", "terms"), [(8, (6, 1, 1)), (16, (10, 3, 3)), (32, (20, 6, 6))])
def test_brightness_has_most_of_the_cosines(count: int, terms: tuple[int, int, int]) -> None:
    filters = cosines(count)
    patterns = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    strengths = torch.einsum("nchw,kc->nkhw", filters, patterns).square().sum((2, 3))
    kinds = strengths.argmax(1).tolist()
    assert tuple(kinds.count(kind) for kind in range(3)) == terms
    assert kinds == sorted(kinds)


def test_the_lowest_frequencies_come_first() -> None:
    brightness = cosines(16)[:10, 0]
    changes = [
        (
            int((f[:-1] * f[1:] < -1e-6).any(1).sum()),
            int((f[:, :-1] * f[:, 1:] < -1e-6).any(0).sum()),
        )
        for f in brightness
    ]
    assert changes == [
        (0, 0),
        (0, 1),
        (1, 0),
        (0, 2),
        (1, 1),
        (2, 0),
        (0, 3),
        (1, 2),
        (2, 1),
        (3, 0),
    ]


def test_a_cosine_is_that_of_the_transform() -> None:
    x = torch.arange(8)
    down, across = (torch.cos((2 * x + 1) * k * math.pi / 16) for k in (2, 1))
    expected = torch.outer(down, across) * math.sqrt(2 / 8) ** 2 / math.sqrt(3)
    torch.testing.assert_close(cosines(16)[8, 1], expected, atol=1e-5, rtol=0)


def test_what_calls_leave_open_is_filled_in() -> None:
    generator, before = torch.Generator().manual_seed(4), torch.get_rng_state()
    with Filled({"generator": generator, "dtype": torch.float64}):
        layer, given = nn.Linear(3, 2), nn.Linear(3, 2, dtype=torch.float32)
    assert torch.equal(torch.get_rng_state(), before)
    assert layer.weight.dtype == torch.float64
    assert given.weight.dtype == torch.float32
    torch.manual_seed(4)
    assert torch.equal(nn.Linear(3, 2, dtype=torch.float64).weight, layer.weight)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_seed_means_the_same_weights_whatever_the_default_type(dtype: torch.dtype) -> None:
    expected = sparse_init(torch.empty(4, 10), generator=torch.Generator().manual_seed(2))
    torch.set_default_dtype(dtype)
    try:
        weight = torch.empty(4, 10, dtype=torch.float32)
        sparse_init(weight, generator=torch.Generator().manual_seed(2))
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(weight, expected)
