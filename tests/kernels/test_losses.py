import pytest
import torch
from tests.support.pairs import random_pair
from torch import Tensor

from stream_ae.kernels import losses

WEIGHTS = losses.Weights(detail=4.0, gradient=0.1, ssim=0.05)


def looped_and_plain(
    image: Tensor, target: Tensor, mask: Tensor, *, weights: losses.Weights = WEIGHTS
) -> list[tuple[list[float], Tensor]]:
    """The four metrics, and the gradient by the image, of compiled loops and of autograd."""
    results = []
    for dtype in (torch.float32, torch.float64):
        x = image.to(dtype).clone().requires_grad_()
        found = losses.objective(x, target.to(dtype), mask=mask, weights=weights, stride=3)
        (grad,) = torch.autograd.grad(found[3], x)
        results.append(([metric.item() for metric in found], grad.double()))
    return results


def random_mask(share: float, size: tuple[int, int] = (14, 13)) -> Tensor:
    return torch.rand(size, generator=torch.Generator().manual_seed(0)) < share


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("size", [(14, 13), (40, 11), (11, 64)])
def test_metrics_and_gradient_are_those_of_autograd(share: float, size: tuple[int, int]) -> None:
    image, target = random_pair(size=size)
    (looped, by_hand), (plain, by_autograd) = looped_and_plain(
        image, target, random_mask(share, size)
    )
    assert looped == pytest.approx(plain, rel=1e-5)
    torch.testing.assert_close(by_hand, by_autograd, atol=1e-7, rtol=1e-3)


@pytest.mark.parametrize("part", range(3))
def test_each_weight_counts_by_itself(part: int) -> None:
    image, target = random_pair()
    mask = random_mask(0.3)
    weights = losses.Weights(*(2.0 if k == part else 0.0 for k in range(3)))
    (looped, by_hand), (plain, by_autograd) = looped_and_plain(image, target, mask, weights=weights)
    assert looped == pytest.approx(plain, rel=1e-5)
    torch.testing.assert_close(by_hand, by_autograd, atol=1e-7, rtol=1e-3)


def test_the_gradient_is_multiplied_by_what_comes_back() -> None:
    image, target = (x.float() for x in random_pair())
    mask = random_mask(0.3)
    grads: list[Tensor] = []
    for factor in (1.0, 3.0):
        x = image.clone().requires_grad_()
        objective = losses.objective(x, target, mask=mask, weights=WEIGHTS, stride=3)[3]
        grads += torch.autograd.grad(factor * objective, x)
    torch.testing.assert_close(3.0 * grads[0], grads[1])


def test_neighbours_that_are_equally_wrong_have_no_gradient() -> None:
    target = torch.rand(1, 3, 14, 13, generator=torch.Generator().manual_seed(0))
    target = torch.round(target * 255) / 256  # so that a shift is exact
    only = losses.Weights(detail=4.0, gradient=1.0, ssim=0.0)
    x = (target + 0.25).requires_grad_()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    _, _, gradient, objective = losses.objective(x, target, mask=mask, weights=only, stride=3)
    (grad,) = torch.autograd.grad(objective, x)
    assert gradient == 0.0
    torch.testing.assert_close(grad, torch.full_like(x, 2.0 * 0.25 / x.numel()))


def test_only_the_objective_has_a_graph() -> None:
    image, target = (x.float() for x in random_pair())
    found = losses.objective(
        image.requires_grad_(), target, mask=random_mask(0.3), weights=WEIGHTS, stride=3
    )
    assert [metric.requires_grad for metric in found] == [False, False, False, True]


def test_without_a_gradient_the_metrics_are_the_same_bit_for_bit() -> None:
    image, target = (x.float() for x in random_pair())
    mask = random_mask(0.3)
    bare = losses.objective(image, target, mask=mask, weights=WEIGHTS, stride=3)
    alone = losses.errors(image, target, mask=mask)
    graph = losses.objective(
        image.clone().requires_grad_(), target, mask=mask, weights=WEIGHTS, stride=3
    )
    assert torch.equal(torch.stack(bare), torch.stack(graph).detach())
    assert torch.equal(torch.stack(alone), torch.stack(bare[:3]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_squared_error_is_the_mean_of_squares(dtype: torch.dtype) -> None:
    image, target = (x.to(dtype) for x in random_pair())
    found = losses.mean_squared_error(image, target)
    assert found.item() == pytest.approx((image - target).square().mean().item(), rel=1e-5)
    assert found.dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_batch_goes_the_plain_way(dtype: torch.dtype) -> None:
    image, target = (x.to(dtype) for x in random_pair())
    two, both = torch.cat([image, target]), torch.cat([target, target])
    mask = random_mask(0.3)
    halves = torch.stack(losses.errors(image, target, mask=mask)) / 2
    torch.testing.assert_close(torch.stack(losses.errors(two, both, mask=mask)), halves)
    mse = losses.mean_squared_error(two, both)
    torch.testing.assert_close(mse, losses.mean_squared_error(image, target) / 2)
