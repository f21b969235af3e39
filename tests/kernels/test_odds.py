"""Corrections of a picture in log-odds, and their gradient by hand."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.kernels.odds import LEAST, corrected


def pair(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    picture = torch.rand(2, 3, 5, generator=draw, dtype=torch.float64) * 1.2 - 0.1
    return picture, 4.0 * torch.randn(2, 3, 5, generator=draw, dtype=torch.float64)


@given(st.integers(0, 2**31))
def test_the_log_odds_are_shifted(seed: int) -> None:
    picture, shift = pair(seed)
    expected = torch.sigmoid(torch.logit(picture.clamp(LEAST, 1.0 - LEAST)) + shift)
    torch.testing.assert_close(corrected(picture, shift), expected)


def test_nothing_is_corrected_by_nothing() -> None:
    picture = torch.linspace(0.0, 1.0, 256)
    found = corrected(picture, torch.zeros(256))
    torch.testing.assert_close(found[1:-1], picture[1:-1])
    assert found[0] == LEAST
    assert found[-1] == 1.0 - LEAST


def test_no_correction_leaves_the_range() -> None:
    picture, far = torch.tensor([0.0, 0.5, 1.0]), torch.tensor([[1e4], [-1e4]])
    found = corrected(picture.expand(2, 3), far.expand(2, 3))
    assert torch.equal(found, torch.tensor([[1.0], [0.0]]).expand(2, 3))


def test_its_gradient_is_right_also_a_second_time() -> None:
    picture, shift = pair(3)
    inputs = (picture.requires_grad_(), shift.requires_grad_())
    assert torch.autograd.gradcheck(corrected, inputs)
    assert torch.autograd.gradgradcheck(corrected, inputs)


def test_a_picture_alone_or_a_correction_alone_gets_its_gradient() -> None:
    picture, shift = pair(4)
    both = [picture.clone().requires_grad_(), shift.clone().requires_grad_()]
    corrected(*both).square().sum().backward()
    alone = [picture.clone().requires_grad_(), shift.clone().requires_grad_()]
    corrected(alone[0], shift).square().sum().backward()
    corrected(picture, alone[1]).square().sum().backward()
    for one, other in zip(both, alone, strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_compiled_loops_do_what_plain_operations_do(layout: torch.memory_format) -> None:
    draw = torch.Generator().manual_seed(5)
    picture = torch.rand(1, 3, 24, 40, generator=draw) * 1.2 - 0.1
    shift, by_image = 4.0 * torch.randn(2, 1, 3, 24, 40, generator=draw)
    exact = [x.double().requires_grad_() for x in (picture, shift)]
    given = [x.to(memory_format=layout).requires_grad_() for x in (picture, shift)]
    image, expected = corrected(*given), corrected(*exact)
    torch.testing.assert_close(image, expected.float())
    image.backward(by_image)
    expected.backward(by_image.double())
    for one, other in zip(given, exact, strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, other.grad.float(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [2, 8])
@pytest.mark.parametrize("colours", [1, 3])
def test_blocks_are_the_picture_that_they_make(side: int, colours: int) -> None:
    draw = torch.Generator().manual_seed(7)
    shape = (1, colours, 3 * side, 5 * side)
    picture, shift, by_image = (torch.rand(shape, generator=draw) for _ in range(3))
    blocks, whole = F.pixel_unshuffle(picture, side).requires_grad_(), picture.requires_grad_()
    image, expected = corrected(blocks, shift), corrected(whole, shift)
    assert torch.equal(image, expected)
    image.backward(by_image)
    expected.backward(by_image)
    assert blocks.grad is not None
    assert whole.grad is not None
    assert torch.equal(F.pixel_shuffle(blocks.grad, side), whole.grad)
    exact = corrected(blocks.double(), shift.double())
    torch.testing.assert_close(exact, expected.double())


@pytest.mark.parametrize("alone", [0, 1])
def test_the_loops_gradient_is_differentiated_as_that_of_plain_operations(alone: int) -> None:
    draw = torch.Generator().manual_seed(6)
    picture, shift = torch.rand(2, 1, 3, 4, 5, generator=draw)
    second = []
    for dtype in (torch.float32, torch.float64):
        inputs = [x.to(dtype).requires_grad_(i == alone) for i, x in enumerate((picture, shift))]
        (once,) = torch.autograd.grad(
            corrected(*inputs).square().sum(), inputs[alone], create_graph=True
        )
        (twice,) = torch.autograd.grad(once.square().sum(), inputs[alone])
        second.append(twice.float())
    torch.testing.assert_close(*second, rtol=1e-3, atol=1e-3)


def test_nan_is_not_hidden() -> None:
    nothing = torch.full((1, 1, 1, 2), torch.nan)
    assert corrected(nothing, torch.zeros(1, 1, 1, 2)).isnan().all()
    assert corrected(torch.zeros(1, 1, 1, 2), nothing).isnan().all()


def test_what_was_clipped_gets_no_gradient() -> None:
    picture = torch.tensor([-0.2, 0.4, 1.3], requires_grad=True)
    corrected(picture, torch.zeros(3)).sum().backward()
    torch.testing.assert_close(picture.grad, torch.tensor([0.0, 1.0, 0.0]))
